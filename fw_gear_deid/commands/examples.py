"""What ``fw-deid COMMAND --help`` says below the arguments."""

from __future__ import annotations

from typing import Final

RUN: Final = """\
examples:
  fw-deid run profile.yaml scan.dicom.zip -o copies
  fw-deid run profile.yaml study/ -o copies --log private/deid_log.csv --report deid_report.json --html deid_report.html
  fw-deid run minimal a.zip b.zip -o copies --unmatched fail --workers 4
  fw-deid run ingest.yaml study/ -o copies --profile-name trial
  fw-deid run none study/ -o copies --allow-no-deid
  fw-deid run profile.yaml study/S01 -o copies --mapping mapping.csv --subject S01
  fw-deid run ps3.15-basic-clean study/ -o copies --secret-key secret.key --subject-map private/subjects.csv

Folders are walked, and kept in the output. The log holds identifying values: keep it where the sources are.
A mapping is a CSV table with the column subject.label (and session.label, if --session is given) and a column for every
{{ NAME }} of the profile; all sources of a run belong to one subject.
"""

TEST: Final = """\
examples:
  fw-deid test scan.dicom.zip profile.yaml results
  fw-deid test study/ profile.yaml results --subject S01 --session V1
  fw-deid test study/ profile.yaml results --mapping mapping.csv --subject S01
  fw-deid test ultrasound.dcm profile.yaml results --ocr

The results: test.html shows every field before and after (identifying), with pictures. data/ holds the copies,
deid_log.csv every value of every rule (identifying), export.csv what became of each file and why, deid_report.json and
deid_report.html what was done. coverage.csv lists every element that PS3.15 Table E.1-1 names and what the profile did
with it; basic_profile is what the standard's Basic Profile does to it: X remove, Z empty, D put a dummy in its place,
U give a new UID (X/Z: either), files in how many DICOM objects it stands. suggestions.yaml holds a rule for each that
was left, to be pasted into the profile. With --ocr, text_in_pixels.csv holds every word that can still be read in the
pixels of copies (identifying): of the first image of each series, and of ten more that are likely to have text;
alter_pixels.yaml holds the rules that blank them.
"""

VALIDATE: Final = """\
examples:
  fw-deid validate profile.yaml
  fw-deid validate ingest.yaml --profile-name trial
  fw-deid validate profile.yaml --mapping mapping.csv
  fw-deid validate profile.yaml --strict

Each problem is one line, file:line:column: message. Exit code 2 if any of them is an error; with --strict also if any
is a warning. The last line says what a valid profile covers.
A profile with templates ({{ NAME }}) is looked at without values; with a mapping, it is filled from every row.
"""

PROFILE: Final = """\
examples:
  fw-deid profile list
  fw-deid profile show minimal > profile.yaml
  fw-deid profile show ps3.15-basic+retain-modified-dates+clean-descriptors > profile.yaml
  fw-deid profile from-csv --remove remove.csv -o profile.yaml
"""

SHOW: Final = """\
examples:
  fw-deid profile show minimal > profile.yaml
  fw-deid profile show ingest.yaml --profile-name trial
  fw-deid profile show profile.json --secrets > profile.yaml
  fw-deid profile show profile.yaml --mapping mapping.csv --subject S01

A file is shown in a fixed order, without comments and defaults. Salts and keys are hidden, and the text cannot be run
then, unless --secrets is given. A built-in profile is shown as it is written. A profile with templates ({{ NAME }}) is
shown as it is filled for one subject, so the text is to be kept like the mapping.
"""

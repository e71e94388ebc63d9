"""An example of each file section for the reference (docs/profile.md); a test reads each below its section's name.

The first entry of ``fields`` names a field in which the reference tries every action.
"""

from __future__ import annotations

from typing import Final

ZIP: Final = """\
hash-subdirectories: true
salt: a long secret text
allow-unmatched-files: true
fields:
- name: comment
  remove: true
filenames:
- output: "{StudyInstanceUID}.zip"
"""

DICOM: Final = """\
salt: a long secret text
date-increment: -35
recurse-sequence: true
remove-private-tags: true
patient-age-from-birthdate: true
fields:
- name: PatientID
  hash: true
- name: PatientName
  replace-with: ANON
- name: PatientBirthDate
  remove: true
- name: StudyDate
  increment-date: true
- name: '(0051, "SIEMENS MR HEADER", 0f)'
  keep: true
filenames:
- output: "{Modality}-{SOPInstanceUID}.dcm"
"""

NIFTI: Final = """\
fields:
- name: descrip
  remove: true
- name: db_name
  remove: true
"""

XML: Final = """\
salt: a long secret text
date-increment: -35
date-format: "%Y-%m-%d"
fields:
- name: /study/patient/name
  hash: true
- name: //patient/@id
  hash: true
- name: //*[local-name()='visit']/date
  increment-date: true
- name: //comment()
  remove: true
"""

JSON: Final = """\
date-increment: -35
datetime-format: "%Y-%m-%dT%H:%M:%S.%f"
fields:
- name: PatientName
  remove: true
- name: SeriesInfo.0.AcquisitionDateTime
  increment-datetime: true
- regex: .*Institution
  remove: true
"""

CSV: Final = """\
salt: a long secret text
fields:
- name: subject_id
  hash: true
- name: comment
  remove: true
"""

TSV: Final = """\
file-filter: participants.tsv
salt: a long secret text
fields:
- name: participant_id
  hash: true
"""

TABLE: Final = """\
file-filter: "*.txt"
reader: csv
delimiter: ";"
fields:
- name: name
  remove: true
"""

KEY_VALUE: Final = """\
delimiter: '\\s*=\\s*'
salt: a long secret text
fields:
- name: PatientID
  hash: true
- name: AcquisitionDate
  remove: true
"""

FILENAME: Final = """\
file-filter: "*.bval"
salt: a long secret text
filenames:
- input-regex: '(?P<subject>[^_]+)_(?P<run>\\d+)\\.bval'
  output: "{subject}-{run}.bval"
  groups:
  - name: subject
    hash: true
"""

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

JPG: Final = """\
salt: a long secret text
date-increment: -35
fields:
- name: Artist
  remove: true
- name: BodySerialNumber
  hash: true
- name: DateTimeOriginal
  increment-datetime: true
- name: ImageDescription
  replace-with: photograph
"""

PNG: Final = """\
remove-private-chunks: true
fields:
- name: tEXt
  remove: true
- name: zTXt
  remove: true
- name: iTXt
  remove: true
- name: eXIf
  remove: true
"""

TIFF: Final = """\
salt: a long secret text
date-increment: -35
remove-private-tags: true
fields:
- name: ImageDescription
  replace-with: slide
- name: DateTime
  increment-datetime: true
- name: Artist
  hash: true
- name: Copyright
  keep: true
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

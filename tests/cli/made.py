"""What the tests of the command line work on: a small profile, small files, and a run of the whole command."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROFILE = """\
version: 1
name: canary
dicom:
  salt: pepper
  uid-suffix-fields: 0
  fields:
    - name: PatientName
      replace-with: anonymous
    - name: PatientID
      hash: true
    - name: PatientBirthDate
      remove: true
    - name: SOPInstanceUID
      hashuid: true
    - name: ReferencedImageSequence.*.ReferencedSOPInstanceUID
      hashuid: true
json:
  fields:
    - name: PatientName
      remove: true
zip: {}
"""
UNSEARCHED = ("--residual", "ignore")
"""For runs over data full of identifiers, by a profile that removes few of them, when something else is tested."""


def sidecar(text="CANARY^ALICE"):
    return json.dumps({"PatientName": text, "EchoTime": 0.0300}).encode()


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def profile(folder, text=PROFILE):
    return write(folder / "profile.yaml", text.encode())


def fw_deid(*arguments, **options):
    """Run the command in a process of its own, away from the repository."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    return subprocess.run(  # noqa: S603  # the command under test
        [sys.executable, "-m", "fw_gear_deid", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def tree(folder):
    """Return every file below a folder with its bytes' digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

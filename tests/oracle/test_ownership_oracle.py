"""Which section gets a file, by its name or its first bytes: both engines must agree."""

from __future__ import annotations

import json

import pytest

from fw_gear_deid.cli import main
from tests.oracle import flywheel
from tests.synthetic import ALICE, Series, image_series

((_, IMAGE),) = image_series(ALICE, Series(slices=1))
XML = b'<?xml version="1.0"?>\n<study><who>CANARY</who></study>\n'
TEXT = b'{"who": "CANARY"}'
FILES = {
    "a.dcm": IMAGE,
    "a.IMA": IMAGE,
    "IM000001": IMAGE,
    "a.xml": XML,
    "a.dat": XML,
    "a.json": TEXT,
    "a.JSON": TEXT,
    "a.txt": TEXT,
}
RULES = {
    "dicom": {"fields": [{"name": "PatientName", "remove": True}]},
    "xml": {"fields": [{"name": "//who", "remove": True}]},
    "json": {"fields": [{"name": "who", "remove": True}]},
}
SETTINGS = {
    "defaults": {},
    "by name alone": {"enforce-file-filter": True},
    "one pattern": {"file-filter": "a.*"},
    "patterns": {"file-filter": ["*.dat", "*.tx?", "IM*", "[ab].IMA"]},
    "expressions": {"file-filter": [r"r!a\.(?i:json|xml)", "r!IM"], "enforce-file-filter": True},
}


def ours(folder, profile: dict, name: str, data: bytes) -> bytes | None:
    (folder / "p.json").write_text(json.dumps(profile))
    (folder / "in").mkdir()
    (folder / "in" / name).write_bytes(data)
    options = ("--residual", "ignore", "--quiet")
    main(["run", str(folder / "p.json"), str(folder / "in"), "-o", str(folder / "out"), *options])
    return next((path.read_bytes() for path in folder.glob("out/*") if path.is_file()), None)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("given", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("section", RULES)
def test_a_section_gets_the_same_files(tmp_path, section, given, name):
    made = {"name": "synth", "version": 1, section: RULES[section] | given}
    # The oracle's section dicom always acts: it is kept away from the others' files.
    away = {} if section == "dicom" else {"dicom": {"file-filter": "none", "enforce-file-filter": True, "fields": []}}
    here = ours(tmp_path, made, name, FILES[name])
    there = flywheel.deidentify(made | away, name, FILES[name])
    assert (here is None) == bool(there.refusal)

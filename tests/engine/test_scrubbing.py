"""``scrub: true`` and archives: names of members and folders, the comment, the archive's own name."""

from __future__ import annotations

import zipfile

from fw_gear_deid.engine.base import Listener, RunOptions, Source, State
from fw_gear_deid.engine.folder import FolderDestination
from fw_gear_deid.engine.runs import run
from fw_gear_deid.formats.compiling import compile_profile
from fw_gear_deid.identity import Identifier, Kind, Subject
from fw_gear_deid.profile import check_text

CANARY = Subject("s", frozenset({Identifier(Kind.NAME, "Canary^Zebulon"), Identifier(Kind.ID, "ZQ77341")}))


def copied(tmp_path, profile: str) -> dict[str, list[str]]:
    """Run on an archive of the subject, and return each copy's comment and members by the copy's name."""
    path = tmp_path / "ZQ77341_session.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("sub-ZQ77341")
        archive.writestr("sub-ZQ77341/anat/Canary_T1w.json", b'{"Comment": "Zebulon moved"}')
        archive.writestr("sub-ZQ77341/anat/T2w.json", b'{"Comment": "good"}')
        archive.comment = b"scan of Zebulon Canary, day 2"
    found, problems = check_text(profile)
    assert found is not None, problems
    out = tmp_path / "out"
    with FolderDestination(out) as folder:
        result = run(
            compile_profile(found), [Source(path, origin=path.name, subject=CANARY)], folder, RunOptions(), Listener()
        )
    assert result.counts == {State.DEIDENTIFIED: 1}
    copies = {}
    for copy in out.iterdir():
        with zipfile.ZipFile(copy) as archive:
            members = [f"{name} {archive.read(name).decode()}".strip() for name in archive.namelist()]
            copies[copy.name] = [archive.comment.decode(), *members]
    return copies


def test_names_and_comments_of_archives_are_scrubbed(tmp_path):
    assert copied(tmp_path, "scrub: true\njson: {fields: [{name: x, remove: true}]}") == {
        "session.zip": [
            "scan of, day 2",
            "sub/",
            'sub/anat/T1w.json {"Comment": "moved"}',
            'sub/anat/T2w.json {"Comment": "good"}',
        ]
    }


def test_a_name_behind_a_dot_goes_from_folders_of_archives(tmp_path):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("seen.Alice")
        archive.writestr("seen.Alice/t1.json", b"{}")
    found, _ = check_text("scrub: true\njson: {fields: [{name: x, remove: true}]}")
    person = Subject("s", frozenset({Identifier(Kind.NAME, "Canarowska^Alice")}))
    with FolderDestination(tmp_path / "out") as folder:
        source = Source(path, origin=path.name, subject=person)
        run(compile_profile(found), [source], folder, RunOptions(), Listener())
    with zipfile.ZipFile(tmp_path / "out" / "in.zip") as copy:
        assert copy.namelist() == ["seen/", "seen/t1.json"]


def test_without_scrub_they_stay(tmp_path):
    (copy,) = copied(tmp_path, "json: {fields: [{name: x, remove: true}]}").items()
    assert copy[0] == "ZQ77341_session.zip"
    assert copy[1][:2] == ["scan of Zebulon Canary, day 2", "sub-ZQ77341/"]


def test_hashed_folders_are_hashed_by_their_old_names(tmp_path):
    profile = "json: {fields: [{name: x, remove: true}]}\nzip: {hash-subdirectories: true, salt: s}"
    for name in "ab":
        (tmp_path / name).mkdir()
    (plain,) = copied(tmp_path / "a", profile).values()
    (scrubbed,) = copied(tmp_path / "b", f"scrub: true\n{profile}").values()
    assert scrubbed[1] == plain[1]


def test_a_sidecar_is_cleaned_of_the_person_that_it_tells_of_itself(tmp_path):
    path = tmp_path / "in" / "t1.json"
    path.parent.mkdir()
    path.write_bytes(b'{"PatientName": "Wombatine^Quolla", "Comment": "T1 of Quolla Wombatine", "Note": "wombatine"}')
    found, _ = check_text(
        "scrub: true\njson: {fields: [{name: PatientName, remove: true}, {name: Comment, clean: true}]}"
    )
    with FolderDestination(tmp_path / "out") as folder:
        run(compile_profile(found), [Source(path, origin="t1.json")], folder, RunOptions(), Listener())
    assert (tmp_path / "out" / "t1.json").read_bytes() == b'{"Comment": "T1 of", "Note": ""}'


def test_a_row_of_a_long_table_loses_its_own_short_numbers_and_the_names_of_all(tmp_path):
    path = tmp_path / "participants.tsv"
    rows = [f"{number}\tZebrbyot{chr(97 + number % 26)}^Otti\t{4100 + number}" for number in range(90)]
    notes = [f"see {4100 + number}, voxels {4101 + number}, twin of Zebrbyotc" for number in range(90)]
    body = [f"{row}\t{note}" for row, note in zip(rows, notes, strict=True)]
    path.write_text("\n".join(["participant_id\tpatient_name\tmrn\tnote", *body]) + "\n")
    removed = ", ".join(f"{{name: {name}, remove: true}}" for name in ("patient_name", "mrn"))
    fields = f"[{{name: participant_id, hash: true}}, {removed}, {{name: note, clean: true}}]"
    found, problems = check_text(f"tsv: {{fields: {fields}}}")
    assert found is not None, problems
    with FolderDestination(tmp_path / "out") as folder:
        result = run(compile_profile(found), [Source(path, origin=path.name)], folder, RunOptions(), Listener())
    assert result.counts == {State.DEIDENTIFIED: 1}
    lines = (tmp_path / "out" / path.name).read_text().splitlines()
    assert [line.split("\t")[1] for line in lines] == [
        "note",
        *[f"see, voxels {4101 + each}, twin of" for each in range(90)],
    ]

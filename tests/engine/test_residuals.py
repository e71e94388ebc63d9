"""A copy that still holds what its profile removed does not get out, and nothing tells the value."""

import io
import json
import zipfile

import pytest
from pydicom import uid

from fw_gear_deid.cli import main
from fw_gear_deid.engine.base import UNTOLD, Listener, RunOptions, State
from fw_gear_deid.engine.folder import FolderDestination
from fw_gear_deid.engine.removals import Removals
from fw_gear_deid.engine.residuals import BLOCK, Residuals
from fw_gear_deid.engine.runs import run
from fw_gear_deid.engine.sources import walk
from fw_gear_deid.engine.subjects.attribution import attributed
from fw_gear_deid.formats.compiling import compile_profile
from fw_gear_deid.identity import Identifier, Kind
from fw_gear_deid.problems import Finding
from fw_gear_deid.profile import check_text
from fw_gear_deid.scan.findings import ARCHIVE_COMMENT, ARCHIVE_FOLDERS, ARCHIVE_NAME, FOLDER, NAME, told
from tests.synthetic import Patient, Series, encoded, image, nifti, tar_archive, zip_archive

ANNA = Patient(
    name="CANARYZEBRA^HANNIBALO",
    patient_id="SYN-4471882",
    accession_number="ACC-5512093",
    physician="REFERRERSON^RALPHINO",
)
OTTO = Patient(name="OKAPITESTER^OTTOKAR", patient_id="SYN-6600117", accession_number="ACC-7712888")
PROFILE = """\
version: 1
name: canary
dicom:
  salt: pepper
  recurse-sequence: true
  fields:
  - {name: PatientName, replace-with: anonymous}
  - {name: PatientID, hash: true}
  - {name: PatientBirthDate, remove: true}
  - {name: ReferringPhysicianName, remove: true}
  - {name: SOPInstanceUID, hashuid: true}
json: {}
csv: {}
nifti: {}
zip: {}
"""
VALUES = ("canaryzebra", "hannibalo", "4471882", "okapitester", "6600117", "ralphino")


def dicom(patient=ANNA, syntax=uid.ExplicitVRLittleEndian, index=0, rows=32, **elements):
    dataset = image(patient, Series(rows=rows, columns=32, transfer_syntax=syntax), index)
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return encoded(dataset, syntax)


def write(folder, **files):
    for name, data in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return folder


def done(source, out, options=None, text=PROFILE):
    """De-identify a folder as the command line does; return the outcomes by source."""
    compiled = compile_profile(check_text(text)[0])
    outcomes = {}
    sources = attributed(list(walk([source])), Removals.of(compiled.profile)).sources
    listener = Listener(lambda source, outcome: outcomes.__setitem__(source.origin, outcome))
    with FolderDestination(out) as folder:
        run(compiled, sources, folder, options or RunOptions(), listener)
    for outcome in outcomes.values():
        told = repr((outcome.reason, outcome.notes, outcome.findings)).casefold()
        assert not any(value in told for value in VALUES)
    return outcomes


def withheld(outcome, *words):
    assert outcome.state is State.WITHHELD, outcome
    for word in words:
        assert word in outcome.reason
    return True


def test_a_clean_copy_gets_out(tmp_path):
    source = write(
        tmp_path / "in", **{"a.dcm": dicom(), "b.json": {"EchoTime": 1}, "c.zip": zip_archive([("a.dcm", dicom())])}
    )
    outcomes = done(source, tmp_path / "out")
    assert {outcome.state for outcome in outcomes.values()} == {State.DEIDENTIFIED}
    assert {outcome.findings for outcome in outcomes.values()} == {()}


def test_a_name_in_a_comment_withholds_the_copy_and_the_reason_tells_kind_and_place_alone(tmp_path):
    source = write(tmp_path / "in", **{"a.dcm": dicom(ImageComments="for Hannibalo Canaryzebra")})
    outcome = done(source, tmp_path / "out")["a.dcm"]
    assert outcome.reason == (
        "the copy still holds what identifies the subject: name in ImageComments; add a rule for it, or scrub: true"
    )
    assert [(each.where, each.kind, each.certain) for each in outcome.findings] == [("ImageComments", "name", True)]
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_the_policy_says_what_a_certain_hit_means(tmp_path):
    source = write(tmp_path / "in", **{"a.dcm": dicom(ImageComments="for Hannibalo Canaryzebra")})
    warned = done(source, tmp_path / "warned", RunOptions(residual="warn"))["a.dcm"]
    assert (warned.state, len(warned.findings)) == (State.DEIDENTIFIED, 1)
    assert warned.notes == ("it still holds what identifies the subject; see its findings",)
    ignored = done(source, tmp_path / "ignored", RunOptions(residual="ignore"))["a.dcm"]
    assert (ignored.state, ignored.findings, ignored.notes) == (State.DEIDENTIFIED, (), ())
    assert [path.read_bytes() for path in (tmp_path / "warned").iterdir()] == [
        path.read_bytes() for path in (tmp_path / "ignored").iterdir()
    ]


def test_what_the_profile_leaves_in_its_own_element_is_no_finding(tmp_path):
    source = write(tmp_path / "in", **{"a.dcm": dicom(), "b.dcm": dicom(index=1, ImageComments="ACC-5512093")})
    outcomes = done(source, tmp_path / "out")
    assert {outcome.state for outcome in outcomes.values()} == {State.DEIDENTIFIED}


def test_what_is_left_in_a_sequence_is_a_finding(tmp_path):
    text = PROFILE.replace("  recurse-sequence: true\n", "")
    item = image(ANNA).__class__()
    item.PatientName = ANNA.name
    source = write(tmp_path / "in", **{"a.dcm": dicom(OriginalAttributesSequence=[item])})
    assert withheld(done(source, tmp_path / "out", text=text)["a.dcm"], "OriginalAttributesSequence[0].PatientName")


def test_a_possible_hit_is_told_and_stops_nothing(tmp_path):
    source = write(tmp_path / "in", **{"a.dcm": dicom(StudyDate=ANNA.birthday)})
    outcome = done(source, tmp_path / "out")["a.dcm"]
    assert outcome.state is State.DEIDENTIFIED
    assert [(each.where, each.kind, each.certain) for each in outcome.findings] == [("StudyDate", "birth date", False)]


@pytest.mark.parametrize("pack", [zip_archive, tar_archive, lambda members: tar_archive(members, gz=True)])
@pytest.mark.parametrize(
    ("members", "where"),
    [
        ([("a.dcm", dicom()), ("b.json", b'{"note": "Hannibalo Canaryzebra"}')], "name in line 1"),
        ([("b.json", b'{"note": "SYN 4471882"}'), ("a.dcm", dicom())], "id in line 1"),
        ([("canaryzebra/a.dcm", dicom())], "name in its name or folder"),
        ([("a.dcm", dicom()), ("canaryzebra.json", b"{}")], "name in its name or folder"),
        ([("a.dcm", dicom()), ("b.dcm", dicom(index=1, ImageComments="CANARYZEBRA"))], "name in ImageComments"),
    ],
)
def test_one_hit_withholds_an_archive(tmp_path, pack, members, where):
    name = {zip_archive: "a.zip", tar_archive: "a.tar"}.get(pack, "a.tar.gz")
    outcome = done(write(tmp_path / "in", **{name: pack(members)}), tmp_path / "out")[name]
    assert withheld(outcome, where, "1 of ")
    assert {member.state for member in outcome.members} == {State.WITHHELD}
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "comment", "where"),
    [("canaryzebra.zip", "", "the archive's name"), ("a.zip", "of Canaryzebra", "the archive's comment")],
)
def test_name_and_comment_of_an_archive_are_searched(tmp_path, name, comment, where):
    archive = zip_archive([("a.dcm", dicom())], comment)
    assert withheld(done(write(tmp_path / "in", **{name: archive}), tmp_path / "out")[name], f"name in {where}")


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("pack", [zip_archive, tar_archive])
def test_what_a_later_member_tells_is_looked_for_in_the_earlier_ones(tmp_path, pack, workers):
    first = dicom(ImageComments="read by Ottokar Okapitester")
    members = [("0.dcm", first), *((f"{index}.dcm", dicom(index=index)) for index in range(1, 40))]
    members.append(("last.dcm", dicom(index=40, ReferringPhysicianName=OTTO.name)))
    source = write(tmp_path / "in", **{"a.arc": b"", "a.zip" if pack is zip_archive else "a.tar": pack(members)})
    outcome = done(source, tmp_path / "out", RunOptions(workers=workers))["a.zip" if pack is zip_archive else "a.tar"]
    assert withheld(outcome, "1 of 41 members", "member 1", "person in ImageComments")


def test_what_a_member_told_of_whom_nothing_is_left_is_looked_for_in_the_other_ones(tmp_path):
    text = PROFILE.replace("  fields:\n", "  fields:\n  - {name: AccessionNumber, remove: true}\n", 1)
    members = [
        ("0.json", b'{"note": "Ottokar Okapitester"}'),
        *((f"{index}.dcm", dicom(index=index)) for index in range(8)),
    ]
    members.append(("last.dcm", dicom(OTTO, index=9)))
    outcome = done(write(tmp_path / "in", **{"a.zip": zip_archive(members)}), tmp_path / "out", text=text)["a.zip"]
    assert withheld(outcome, "1 of 10 members", "member 1", "name in line 1")


def test_the_last_name_of_many_members_is_searched_too(tmp_path):
    members = [(f"folder/image{index:03}.dcm", dicom(index=index)) for index in range(24)]
    members.append(("folder/canaryzebra.json", b"{}"))
    outcome = done(write(tmp_path / "in", **{"a.zip": zip_archive(members)}), tmp_path / "out")["a.zip"]
    assert withheld(outcome, "1 of 25 members", "member 25", "name in its name or folder")


def test_a_copy_of_two_members_that_are_the_same_is_searched_once(tmp_path):
    data = dicom()
    archive = zip_archive([("a.dcm", data), ("b.dcm", data), ("c.json", b'{"a": 1}')])
    outcome = done(write(tmp_path / "in", **{"a.zip": archive}), tmp_path / "out")["a.zip"]
    assert outcome.state is State.DEIDENTIFIED


def test_files_that_are_streamed_are_searched_too(tmp_path):
    big = dicom(rows=8192, ImageComments="for Canaryzebra")
    source = write(
        tmp_path / "in", **{"a.dcm": big, "b.zip": zip_archive([("a.dcm", big)], compression=zipfile.ZIP_STORED)}
    )
    outcomes = done(source, tmp_path / "out", RunOptions(memory=1 << 20))
    assert withheld(outcomes["a.dcm"], "name in ImageComments")
    assert withheld(outcomes["b.zip"], "name in ImageComments")
    clean = write(tmp_path / "clean", **{"b.zip": zip_archive([("a.dcm", dicom(rows=8192))])})
    (outcome,) = done(clean, tmp_path / "out2", RunOptions(memory=1 << 20)).values()
    assert outcome.state is State.DEIDENTIFIED
    (whole,) = done(clean, tmp_path / "out3").values()
    assert [path.read_bytes() for path in (tmp_path / "out2").iterdir()] == [
        path.read_bytes() for path in (tmp_path / "out3").iterdir()
    ]
    assert whole.findings == outcome.findings == ()


# -- whose sidecar


def test_a_sidecar_is_searched_for_what_the_images_of_its_folder_or_of_one_above_tell(tmp_path):
    source = write(
        tmp_path / "in",
        **{
            "one__a.dcm": dicom(),
            "one__a.json": {"note": "seen with CANARYZEBRA"},
            "one__deep__b.json": {"note": "MRN SYN4471882"},
            "one__deep__c.nii.gz": nifti(),
            "two__a.dcm": dicom(OTTO),
            "two__a.json": {"note": "seen with CANARYZEBRA"},  # nobody of this folder
        },
    )
    outcomes = done(source, tmp_path / "out")
    assert withheld(outcomes["one/a.json"], "name in line 1")
    assert withheld(outcomes["one/deep/b.json"], "id in line 1")
    assert outcomes["one/deep/c.nii.gz"].state is State.DEIDENTIFIED
    assert outcomes["two/a.json"].state is State.DEIDENTIFIED


def test_a_sidecar_above_or_beside_the_folders_of_the_images_is_searched(tmp_path):
    source = write(
        tmp_path / "in",
        **{
            "one__dicom__a.dcm": dicom(),
            "one__report.json": {"note": "seen with CANARYZEBRA"},
            "one__notes__b.json": {"note": "MRN SYN4471882"},
            "two__dicom__a.dcm": dicom(OTTO),
            "two__report.json": {"note": "seen with CANARYZEBRA"},  # nobody of this folder
            "description.json": {"note": "Okapitester and others"},
            "three__c.json": {"note": "Okapitester and others"},
        },
    )
    outcomes = done(source, tmp_path / "out")
    for name in ("one/report.json", "one/notes/b.json", "description.json", "three/c.json"):
        assert withheld(outcomes[name], "in line 1"), name
    assert outcomes["two/report.json"].state is State.DEIDENTIFIED


def test_a_file_belongs_to_the_one_patient_of_the_folders_below_but_not_of_those_beside_it(tmp_path):
    source = write(
        tmp_path / "in",
        **{"one__dicom__a.dcm": dicom(), "one__report.json": {"a": 1}, "two__report.json": {"a": 1}},
    )
    profile, _ = check_text(PROFILE)
    sources = {each.origin: each for each in attributed(list(walk([source])), Removals.of(profile)).sources}
    assert sources["one/report.json"].subject.key == "syn-4471882"
    assert sources["two/report.json"].subject.key == ""


def test_in_a_folder_of_several_patients_all_of_them_are_looked_for(tmp_path):
    source = write(
        tmp_path / "in",
        **{
            "a.dcm": dicom(),
            "b.zip": zip_archive([("b.dcm", dicom(OTTO))]),
            "participants.csv": b"x,note\n1,with Okapitester\n2,with Canaryzebra\n",
            "clean.csv": b"x,note\n1,nobody\n",
        },
    )
    outcomes = done(source, tmp_path / "out")
    assert withheld(outcomes["participants.csv"], "name in line 2, name in line 3")
    assert outcomes["clean.csv"].state is State.DEIDENTIFIED


def test_a_name_of_a_folder_is_searched(tmp_path):
    archive = zip_archive([("a.dcm", dicom())])
    source = write(tmp_path / "in", **{"canaryzebra__a.dcm": dicom(), "canaryzebra__b.zip": archive})
    outcomes = done(source, tmp_path / "out")
    assert len(outcomes) == 2
    assert all(withheld(outcome, "name in the name of its folder") for outcome in outcomes.values())


@pytest.mark.parametrize("pack", [zip_archive, tar_archive])
def test_a_folder_of_an_archive_in_which_nothing_lies_is_searched(tmp_path, pack):
    name = "a.zip" if pack is zip_archive else "a.tar"
    source = write(tmp_path / "in", **{name: pack([("a.dcm", dicom()), ("Canaryzebra_Hannibalo/", b"")])})
    assert withheld(done(source, tmp_path / "out")[name], "name in a folder of the archive")


def test_a_name_that_identifies_is_in_no_report(tmp_path):
    """Copies are written then as they are called: the policy says so; reports go further than copies."""
    archive = zip_archive([("canaryzebra/a.dcm", dicom()), ("b.dcm", dicom(index=1))])
    source = write(
        tmp_path / "in",
        **{"canaryzebra.json": {"a": 1}, "x.dcm": dicom(), "canaryzebra__y.dcm": dicom(index=2), "b.zip": archive},
    )
    profile = write(tmp_path, **{"profile.yaml": PROFILE.encode()}) / "profile.yaml"
    reports = [tmp_path / "report.json", tmp_path / "report.html"]
    arguments = ["--residual", "warn", "--report", str(reports[0]), "--html", str(reports[1])]
    assert main(["run", str(profile), str(source), "-o", str(tmp_path / "out"), *arguments]) == 0
    assert len([path for path in (tmp_path / "out").rglob("*canaryzebra*") if path.is_file()]) == 1
    assert not any(value in report.read_text().lower() for value in VALUES for report in reports)
    told = json.loads(reports[0].read_text())["files"]
    assert [entry["name"] for entry in told].count(UNTOLD) == 2
    assert [member["name"] == UNTOLD for entry in told for member in entry.get("members", ())] == [True, False]


def test_sidecars_get_the_key_of_the_one_patient_of_their_folder(tmp_path):
    source = write(
        tmp_path / "in",
        **{
            "one__a.dcm": dicom(),
            "one__a.json": {},
            "one__deep__b.json": {},
            "both__a.dcm": dicom(),
            "both__b.dcm": dicom(OTTO),
            "both__c.json": {},
            "both__own.json": {"PatientID": "SYN-6600117"},
            "none__a.json": {},
            "packed__a.zip": zip_archive([("x.dcm", dicom(OTTO))]),
            "packed__b.json": {},
        },
    )
    removals = Removals.of(check_text(PROFILE)[0])
    keys = {each.origin: each.subject.key for each in attributed(list(walk([source])), removals).sources}
    assert keys == {
        "one/a.dcm": "",  # it says so itself
        "one/a.json": "syn-4471882",
        "one/deep/b.json": "syn-4471882",
        "both/a.dcm": "",
        "both/b.dcm": "",
        "both/c.json": "",
        "both/own.json": "syn-6600117",
        "none/a.json": "",
        "packed/a.zip": "",
        "packed/b.json": "syn-6600117",
    }


# -- the command


def test_the_report_lists_findings_and_no_message_tells_a_value(tmp_path, capsys):
    source = write(
        tmp_path / "in",
        **{
            "a.dcm": dicom(ImageComments="Hannibalo Canaryzebra, nr SYN-4471882"),
            "b.zip": zip_archive([("canaryzebra.json", b"{}"), ("a.dcm", dicom())]),
        },
    )
    (tmp_path / "p.yaml").write_text(PROFILE)
    records = ["--report", str(tmp_path / "report.json"), "--html", str(tmp_path / "report.html")]
    assert main(["run", str(tmp_path / "p.yaml"), str(source), "-o", str(tmp_path / "out"), *records]) == 1
    told = capsys.readouterr()
    report = (tmp_path / "report.json").read_text()
    for text in (told.out, told.err, report, (tmp_path / "report.html").read_text()):
        assert not any(value in text.casefold() for value in VALUES)
    first, second = json.loads(report)["files"]
    assert [(each["where"], each["kind"], each["certain"], each["count"]) for each in first["findings"]] == [
        ("ImageComments", "id", True, 1),
        ("ImageComments", "name", True, 1),
    ]
    assert second["members"][0]["findings"][0]["where"] == "its name or folder"


def test_a_profile_that_decrypts_puts_identifiers_back_on_purpose(tmp_path):
    key = 'secret-key: "00112233445566778899aabbccddeeff"'
    first = f"version: 1\nname: e\njson:\n  {key}\n  fields:\n  - {{name: PatientName, encrypt: true}}\n"
    source = write(tmp_path / "in", **{"a.json": {"PatientName": ANNA.name, "EchoTime": 1}})
    assert done(source, tmp_path / "hidden", text=first)["a.json"].state is State.DEIDENTIFIED
    assert b"CANARYZEBRA" not in (tmp_path / "hidden" / "a.json").read_bytes()
    back = done(tmp_path / "hidden", tmp_path / "back", text=first.replace("encrypt", "decrypt"))
    assert back["a.json"].state is State.DEIDENTIFIED
    assert b"CANARYZEBRA^HANNIBALO" in (tmp_path / "back" / "a.json").read_bytes()


def test_the_profile_none_copies_without_a_search(tmp_path):
    source = write(tmp_path / "in", **{"a.dcm": dicom(ImageComments="Canaryzebra")})
    assert main(["run", "none", str(source), "-o", str(tmp_path / "out"), "--allow-no-deid", "--quiet"]) == 0


def test_any_number_of_workers_finds_the_same(tmp_path):
    members = [
        (f"{index}.dcm", dicom(index=index, ReferringPhysicianName=f"READERX{'ABCDEFGH'[index % 8]}^RITA"))
        for index in range(30)
    ]
    members.append(("note.json", b'{"by": "READERXC"}'))
    source = write(tmp_path / "in", **{"a.zip": zip_archive(members)})
    found = [done(source, tmp_path / f"out{workers}", RunOptions(workers=workers))["a.zip"] for workers in (1, 2, 4)]
    assert found[0] == found[1] == found[2]
    assert withheld(found[0], "member 31: the copy still holds what identifies the subject: person in line 1")


def test_a_copy_that_cannot_be_searched_is_withheld(tmp_path):
    out = io.BytesIO()
    out.write(b"\x1f\x8b\x08\x00 this is no gzip stream, and not to be read")
    text = PROFILE + 'filename:\n  file-filter: ["*.gz"]\n'
    source = write(tmp_path / "in", **{"a.dcm": dicom(), "b.txt.gz": out.getvalue()})
    assert withheld(done(source, tmp_path / "out", text=text)["b.txt.gz"], "cannot unpack")


def test_of_many_persons_each_is_looked_for_and_so_is_what_the_file_alone_tells():
    many = frozenset(Identifier(Kind.ID, f"SYN-{5000000 + 37 * number}") for number in range(2 * BLOCK))
    source = json.dumps({"PatientID": "SYN-4471882"}).encode()
    clean, own, last = (f'{{"note": "{text}"}}'.encode() for text in ("none", "SYN-4471882", "SYN 5036963"))
    residuals = Residuals()
    assert [bool(residuals.check(source, copy, "a.json", many).findings) for copy in (clean, own, last)] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("where", "advice"),
    [
        ("PatientComments", "add a rule for it, or scrub: true"),
        (NAME, "'filenames'"),
        (FOLDER, "scrub: true takes it out of names of folders, and on a site a rule for 'label'"),
        (ARCHIVE_NAME, "'filenames' in the zip section"),
        (ARCHIVE_FOLDERS, "hash-subdirectories: true"),
        (ARCHIVE_COMMENT, "remove the comment"),
    ],
)
def test_the_reason_says_what_helps_in_that_place(where, advice):
    assert advice in told([Finding(where, "name", certain=True)])
    assert told([Finding(where, "name", certain=False)]) == ""


def test_a_name_as_long_as_a_page_is_looked_for_in_a_moment():
    """A table of all steps of the search would take minutes, and more memory than the file."""
    long = f"{'zebra ' * 2000}^Hannibalo"
    source, copy = ({"PatientName": long}, {"note": f"by {long}"})
    residuals = Residuals()
    (finding,) = residuals.check(
        *(json.dumps(each).encode() for each in (source, copy)), "a.json", frozenset()
    ).findings
    assert (finding.where, finding.certain) == ("line 1", True)

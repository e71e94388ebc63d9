"""Envelopes of DICOM objects between this engine and Flywheel's, both ways, and where the two differ."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pydicom
import pytest

from tests.formats.dicom.encoding import SYNTAXES, Sequence, dicom_file, text
from tests.formats.dicom.holders import KEY, OTHER_KEY, holder
from tests.oracle import flywheel, ours

with flywheel.its_warnings():
    from flywheel_migration.deidentify.file_profile import FileProfile
    from fs.memoryfs import MemoryFS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

INSTANCE = text(0x00080018, "UI", "1.2.3.4")
NAME = text(0x00100010, "PN", "CANARY^ZEBRA")
NUMBER = text(0x00100020, "LO", "SYNTH-0001")
DATE = text(0x00080020, "DA", "20200101")
WEIGHT = text(0x00101030, "DS", "71.5")
TYPES = text(0x00080008, "CS", "ORIGINAL\\PRIMARY")
SIMPLE = (TYPES, INSTANCE, DATE, NAME, NUMBER, WEIGHT)
NAMES = ("PatientName", "PatientID", "StudyDate", "PatientWeight")


def profile(*fields: tuple[str, str], **settings: object) -> dict:
    given = {"secret-key": KEY} | {name.replace("_", "-"): value for name, value in settings.items()}
    rules = [{"name": name, action: True} for name, action in fields]
    return {"name": "oracle", "version": 1, "dicom": {**given, "fields": rules}}


def here(made: dict, data: bytes) -> flywheel.Result:
    return ours.deidentify(made, "dicom", "a.dcm", data)


def there(made: dict, data: bytes) -> flywheel.Result:
    return flywheel.deidentify(made, "a.dcm", data)


def read(result: flywheel.Result) -> Dataset:
    assert not result.refusal, result.refusal
    return pydicom.dcmread(io.BytesIO(result.data), force=True)


def encrypting(*names: str, **settings: object) -> dict:
    return profile(*((name, "encrypt") for name in names), **settings)


def decrypting(*names: str, **settings: object) -> dict:
    return profile(*((name, "decrypt") for name in names), **settings)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(("sealing", "opening"), [(here, there), (there, here)], ids=["ours", "theirs"])
def test_what_one_engine_encrypts_the_other_decrypts(sealing, opening, syntax):
    hidden = sealing(encrypting(*NAMES), dicom_file(SIMPLE, syntax))
    assert not {"PatientName", "PatientID", "StudyDate", "PatientWeight"} & set(read(hidden).dir())
    assert b"ZEBRA" not in hidden.data
    back = read(opening(decrypting(*NAMES), hidden.data))
    assert [str(back[name].value) for name in NAMES] == ["CANARY^ZEBRA", "SYNTH-0001", "20200101", "71.5"]


@pytest.mark.parametrize(("sealing", "opening"), [(here, there), (there, here)], ids=["ours", "theirs"])
def test_so_it_is_with_certificates_of_several_people(sealing, opening, tmp_path):
    people = [holder(tmp_path, name) for name in ("one", "second")]
    paths = [str(person.certificate) for person in people]
    made = encrypting("PatientName", asymmetric_encryption=True, public_key=paths)
    del made["dicom"]["secret-key"]
    hidden = sealing(made, dicom_file(SIMPLE))
    for person in people:
        reading = decrypting("PatientName", asymmetric_encryption=True, private_key=str(person.key))
        assert read(opening(reading, hidden.data)).PatientName == "CANARY^ZEBRA"


@pytest.mark.parametrize(("sealing", "opening"), [(here, there), (there, here)], ids=["ours", "theirs"])
def test_what_one_engine_retains_the_other_gives_back(sealing, opening):
    changing = profile(("PatientName", "remove"), ("PatientID", "hash"), retain=True)
    changing["dicom"]["fields"].append({"name": "StudyDate", "replace-with": "19000101"})
    hidden = sealing(changing, dicom_file(SIMPLE))
    left = read(hidden)
    assert "PatientName" not in left
    assert left.PatientID == hashlib.sha256(b"SYNTH-0001").hexdigest()[:16]
    assert left.StudyDate == "19000101"
    back = read(opening(decrypting("PatientName", "PatientID", "StudyDate"), hidden.data))
    assert (back.PatientName, back.PatientID, back.StudyDate) == ("CANARY^ZEBRA", "SYNTH-0001", "20200101")


def test_both_withhold_an_object_that_another_key_encrypted():
    hidden = here(encrypting("PatientName"), dicom_file(SIMPLE)).data
    other = profile(("PatientName", "decrypt"), secret_key=OTHER_KEY)
    assert here(other, hidden).refusal
    assert there(other, hidden).refusal


def test_both_withhold_an_object_without_an_envelope():
    assert here(decrypting("PatientName"), dicom_file(SIMPLE)).refusal
    assert there(decrypting("PatientName"), dicom_file(SIMPLE)).refusal


# -- differences


def test_elements_of_items_come_back_here_and_not_there():
    items = Sequence(0x00101002, ((text(0x00100020, "LO", "CANARY-2"),), (text(0x00100020, "LO", "CANARY-3"),)))
    source = dicom_file((INSTANCE, NUMBER, items))
    names = [f"OtherPatientIDsSequence.{index}.PatientID" for index in (0, 1)]
    back = [read(engine(decrypting(*names), engine(encrypting(*names), source).data)) for engine in (here, there)]
    assert [[item.get("PatientID") for item in each.OtherPatientIDsSequence] for each in back] == [
        ["CANARY-2", "CANARY-3"],
        [None, None],
    ]


def test_private_elements_come_back_here_and_not_there():
    creator, private = text(0x00290010, "LO", "SYNTH ONE"), text(0x00291008, "SH", "CANARY")
    source = dicom_file((INSTANCE, creator, private))
    name = '(0029, "SYNTH ONE", 08)'
    assert here(decrypting(name), here(encrypting(name), source).data).data.count(b"CANARY") == 1
    hidden = there(encrypting(name), source).data
    assert 0x00291008 not in read(there(decrypting(name), hidden))
    assert read(here(decrypting(name), hidden))[0x00291008].value == "CANARY"


def test_several_values_come_back_as_several_here_and_as_one_there():
    source = dicom_file(SIMPLE)
    back = [
        read(engine(decrypting("ImageType"), here(encrypting("ImageType"), source).data)) for engine in (here, there)
    ]
    assert [each.ImageType for each in back] == [["ORIGINAL", "PRIMARY"], "ORIGINAL,PRIMARY"]


def test_letters_survive_in_both_directions():
    utf8 = text(0x00080005, "CS", "ISO_IR 192")
    source = dicom_file((utf8, INSTANCE, text(0x00100010, "PN", "CANARY^Zébra", "utf-8")))
    for sealing, opening in ((here, there), (there, here), (here, here)):
        hidden = sealing(encrypting("PatientName"), source).data
        assert read(opening(decrypting("PatientName"), hidden)).PatientName == "CANARY^Zébra"


def test_an_original_is_what_came_and_not_what_a_rule_before_made_of_it():
    made = profile(("PatientID", "hash"), ("PatientID", "encrypt"))
    back = [
        read(here(decrypting("PatientID"), engine(made, dicom_file(SIMPLE)).data)).PatientID for engine in (here, there)
    ]
    assert back[0] == "SYNTH-0001"
    assert back[1] == read(here(profile(("PatientID", "hash")), dicom_file(SIMPLE))).PatientID


def test_an_earlier_envelope_stays_here_and_is_overwritten_there():
    source = dicom_file(SIMPLE)
    for engine, number in ((here, 2), (there, 1)):
        once = engine(encrypting("PatientName"), source).data
        twice = read(engine(encrypting("PatientID"), once))
        assert len(twice.EncryptedAttributesSequence) == number


def test_the_first_patient_gets_into_later_objects_there_and_not_here(tmp_path):
    """One profile over two files, as the engine's own tools use it."""
    files = {
        "one.dcm": dicom_file(SIMPLE),
        "two.dcm": dicom_file((text(0x00080018, "UI", "1.2.3.5"), text(0x00100010, "PN", "CANARY^GNU"))),
    }
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    for name, data in files.items():
        (source / name).write_bytes(data)
    with flywheel.its_warnings():
        engine = flywheel.DeIdProfile()
        engine.load_config(encrypting("PatientName"))
        engine.initialize()
        section = engine.get_file_profile("dicom")
        section.process_files(flywheel.OSFS(str(source)), flywheel.OSFS(str(target)), list(files))
    theirs = (target / "1.2.3.5.NA.dcm").read_bytes()
    assert read(here(decrypting("PatientName"), theirs)).PatientName == "CANARY^ZEBRA"
    mine = [here(encrypting("PatientName"), data).data for data in files.values()]
    assert read(here(decrypting("PatientName"), mine[1])).PatientName == "CANARY^GNU"


# -- values of other files

TEXT_KEY = "SYNTHETIC-KEY-OF-32-CHARACTERS-."
OTHERS = {
    "json": ("a.json", b'{"who": "CANARY^ZEBRA", "rest": 1.50}', "who", {}),
    "csv": ("a.csv", b"who,rest\nCANARY^ZEBRA,x\nCANARY^GNU,y\n", "who", {"file-filter": ["*.csv"]}),
    "xml": ("a.xml", b'<?xml version="1.0"?>\n<a><who>CANARY^ZEBRA</who><rest>x</rest></a>', "/a/who", {}),
    "key-value-text-file": ("a.mhd", b"Who = CANARY^ZEBRA\nRest = x\n", "Who", {"delimiter": " = "}),
}


@pytest.mark.parametrize("section", OTHERS)
def test_values_of_other_files_go_both_ways(section):
    name, data, field, settings = OTHERS[section]

    def made(action: str) -> dict:
        rules = [{"name": field, action: True}]
        return {"name": "oracle", "version": 1, section: {"secret-key": TEXT_KEY, "fields": rules, **settings}}

    def us(action: str, source: bytes) -> bytes:
        result = ours.deidentify(made(action), section, name, source)
        assert not result.refusal
        return result.data

    def them(action: str, source: bytes) -> bytes:
        return without_log(section, made(action)[section], name, source)

    for hiding, showing in ((us, them), (them, us), (us, us)):
        hidden = hiding("encrypt", data)
        assert b"CANARY" not in hidden
        back = showing("decrypt", hidden)
        assert b"CANARY^ZEBRA" in back
        assert (b"CANARY^GNU" in back) is (b"CANARY^GNU" in data)
    assert us("decrypt", us("encrypt", data)) == data


def without_log(section: str, settings: dict, name: str, data: bytes) -> bytes:
    """Run the oracle on a file without its log, which fails on tables."""
    with flywheel.its_warnings(), MemoryFS() as source, MemoryFS() as target:
        source.writebytes(name, data)
        FileProfile.factory(section, config=settings).process_files(source, target, [name])
        (copy,) = target.listdir("/")
        return target.readbytes(copy)


def test_a_group_of_a_file_name_is_encrypted_as_its_other_values_are():
    rule = {
        "input-regex": r"(?P<who>[A-Z]+)\.json",
        "output": "{who}.json",
        "groups": [{"name": "who", "encrypt": True}],
    }
    made = {
        "name": "oracle",
        "version": 1,
        "json": {
            "secret-key": TEXT_KEY,
            "force-nonce": "AAAAAAAAAAA=",
            "filenames": [rule],
            "fields": [{"name": "who"}],
        },
    }
    data = b'{"who": "x"}'
    mine = ours.deidentify(made, "json", "ZEBRA.json", data)
    assert mine.name == flywheel.deidentify(made, "ZEBRA.json", data).name
    assert "ZEBRA" not in mine.name

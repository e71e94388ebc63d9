"""Values on their way through the actions: several values, character sets, numbers, representations."""

from __future__ import annotations

import hashlib
import io
import struct

import pydicom
import pytest

from fw_gear_deid.actions import Replace
from fw_gear_deid.errors import ActionError, FileError, UnreadableError
from fw_gear_deid.formats.dicom.character_sets import encodings_of
from tests.formats.dicom.encoding import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    SYNTAXES,
    Plain,
    Sequence,
    dicom_file,
    text,
)
from tests.formats.dicom.running import copy_of, edit, expected, profiled, result, section
from tests.formats.samples import Shout, named

INSTANCE = text(0x00080018, "UI", "1.2.3.4")
everywhere = pytest.mark.parametrize("syntax", SYNTAXES)


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


@everywhere
def test_several_values_are_hashed_as_one(syntax):
    names = Plain(0x00081070, "PN", b"CANARY^A\\CANARY^B ")
    hashed = text(0x00081070, "PN", digest("CANARY^A,CANARY^B"))
    assert result(profiled([{"name": "OperatorsName", "hash": True}]), names, syntax=syntax) == expected(
        hashed, syntax=syntax
    )


@everywhere
def test_several_dates_are_shifted_one_by_one(syntax):
    dates = text(0x00080020, "DA", "20230101\\\\20231231")
    rules = profiled([{"name": "StudyDate", "increment-date": True}], date_increment=1)
    after = expected(text(0x00080020, "DA", "20230102\\\\20240101"), syntax=syntax)
    assert result(rules, dates, syntax=syntax) == after


def test_several_uids_are_hashed_one_by_one_or_as_one_but_stay_valid():
    rules = profiled([{"name": "SOPInstanceUID", "hashuid": True}])
    copy = pydicom.dcmread(io.BytesIO(copy_of(rules, dicom_file((text(0x00080018, "UI", "1.2.3.4.5.6"),)))))
    assert copy.SOPInstanceUID.is_valid
    assert copy.SOPInstanceUID.startswith("1.2.3.4.")
    assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID


def test_jitter_draws_the_same_for_the_same_object_and_stays_a_number():
    rules = profiled([{"name": "PatientWeight", "jitter": True}], salt="synthetic")
    weight = text(0x00101030, "DS", "70.5")
    first, again = (result(rules, INSTANCE, weight) for _ in range(2))
    assert first == again != expected(INSTANCE, weight)
    other = result(rules, text(0x00080018, "UI", "1.2.3.5"), weight)
    assert other[20:] != first[20:]
    found = pydicom.dcmread(io.BytesIO(copy_of(rules, dicom_file((INSTANCE, weight)))))
    assert 68.5 <= float(found.PatientWeight) <= 72.5


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG, IMPLICIT])
def test_jitter_of_binary_numbers_keeps_their_width_and_range(syntax):
    order = ">" if syntax == BIG else "<"
    rows = Plain(0x00280010, "US", struct.pack(order + "H", 65535))
    rules = profiled([{"name": "Rows", "jitter": True, "jitter-range": 9, "jitter-type": "int"}], salt="s")
    copy = result(rules, rows, syntax=syntax)
    assert len(copy) == len(expected(rows, syntax=syntax))
    assert 65526 <= struct.unpack(order + "H", copy[-2:])[0] <= 65535


@everywhere
def test_numbers_are_written_in_the_order_of_the_file(syntax):
    order = ">" if syntax == BIG else "<"
    rules = profiled([{"name": "Rows", "replace-with": 258}, {"name": "PatientWeight", "replace-with": 70.25}])
    after = (text(0x00101030, "DS", "70.25"), Plain(0x00280010, "US", struct.pack(order + "H", 258)))
    assert result(rules, INSTANCE, syntax=syntax) == expected(INSTANCE, *after, syntax=syntax)


def test_unknown_values_in_big_endian_files_are_little_endian():
    rows = Plain(0x00280010, "UN", struct.pack("<H", 258))
    rules = profiled([{"name": "Rows", "jitter": True, "jitter-range": 1, "jitter-type": "int"}], salt="s")
    copy = result(rules, rows, syntax=BIG)
    assert struct.unpack("<H", copy[-2:])[0] in {257, 259}


CHARACTER_SETS = [
    ("ISO_IR 100", "latin-1", "Müller^Jörg"),
    ("ISO_IR 192", "utf-8", "Müller^小东"),
    ("GB18030", "gb18030", "王^小东"),
    ("ISO_IR 144", "iso8859_5", "Жюль^Юлия"),
    ("\\ISO 2022 IR 87", "iso2022_jp", "Yamada^Tarou=山田^太郎"),
]


@pytest.mark.parametrize(("name", "encoding", "value"), CHARACTER_SETS)
@everywhere
def test_text_is_read_in_its_character_set(name, encoding, value, syntax):
    declared = text(0x00080005, "CS", name)
    before = text(0x00100010, "PN", value, encoding)
    rules = profiled([{"name": "PatientName", "hash": True}])
    after = expected(declared, text(0x00100010, "PN", digest(value)), syntax=syntax)
    assert result(rules, declared, before, syntax=syntax) == after


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, _, value in CHARACTER_SETS])
def test_new_text_is_written_in_the_character_set(name, value):
    declared = text(0x00080005, "CS", name)
    copy = copy_of(section(*named(("PatientName", Replace(value)))), dicom_file((declared,)))
    assert str(pydicom.dcmread(io.BytesIO(copy)).PatientName) == value


def test_korean_with_code_extensions_is_read_and_written():
    declared = text(0x00080005, "CS", "\\ISO 2022 IR 149")
    raw = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"
    value = "Hong^Gildong=洪^吉洞=홍^길동"
    name = Plain(0x00100010, "PN", raw + b" " * (len(raw) % 2))
    hashed = result(profiled([{"name": "PatientName", "hash": True}]), declared, name)
    assert hashed == expected(declared, text(0x00100010, "PN", digest(value)))
    assert result(section(*named(("PatientName", Replace(value)))), declared) == expected(declared, name)


def test_an_item_has_its_own_character_set():
    latin, utf8 = text(0x00080005, "CS", "ISO_IR 100"), text(0x00080005, "CS", "ISO_IR 192")

    def name(value: str, encoding: str) -> Plain:
        return text(0x00100010, "PN", value, encoding)

    before = (
        latin,
        name("Jörg", "latin-1"),
        Sequence(0x00101002, ((utf8, name("Jörg", "utf-8")), (name("Jörg", "latin-1"),))),
    )
    after = (
        latin,
        name("<JÖRG>", "latin-1"),
        Sequence(0x00101002, ((utf8, name("<JÖRG>", "utf-8")), (name("<JÖRG>", "latin-1"),))),
    )
    rules = section(*named(("PatientName", Shout())), recurse_sequence=True)
    assert result(rules, *before) == expected(*after)


@pytest.mark.parametrize("name", ["ISO_IR 100", "ISO_IR 144", "ISO 2022 IR 13\\ISO 2022 IR 87"])
def test_a_new_value_the_character_set_lacks_withholds_the_file(name):
    rules = section(*named(("PatientName", Replace("CANARY^한"))))
    with pytest.raises(ActionError, match="character set does not have") as caught:
        copy_of(rules, dicom_file((text(0x00080005, "CS", name),)))
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("recurse", [False, True])
def test_the_character_set_cannot_be_changed_under_the_text(recurse):
    file = dicom_file((text(0x00080005, "CS", "ISO_IR 100"), text(0x00100010, "PN", "Jörg", "latin-1")))
    rules = section(*named(("SpecificCharacterSet", Replace("ISO_IR 192"))), recurse_sequence=recurse)
    with pytest.raises(ActionError, match="character set cannot be changed"):
        copy_of(rules, file)
    same = section(*named(("SpecificCharacterSet", Replace("ISO_IR 100"))))
    assert copy_of(same, file) == file
    assert copy_of(same, dicom_file(())) == dicom_file((text(0x00080005, "CS", "ISO_IR 100"),))


def test_an_unknown_character_set_withholds_the_file_and_is_not_quoted():
    with pytest.raises(UnreadableError, match="names a character set that is not known") as caught:
        copy_of(section(), dicom_file((text(0x00080005, "CS", "CANARY^ALICE"),)))
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("name", ["zip", "hex", "rot13", "idna\\utf-8", "undefined", "bz2"])
def test_a_codec_that_is_no_character_set_withholds_the_file(name):
    file = dicom_file((text(0x00080005, "CS", name), text(0x00100010, "PN", "Jörg", "utf-8")))
    with pytest.raises(FileError):
        copy_of(section(*named(("PatientName", Shout()))), file)


@pytest.mark.parametrize(
    ("name", "encodings"),
    [
        (b"", ("iso8859",)),
        (b"ISO_IR 192 ", ("UTF8",)),
        (b"ISO-IR 100", ("latin_1",)),
        (b"ISO IR 100", ("latin_1",)),
        (b"ISO_IR 192\\ISO 2022 IR 87", ("UTF8",)),
        (b"ISO 2022-IR 100", ("latin_1",)),
        (b"utf-8", ("utf-8",)),
    ],
)
def test_character_sets_are_known_by_common_misspellings(name, encodings):
    assert encodings_of(name) == encodings


def test_text_that_is_invalid_in_its_character_set_is_read_unless_decode_is_off():
    declared = text(0x00080005, "CS", "ISO_IR 192")
    broken = text(0x00100010, "PN", "Jörg", "latin-1")
    copy = result(profiled([{"name": "PatientName", "hash": True}]), declared, broken)
    assert copy == expected(declared, text(0x00100010, "PN", digest("Jörg")))
    with pytest.raises(ActionError, match="not valid in its character set"):
        result(profiled([{"name": "PatientName", "hash": True}], decode=False), declared, broken)


def test_values_that_no_rule_reads_may_be_broken():
    broken = Plain(0x00100010, "PN", b"\x1b$B\xff\xff")
    number = text(0x00100020, "LO", "SYNTH-0001")
    rules = profiled([{"name": "PatientID", "hash": True}, {"name": "PatientName", "remove": True}])
    assert result(rules, broken, number) == expected(text(0x00100020, "LO", digest("SYNTH-0001")))


@pytest.mark.parametrize("value", ["CANARY", "12 34", "nan"])
def test_a_number_that_is_none_withholds_the_file_only_if_a_rule_reads_it(value):
    weight = text(0x00101030, "DS", value)
    assert result(profiled([{"name": "PatientID", "remove": True}]), weight) == expected(weight)
    with pytest.raises(ActionError) as caught:
        result(profiled([{"name": "PatientWeight", "jitter": True}], salt="s"), weight)
    assert value not in str(caught.value)


def test_a_hash_cannot_stand_in_a_number():
    with pytest.raises(ActionError, match="not a number that fits DS"):
        result(profiled([{"name": "SliceThickness", "hash": True}]), text(0x00180050, "DS", "2.5"))


def test_a_value_too_long_for_its_header_withholds_the_file():
    rules = section(*named(("PatientComments", Replace("x" * 70_000))))
    with pytest.raises(ActionError, match="too long for LT"):
        copy_of(rules, dicom_file((INSTANCE,)))
    assert len(copy_of(rules, dicom_file((INSTANCE,), IMPLICIT))) > 70_000


def test_empty_values_stay_empty():
    before = (Plain(0x00080020, "DA"), Plain(0x00100010, "PN"), Plain(0x00101030, "DS"))
    rules = profiled(
        [
            {"name": "StudyDate", "increment-date": True},
            {"name": "PatientName", "hash": True},
            {"name": "PatientWeight", "jitter": True},
        ],
        date_increment=3,
        salt="s",
    )
    assert result(rules, *before) == expected(*before)


def test_a_bad_date_withholds_the_file_without_being_quoted():
    rules = profiled([{"name": "StudyDate", "increment-date": True}], date_increment=3)
    with pytest.raises(ActionError, match="StudyDate") as caught:
        result(rules, text(0x00080020, "DA", "CANARY"))
    assert "CANARY" not in str(caught.value)
    emptied = profiled([{"name": "StudyDate", "increment-date": True, "on-unparsable": "empty"}], date_increment=3)
    assert result(emptied, text(0x00080020, "DA", "CANARY")) == expected(Plain(0x00080020, "DA"))


def test_trailing_delimiters_of_a_name_do_not_change_its_hash():
    hashed = text(0x00100010, "PN", digest("CANARY^ALICE"))
    for written in ("CANARY^ALICE", "CANARY^ALICE=", "CANARY^ALICE== "):
        copy = result(profiled([{"name": "PatientName", "hash": True}]), text(0x00100010, "PN", written))
        assert copy == expected(hashed)


def test_private_values_of_unknown_representation_are_hashed_when_they_are_text():
    creator = text(0x00290010, "LO", "SYNTH ONE")
    rules = profiled([{"name": "(0029, 'SYNTH ONE', 10)", "hash": True}])
    value = Plain(0x00291010, "UN", b"CANARY")
    assert result(rules, creator, value) == expected(creator, Plain(0x00291010, "UN", digest("CANARY").encode()))
    with pytest.raises(ActionError, match="not text"):
        result(rules, creator, Plain(0x00291010, "UN", b"\x01\x02\xff\xfe"))


def test_bytes_can_be_removed_or_emptied_but_not_hashed():
    pixels = Plain(0x7FE00010, "OW", b"\1\2\3\4")
    assert result(section(*named(("PixelData", Replace("")))), pixels) == expected(Plain(0x7FE00010, "OW"))
    found = edit(section(*named(("PixelData", Replace("")))), dicom_file((pixels,)), log=True)
    assert found.before["PixelData"] == "<OW, 4 bytes>"

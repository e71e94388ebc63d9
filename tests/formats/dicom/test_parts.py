"""Preamble, file meta information, deflated data sets, what follows the data set, and files that lack parts."""

from __future__ import annotations

import io

import pydicom
import pytest

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import FileError, UnreadableError
from fw_gear_deid.formats.content import MemoryContent
from tests.formats.dicom.encoding import (
    BIG,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    SYNTAXES,
    Fragments,
    GroupLength,
    Order,
    Plain,
    Sequence,
    data_set_of,
    deflate,
    dicom_file,
    encoded,
    meta,
    order_of,
    text,
)
from tests.formats.dicom.running import Streamed, copy_of, edit, section
from tests.formats.samples import Shout, named

INSTANCE = text(0x00080018, "UI", "1.2.3.4")
NAME = text(0x00100010, "PN", "CANARY^ALICE")
NUMBER = text(0x00100020, "LO", "SYNTH-0001")
PIXELS = Plain(0x7FE00010, "OW", b"\1\2\3\4" * 3)
PREFIX = bytes(128) + b"DICM"
DATA_SET = (INSTANCE, NAME, NUMBER)


def test_the_preamble_is_zeroed_unless_it_is_to_be_kept():
    file = dicom_file(DATA_SET, preamble=b"II*\0CANARY" + bytes(118))
    assert copy_of(section(), file) == dicom_file(DATA_SET)
    assert copy_of(section(keep_preamble=True), file) == file


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_media_storage_instance_follows_the_new_instance(syntax):
    copy = copy_of(section(*named(("SOPInstanceUID", Replace("2.25.77")))), dicom_file(DATA_SET, syntax))
    assert copy.startswith(PREFIX + meta(syntax, "2.25.77"))
    assert data_set_of(copy, syntax).startswith(encoded((text(0x00080018, "UI", "2.25.77"),), order_of(syntax)))


def test_the_media_storage_instance_is_put_right_where_it_differs():
    file = PREFIX + meta(EXPLICIT, "9.9.9") + encoded(DATA_SET, Order())
    assert copy_of(section(), file) == dicom_file(DATA_SET)


def test_the_media_storage_instance_goes_with_the_instance():
    copy = copy_of(section(*named(("SOPInstanceUID", Remove()))), dicom_file(DATA_SET))
    assert copy == PREFIX + meta(EXPLICIT, "") + encoded((NAME, NUMBER), Order())


def test_where_a_file_came_from_is_dropped_and_the_length_corrected():
    origin = (
        text(0x00020016, "AE", "CANARYAE"),
        text(0x00020017, "AE", "CANARYAE"),
        text(0x00020018, "AE", "CANARYAE"),
        text(0x00020026, "UR", "http://canary.example"),
        text(0x00020100, "UI", "1.2.3"),
        Plain(0x00020102, "OB", b"CANARY"),
    )
    version = text(0x00020013, "SH", "SYNTH 1")
    file = PREFIX + meta(EXPLICIT, "1.2.3.4", version, *origin) + encoded(DATA_SET, Order())
    assert copy_of(section(), file) == PREFIX + meta(EXPLICIT, "1.2.3.4", version) + encoded(DATA_SET, Order())


def test_a_rule_keeps_or_changes_file_meta_information():
    origin = (text(0x00020016, "AE", "CANARYAE"), text(0x00020017, "AE", "OTHERAE"))
    file = PREFIX + meta(EXPLICIT, "1.2.3.4", *origin) + encoded(DATA_SET, Order())
    rules = section(*named(("SourceApplicationEntityTitle", Replace("NEW")), ("(0002,0017)", Keep())))
    after = (text(0x00020016, "AE", "NEW"), origin[1])
    assert copy_of(rules, file) == PREFIX + meta(EXPLICIT, "1.2.3.4", *after) + encoded(DATA_SET, Order())


def test_rules_of_the_data_set_leave_file_meta_information():
    rules = section(*named(("PatientID", Keep())), remove_undefined=True, remove_private_tags=True)
    copy = copy_of(rules, dicom_file((NAME, NUMBER)))
    assert copy == dicom_file((NUMBER,))


def test_padding_elements_and_trailing_bytes_are_dropped_at_every_depth():
    padding = Plain(0xFFFCFFFC, "OB", b"CANARY")
    inner = Sequence(0x00880200, ((NUMBER, PIXELS, padding),))
    file = dicom_file((*DATA_SET, inner, PIXELS, padding)) + bytes(30)
    found = edit(section(recurse_sequence=True), file)
    after = dicom_file((*DATA_SET, Sequence(0x00880200, ((NUMBER, PIXELS),)), PIXELS))
    assert b"".join(bytes(chunk) for chunk in found.output.chunks()) == after
    assert found.notes == ("30 bytes after the data set were left out",)


@pytest.mark.parametrize("tail", [b"\0", b"\0" * 7, b"\0" * 8, b"\0CANARY\0" * 4, b"\x20" * 6])
def test_bytes_after_the_pixel_data_are_dropped(tail):
    file = dicom_file((*DATA_SET, PIXELS))
    assert copy_of(section(), file + tail) == file
    assert copy_of(section(), Streamed(file + tail)) == file


@pytest.mark.parametrize("tail", [b"\0", b"\0" * 7, b"\0" * 8, b"\0" * 4096, b"\x10\0\x10"])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_bytes_after_a_data_set_without_pixel_data_withhold_the_file(tail, syntax):
    with pytest.raises(UnreadableError):
        copy_of(section(), dicom_file(DATA_SET, syntax) + tail)


def test_a_cut_header_after_the_pixel_data_is_not_padding():
    file = dicom_file((*DATA_SET, PIXELS, Plain(0x7FE10010, "LO", b"SYNTH ONE ")))
    with pytest.raises(FileError):
        copy_of(section(), file[:-12])


def test_a_deflated_data_set_is_deflated_again():
    file = dicom_file((*DATA_SET, PIXELS), DEFLATED)
    copy = copy_of(section(*named(("PatientName", Remove()))), file)
    assert data_set_of(copy, DEFLATED) == encoded((INSTANCE, NUMBER, PIXELS), Order())
    assert len(copy) % 2 == 0
    assert pydicom.dcmread(io.BytesIO(copy)).PatientID == "SYNTH-0001"


def test_a_deflated_data_set_without_a_change_keeps_its_bytes():
    file = dicom_file(DATA_SET, DEFLATED)
    assert copy_of(section(), file) == file


def test_what_follows_a_deflated_data_set_is_dropped():
    file = dicom_file(DATA_SET, DEFLATED)
    found = edit(section(), file + b"CANARY")
    assert b"".join(bytes(chunk) for chunk in found.output.chunks()) == file
    assert found.notes == ("6 bytes after the data set were left out",)


@pytest.mark.parametrize("cut", [1, 3, 10])
def test_a_cut_deflated_data_set_is_refused(cut):
    body = deflate(encoded((*DATA_SET, PIXELS), Order())).rstrip(b"\0")
    with pytest.raises(UnreadableError):
        copy_of(section(), PREFIX + meta(DEFLATED) + body[:-cut])


def test_damaged_deflate_is_refused():
    with pytest.raises(UnreadableError, match="deflated data set is damaged"):
        copy_of(section(), PREFIX + meta(DEFLATED) + b"\xff" * 40)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_a_file_without_preamble_and_meta_is_read(syntax):
    file = encoded(DATA_SET, order_of(syntax))
    copy = copy_of(section(*named(("PatientName", Remove()))), file)
    assert copy == encoded((INSTANCE, NUMBER), order_of(syntax))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_a_file_without_preamble_but_with_meta_is_read(syntax):
    file = dicom_file(DATA_SET, syntax)[132:]
    copy = copy_of(section(*named(("PatientName", Remove()))), file)
    assert copy == dicom_file((INSTANCE, NUMBER), syntax)[132:] or syntax == DEFLATED
    assert data_set_of(copy, syntax) == encoded((INSTANCE, NUMBER), order_of(syntax))


@pytest.mark.parametrize("file", [b"", b"\0" * 8, bytes(128), bytes(4096), b"MZ" * 500, b"PK\3\4" + bytes(300), b"{}"])
def test_what_is_no_dicom_file_is_refused(file):
    with pytest.raises(UnreadableError):
        copy_of(section(), file)


@pytest.mark.parametrize("length", [8, 100, 4096])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_zeros_are_no_data_set(length, syntax):
    with pytest.raises(UnreadableError):
        copy_of(section(), PREFIX + meta(syntax) + bytes(length))


def test_explicit_elements_under_an_implicit_syntax_are_seen():
    # Read as stated, the first element would swallow the names, and the zeros after it would pass for elements.
    pixels = Plain(0x7FE00010, "OW", bytes(1 << 20))
    file = PREFIX + meta(IMPLICIT) + encoded((*DATA_SET, pixels), Order())
    copy = copy_of(section(*named(("PatientName", Remove()))), file)
    assert copy == PREFIX + meta(IMPLICIT) + encoded((INSTANCE, NUMBER, pixels), Order())


def test_implicit_elements_under_an_explicit_syntax_are_seen():
    file = PREFIX + meta(EXPLICIT) + encoded(DATA_SET, Order(explicit=False))
    copy = copy_of(section(*named(("PatientName", Shout()))), file)
    changed = text(0x00100010, "PN", "<CANARY^ALICE>")
    assert copy == PREFIX + meta(EXPLICIT) + encoded((INSTANCE, changed, NUMBER), Order(explicit=False))


@pytest.mark.parametrize("trait", ["unknown", "implicit", "undefined"])
def test_rules_reach_into_sequences_however_they_are_written(trait):
    def nest(value: str) -> Sequence:
        return Sequence(0x00101002, ((NAME, text(0x00100020, "LO", value)),), **{trait: True})

    copy = copy_of(section(*named(("OtherPatientIDsSequence.0.PatientID", Shout()))), dicom_file((NAME, nest("a"))))
    assert copy == dicom_file((NAME, nest("<A>")))


@pytest.mark.parametrize("tag", [0x00189FFE, 0x00191001], ids=["standard", "private"])
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_recursion_reaches_into_sequences_that_no_dictionary_knows(tag, syntax):
    def nested(outer: str, inner: str) -> bytes:
        below = Sequence(tag, ((text(0x00100020, "LO", inner),),), unknown=True)
        return dicom_file((Sequence(tag, ((text(0x00100020, "LO", outer), below),), unknown=True),), syntax)

    settings = section(*named(("PatientID", Shout())), recurse_sequence=True)
    assert copy_of(settings, nested("CANARY", "ALICE")) == nested("<CANARY>", "<ALICE>")


@pytest.mark.parametrize("tag", [0x00189FFE, 0x00191001], ids=["standard", "private"])
def test_recursion_reaches_into_explicit_items_of_unknown_representation(tag):
    def nest(value: str) -> Plain:
        name = encoded((text(0x00100020, "LO", value),), Order())
        return Plain(tag, "UN", b"\xfe\xff\x00\xe0" + len(name).to_bytes(4, "little") + name)

    settings = section(*named(("PatientID", Shout())), recurse_sequence=True)
    assert copy_of(settings, dicom_file((nest("CANARY"),))) == dicom_file((nest("<CANARY>"),))


def test_a_known_sequence_that_holds_no_items_is_refused():
    broken = Plain(0x00101002, "UN", b"CANARY^ALICE")
    with pytest.raises(UnreadableError, match="should"):
        copy_of(section(*named(("PatientName", Remove())), recurse_sequence=True), dicom_file((broken,)))


def test_private_bytes_that_only_look_like_items_stay():
    bait = Plain(0x00291010, "UN", b"\xfe\xff\x00\xe0\x04\0\0\0CANARY\0\0")
    file = dicom_file((NUMBER, text(0x00290010, "LO", "SYNTH ONE"), bait))
    assert copy_of(section(recurse_sequence=True), file) == file


def test_sequences_nested_without_end_are_refused():
    deep = Sequence(0x00101002, ((NUMBER,),))
    for _ in range(70):
        deep = Sequence(0x00101002, ((deep,),), undefined=True, open_items=True)
    with pytest.raises(UnreadableError, match="nested more than 64 deep"):
        copy_of(section(), dicom_file((deep,)))


def test_an_icon_in_a_sequence_is_no_end_of_the_data_set():
    icon = Sequence(0x00880200, ((Plain(0x00280010, "US", b"\1\0"), Fragments(0x7FE00010, (b"", b"\1\2"))),))
    late = text(0x00981010 & 0xFFFEFFFF, "LO", "late")
    file = dicom_file((NAME, icon, late))
    copy = copy_of(section(*named(("PatientName", Remove()))), MemoryContent(file))
    assert copy == dicom_file((icon, late))


def test_a_wrong_group_length_is_put_right_where_its_group_changes():
    wrong = Plain(0x00100000, "UL", b"\2\0\0\0")
    copy = copy_of(section(*named(("PatientName", Remove()))), dicom_file((INSTANCE, wrong, NAME, NUMBER)))
    assert copy == dicom_file((INSTANCE, GroupLength(0x10), NUMBER))


def test_a_wrong_meta_length_is_put_right_where_meta_changes():
    origin = text(0x00020016, "AE", "CANARYAE")
    right = PREFIX + meta(EXPLICIT, "1.2.3.4", origin) + encoded(DATA_SET, Order())
    for stated in (0, 4, 0xFFFFFFFF):
        wrong = right[:140] + stated.to_bytes(4, "little") + right[144:]
        assert copy_of(section(), wrong) == dicom_file(DATA_SET)

from __future__ import annotations

import contextlib
import io
import warnings

import piexif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ActionError, ProfileError, TooLargeError, UnreadableError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import PathContent
from fw_gear_deid.formats.ifd.names import EXIF_FIELDS, Kind, space
from fw_gear_deid.formats.jpeg import JpegFormat
from tests.formats.images.making import (
    PIXELS,
    WHO,
    XMP_HEAD,
    attempted,
    coded,
    edited_jpeg,
    jpeg,
    picture,
    segment,
    tags_of_a_camera,
)  # fmt: skip
from tests.formats.samples import Shout, named, renaming, section

ARTIST = piexif.ImageIFD.Artist
XMP = segment(0xE1, XMP_HEAD + b"<x:xmpmeta>nothing of note</x:xmpmeta>")
LONG_XMP = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + b"more")
IPTC = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04 words")
COMMENT = segment(0xFE, b"a comment")
PROFILE = segment(0xE2, b"ICC_PROFILE\0\x01\x01 colours")
ADOBE = segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
VENDOR = segment(0xE4, b"VENDOR words")
PICTURES = segment(0xE2, b"MPF\0II*\0\x08\0\0\0")


def tags(data: bytes) -> dict:
    """Return what piexif reads; without offsets, which may change."""
    loaded = piexif.load(data)
    for tag in (piexif.ImageIFD.ExifTag, piexif.ImageIFD.GPSTag):
        loaded["0th"].pop(tag, None)
    loaded["1st"].pop(513, None)
    return loaded


def photograph(*extra: bytes) -> bytes:
    return jpeg(*extra, exif=tags_of_a_camera())


def test_tags_are_removed_replaced_and_created_and_nothing_else_changes():
    source = photograph(XMP, IPTC, COMMENT, PROFILE, ADOBE, VENDOR)
    rules = [("Artist", Remove()), ("DateTimeOriginal", Shout()), ("LensMake", Replace("synth lens"))]
    out, result = edited_jpeg(source, *rules, ("GPSDateStamp", Replace("2020:01:01")), ("Copyright", Keep()))
    expected = tags(source)
    del expected["0th"][ARTIST]
    expected["Exif"][piexif.ExifIFD.DateTimeOriginal] = b"<2020:02:28 10:00:00>"
    expected["Exif"][piexif.ExifIFD.LensMake] = b"synth lens"
    expected["GPS"][piexif.GPSIFD.GPSDateStamp] = b"2020:01:01"
    assert tags(out) == expected
    assert result.hits == (1, 1, 1, 1, 0)
    assert WHO.encode() not in out
    assert coded(out) == coded(source)
    for kept in (XMP, IPTC, COMMENT, PROFILE, ADOBE, VENDOR):
        assert kept in out
    assert result.notes == ("XMP, IPTC or a comment stays as it is; remove-exif takes it away",)
    assert result.before["Artist"] == WHO
    assert result.after["DateTimeOriginal"] == "<2020:02:28 10:00:00>"


def test_without_rules_a_copy_is_the_same_bytes():
    source = photograph(XMP, IPTC, COMMENT)
    out, result = edited_jpeg(source, ("Artist", Keep()))
    assert out == source
    assert (result.hits, result.notes) == ((0,), ())


def test_a_value_that_fits_is_replaced_in_place():
    source = photograph()
    out, _ = edited_jpeg(source, ("Artist", Replace("canary^zebra")))
    assert out == source.replace(WHO.encode(), b"canary^zebra")


def test_the_thumbnail_and_its_tags_stay_while_rules_act_on_both_directories():
    source = photograph()
    out, result = edited_jpeg(source, ("Make", Replace("another maker of cameras")))
    assert piexif.load(out)["thumbnail"] == piexif.load(source)["thumbnail"]
    assert piexif.load(out)["1st"][piexif.ImageIFD.Make] == b"another maker of cameras"
    assert result.hits == (2,)


def test_remove_exif_takes_every_kind_of_metadata_and_leaves_the_image():
    source = photograph(XMP, LONG_XMP, IPTC, COMMENT, PROFILE, ADOBE, VENDOR, segment(0xE0, b"JFXX\0\x10thumb"))
    out, result = edited_jpeg(source, remove_exif=True)
    assert out == jpeg(PROFILE, ADOBE)
    assert result.notes == ("all metadata removed",)


def test_remove_exif_takes_the_thumbnail_of_jfif_too():
    plain = jpeg()
    assert plain[2:20] == segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    source = plain[:2] + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\2\1" + b"pixels") + plain[20:]
    assert edited_jpeg(source, remove_exif=True)[0] == plain
    assert edited_jpeg(source)[0] == source


def test_remove_exif_takes_segments_between_scans_too():
    source = jpeg(progressive=True)
    at = source.rindex(b"\xff\xda")
    out, _ = edited_jpeg(source[:at] + COMMENT + source[at:], remove_exif=True)
    assert out == source


def test_remove_exif_works_where_the_tags_are_damaged():
    broken = segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f CANARY")
    assert edited_jpeg(jpeg(broken), ("Artist", Remove()), remove_exif=True)[0] == jpeg()


def test_a_rule_creates_a_tag_after_remove_exif_and_where_there_was_no_exif():
    for source, options in ((photograph(), {"remove_exif": True}), (jpeg(), {})):
        out, result = edited_jpeg(source, ("Artist", Replace("nobody")), ("ISOSpeedRatings", Replace(100)), **options)
        assert tags(out)["0th"] == {ARTIST: b"nobody"}
        assert tags(out)["Exif"] == {piexif.ExifIFD.ISOSpeedRatings: 100}
        assert result.hits == (1, 1)
        assert out[:20] == source[:20]
        assert coded(out) == coded(source)


def test_remove_gps_takes_the_gps_directory_and_xmp_that_has_a_place():
    place = segment(0xE1, XMP_HEAD + b'<rdf:Description exif:GPSLatitude="48,1.5N"/>')
    source = photograph(place, COMMENT)
    out, result = edited_jpeg(source, remove_gps=True)
    expected = tags(source) | {"GPS": {}}
    assert tags(out) == expected
    assert b"GPS" not in out
    assert bytes.fromhex("00000030 00000001 00000001 00000001") not in out
    assert COMMENT in out
    assert set(result.notes) == {"GPS tags removed", "XMP that holds GPS left out"}
    assert XMP in edited_jpeg(photograph(XMP), remove_gps=True)[0]


@pytest.mark.parametrize(
    ("extra", "rule"),
    [
        (segment(0xE1, XMP_HEAD + f"<dc:creator>{WHO}</dc:creator>".encode()), ("Artist", Remove())),
        (segment(0xE1, XMP_HEAD + b"<xmp:CreateDate>2020-02-28T10:00:00"), ("DateTimeOriginal", Shout())),
        (segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x1c\x02\x3720200228"), ("DateTimeOriginal", Replace(""))),
        (segment(0xFE, b"drawn by " + WHO.encode("utf-16-le")), ("Artist", Shout())),
        (segment(0xE4, f"owner={WHO}".encode()), ("Artist", Replace("x"))),
    ],
    ids=["XMP", "XMP date", "IPTC date", "comment", "vendor"],
)
def test_segments_that_repeat_what_a_rule_takes_away_go_too(extra, rule):
    out, result = edited_jpeg(photograph(extra, PROFILE), rule)
    assert extra not in out
    assert PROFILE in out
    assert any("repeats what a rule changes" in note for note in result.notes)
    assert extra in edited_jpeg(photograph(extra, PROFILE), ("Make", Remove()))[0]


def test_a_date_of_gps_that_goes_takes_no_other_metadata_with_it():
    tags_of_it = tags_of_a_camera()
    tags_of_it["GPS"][piexif.GPSIFD.GPSDateStamp] = b"2020:02:28"
    dated = segment(0xE1, XMP_HEAD + b"<xmp:CreateDate>2020-02-28T10:00:00")
    assert dated in edited_jpeg(jpeg(dated, exif=tags_of_it), remove_gps=True)[0]


def test_what_follows_the_image_is_left_out_with_the_table_of_pictures():
    source = photograph(PICTURES)
    assert edited_jpeg(source)[0] == source
    out, result = edited_jpeg(source + photograph(), ("Artist", Remove()))
    assert WHO.encode() not in out
    assert b"MPF\0" not in out
    assert out.endswith(coded(source))
    assert result.notes == ("bytes behind the image left out",)


def test_comments_are_read_and_written_in_their_encoding():
    tags_of_it = tags_of_a_camera()
    tags_of_it["Exif"][piexif.ExifIFD.UserComment] = b"UNICODE\0" + "Zebra-Ähre".encode("utf-16-be")
    tags_of_it["0th"][piexif.ImageIFD.XPAuthor] = tuple((WHO + "\0").encode("utf-16-le"))
    source = jpeg(exif=tags_of_it)
    out, result = edited_jpeg(source, ("UserComment", Shout()), ("XPAuthor", Replace("nobody")))
    assert result.before == {"UserComment": "Zebra-Ähre", "XPAuthor": WHO}
    assert tags(out)["Exif"][piexif.ExifIFD.UserComment] == b"UNICODE\0" + "<ZEBRA-ÄHRE>".encode("utf-16")
    assert bytes(tags(out)["0th"][piexif.ImageIFD.XPAuthor]).decode("utf-16-le") == "nobody\0"
    out, _ = edited_jpeg(source, ("UserComment", Replace("plain")))
    assert tags(out)["Exif"][piexif.ExifIFD.UserComment] == b"ASCII\0\0\0plain"


@pytest.mark.parametrize("name", ["ISOSpeedRatings", "FNumber", "GPSLatitudeRef", "GPSLatitude"])
@pytest.mark.parametrize("rule", [Remove(), Keep()], ids=["remove", "keep"])
def test_directories_without_the_offset_behind_them_keep_what_stands_there(name, rule):
    source = photograph()  # as piexif writes it: values follow the entries at once
    out, _ = edited_jpeg(source, (name, rule), ("LensModel", Replace("")), ("GPSStatus", Replace("V")))
    expected = tags(source)
    kind = "GPS" if name.startswith("GPS") else "Exif"
    if isinstance(rule, Remove):
        del expected[kind][EXIF_FIELDS[name.lower()].tags[0]]
    expected["Exif"][piexif.ExifIFD.LensModel] = b""
    expected["GPS"][piexif.GPSIFD.GPSStatus] = b"V"
    assert tags(out) == expected


def test_an_exif_block_that_rules_empty_goes():
    source = jpeg(exif={"0th": {ARTIST: WHO.encode()}})
    assert edited_jpeg(source, ("Artist", Remove()))[0] == jpeg()
    source = jpeg(exif={"Exif": {piexif.ExifIFD.CameraOwnerName: WHO.encode()}, "GPS": {1: b"N"}})
    assert edited_jpeg(source, ("CameraOwnerName", Remove()), remove_gps=True)[0] == jpeg()


def test_a_second_exif_block_is_edited_too():
    block = segment(0xE1, piexif.dump({"0th": {ARTIST: WHO.encode()}}))
    out, result = edited_jpeg(jpeg(block, COMMENT, block), ("Artist", Replace("x")))
    assert WHO.encode() not in out
    assert result.hits == (2,)


def test_a_value_that_a_segment_cannot_hold_withholds_the_file():
    with pytest.raises(ActionError, match="64 KiB"):
        edited_jpeg(photograph(), ("Artist", Replace("x" * 66000)))


def test_the_new_name_holds_values_after_the_rules():
    names = (renaming("{Make}_{Artist}_{MakerNote}_{DateTime}.jpg"),)
    _, result = edited_jpeg(photograph(), ("Artist", Remove()), filenames=names)
    assert result.name == "SynthCam_NA_NA_2020_02_28 23_00_01.jpg"


@pytest.mark.parametrize(
    ("name", "action", "why"),
    [
        ("XMP", Remove(), "not the name of a tag"),
        ("PatientName", Remove(), "not the name of a tag"),
        ("ISOSpeedRatings", Shout(), "holds numbers; hash is not possible"),
        ("MakerNote", Shout(), "holds bytes; hash is not possible"),
        ("JPEGInterchangeFormat", Remove(), "says how to read the image"),
    ],
)
def test_rules_that_cannot_be_carried_out_are_refused_with_the_profile(name, action, why):
    with pytest.raises(ProfileError, match=why):
        edited_jpeg(b"", (name, action))


SOUND = photograph(COMMENT)
BROKEN = {
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "nothing": b"",
    "start alone": b"\xff\xd8",
    "no end": SOUND[:-2],
    "cut off in a segment": SOUND[:100],
    "no image data": SOUND[: SOUND.index(b"\xff\xda")] + b"\xff\xd9",
    "words between segments": SOUND[:20] + b"CANARY" + SOUND[20:],
    "damaged tags": jpeg(segment(0xE1, b"Exif\0\0MM\0*\0\0\x7f\xff CANARY")),
    "tags of another kind": jpeg(segment(0xE1, b"Exif\0\0not a TIFF CANARY")),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_sound_jpeg_is_withheld(kind):
    with pytest.raises(UnreadableError) as refused:
        edited_jpeg(BROKEN[kind], ("Artist", Remove()))
    assert "CANARY" not in str(refused.value)


def test_a_file_that_may_not_be_held_is_withheld(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(SOUND)
    plan = JpegFormat().compile(section("jpg", *named(("Artist", Remove())), remove_exif=False, remove_gps=True))
    with pytest.raises(TooLargeError):
        plan.apply(PathContent(path, len(SOUND)), FileContext("x.jpg"))


def test_names_types_and_directories_are_those_of_piexif():
    homes = {"0th": Kind.IMAGE, "Exif": Kind.EXIF, "GPS": Kind.GPS, "Interop": Kind.INTEROPERABILITY}
    for directory, kind in homes.items():
        for tag, known in piexif.TAGS[directory].items():
            if known["name"].startswith("ZZZ"):  # its tests' own
                continue
            mine = EXIF_FIELDS[known["name"].lower()]
            assert tag in mine.tags
            assert space(mine.kind) is space(kind)
            if mine.tags[0] == tag and mine.kind is kind:
                assert mine.type == known["type"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_files_are_withheld_or_keep_their_image(edits):
    data = bytearray(SOUND)
    for place, value in edits:
        data[place] = value
    rules = [("Artist", Remove()), ("HostComputer", Replace("x" * 30))]
    out = attempted(edited_jpeg, bytes(data), *rules, remove_gps=True)
    if out and (shown := pixels(bytes(data))):
        assert pixels(out) == shown


def pixels(data: bytes) -> bytes:
    """Return what Pillow shows; nothing of what it cannot read."""
    with warnings.catch_warnings(), contextlib.suppress(OSError, SyntaxError, ValueError):
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            return image.tobytes()
    return b""


def test_the_picture_is_the_same():
    out, _ = edited_jpeg(photograph(), ("Artist", Remove()), remove_exif=True)
    with Image.open(io.BytesIO(out)) as image, Image.open(io.BytesIO(picture("JPEG", quality=90))) as plain:
        assert image.tobytes() == plain.tobytes()
        assert image.size == PIXELS.T.shape


@pytest.mark.parametrize("end", [b"", b"\0", b"\xd0"])
def test_a_file_that_ends_in_bytes_of_an_erased_card_is_refused_at_once(end):
    source = jpeg()
    with pytest.raises(UnreadableError, match="truncated"):
        edited_jpeg(source[:-2] + b"\xff" * 10**6 + end, ("Artist", Remove()))


@pytest.mark.parametrize("fill", [b"", b"\xff", b"\xff\xff\xff"])
def test_fill_bytes_before_markers_stay(fill):
    source = jpeg(COMMENT)
    filled = source[:-2] + fill + source[-2:]
    filled = filled.replace(COMMENT, fill + COMMENT)
    assert edited_jpeg(filled, ("Artist", Remove()))[0] == filled


def test_a_place_that_a_rule_names_is_looked_for_elsewhere_although_remove_gps_takes_it_first():
    place = b"Canary Island"
    exif = {"GPS": {piexif.GPSIFD.GPSAreaInformation: b"ASCII\0\0\0" + place}}
    source = jpeg(segment(0xFE, b"taken on " + place), exif=exif)
    out, result = edited_jpeg(source, ("GPSAreaInformation", Remove()), remove_gps=True)
    assert place not in out
    assert "comment left out that repeats what a rule changes" in result.notes
    assert place in edited_jpeg(source, ("GPSAreaInformation", Keep()), remove_gps=True)[0]


def test_a_maker_note_that_repeats_what_a_rule_changes_is_left_out():
    note = b"FIRMWARE 1.0\0OWNER " + WHO.encode() + b"\0"
    source = jpeg(exif={"0th": {ARTIST: WHO.encode()}, "Exif": {piexif.ExifIFD.MakerNote: note}})
    out, result = edited_jpeg(source, ("Artist", Shout()))
    assert WHO.encode() not in out
    assert b"FIRMWARE" not in out
    assert result.notes == ("XMP, IPTC, Photoshop or MakerNote tags left out that repeat what a rule changes",)
    assert note in edited_jpeg(source, ("Artist", Shout()), ("MakerNote", Keep()))[0]
    assert note in edited_jpeg(source, ("Copyright", Remove()))[0]

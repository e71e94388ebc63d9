"""The same images through this engine and through Flywheel's: tags, pixels, names and chunks must agree."""

from __future__ import annotations

import io

import numpy as np
import piexif
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.formats.images.making import ASCII, RATIONAL, Page, chunk, jpeg, png, tags_of_a_camera, tiff
from tests.oracle import flywheel, ours
from tests.oracle.test_text_formats_oracle import act, both, profile

PICTURE = jpeg(exif=tags_of_a_camera())
POINTERS = {"0th": (piexif.ImageIFD.ExifTag, piexif.ImageIFD.GPSTag), "1st": (513, 514)}


def exif(data: bytes) -> dict:
    """Return what piexif reads, without offsets."""
    loaded = piexif.load(data)
    for directory, tags in POINTERS.items():
        for tag in tags:
            loaded[directory].pop(tag, None)
    return loaded


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


JPG_RULES = [
    [act("Artist", "hash"), act("Make", "hash"), act("Copyright", "hash")],
    [act("DateTime", "increment-datetime"), act("DateTimeOriginal", "increment-datetime")],
    [act("DateTimeOriginal", "increment-datetime", **{"date-increment-override": 400.5})],
    [act("artist", "remove"), act("FNumber", "remove"), act("MakerNote", "remove"), act("UserComment", "remove")],
    [act("Make", "replace-with", "another maker of cameras"), act("ISOSpeedRatings", "replace-with", 100)],
    [act("LensMake", "replace-with", "new"), act("GPSDateStamp", "replace-with", "2020:01:01")],
    [act("Make", "hash"), act("Make", "hash"), act("Orientation", "keep"), act("GPSLatitude", "remove")],
]


@pytest.mark.parametrize("rules", JPG_RULES, ids=[rules[0]["name"] for rules in JPG_RULES])
@pytest.mark.parametrize("gps", [False, True])
def test_exif_tags_agree(rules, gps):
    here, there = both("jpg", profile("jpg", *rules, **{"remove-gps": gps}), "x.jpg", PICTURE)
    assert not here.refusal
    assert not there.refusal
    mine, other = exif(here.data), exif(there.data)
    if gps and "GPSDateStamp" in {rule["name"] for rule in rules}:  # there is no directory left to create it in
        mine["GPS"] = other["GPS"]
    assert mine == other
    assert np.array_equal(pixels(here.data), pixels(PICTURE))


def test_remove_exif_agrees():
    made = profile("jpg", act("Artist", "remove"), **{"remove-exif": True})
    here, there = both("jpg", made, "x.jpg", PICTURE)
    assert exif(here.data) == exif(there.data)


def test_the_oracle_forgets_its_default_of_remove_gps():
    here, there = both("jpg", profile("jpg", act("Artist", "remove")), "x.jpg", PICTURE)
    assert exif(there.data)["GPS"]
    assert not exif(here.data)["GPS"]


def test_the_oracle_creates_no_tag_where_there_is_no_exif():
    here, there = both("jpg", profile("jpg", act("Artist", "replace-with", "x")), "x.jpg", jpeg())
    assert not exif(there.data)["0th"]
    assert exif(here.data)["0th"] == {piexif.ImageIFD.Artist: b"x"}


def test_the_oracle_creates_a_tag_in_both_image_directories():
    here, there = both("jpg", profile("jpg", act("Artist", "replace-with", "x")), "x.jpg", PICTURE)
    assert exif(there.data)["1st"][piexif.ImageIFD.Artist] == b"x"
    assert piexif.ImageIFD.Artist not in exif(here.data)["1st"]


@pytest.mark.parametrize(
    "rule",
    [
        act("DateTime", "increment-date", **{"date-format": "%Y:%m:%d %H:%M:%S"}),
        act("UserComment", "hash"),
        act("UserComment", "replace-with", "x"),
        act("ISOSpeedRatings", "jitter"),
        act("FNumber", "jitter"),
        act("FNumber", "replace-with", 4.5),
    ],
    ids=lambda rule: f"{rule['name']}-{list(rule)[1]}",
)
def test_rules_that_the_oracle_fails_on_work_here(rule):
    here, there = both("jpg", profile("jpg", rule), "x.jpg", PICTURE)
    assert there.refusal
    assert exif(here.data)["Exif"] != exif(PICTURE)["Exif"] or exif(here.data)["0th"] != exif(PICTURE)["0th"]


def test_names_of_copies_agree():
    named = [{"output": "{Make}-{DateTime}.jpg", "input-regex": r".*-1"}]  # its checks refuse named groups
    here, there = both("jpg", profile("jpg", act("Artist", "hash"), filenames=named), "anyone-1.jpg", PICTURE)
    assert here.name == there.name


def test_the_oracle_names_copies_by_what_a_rule_takes_away():
    named = [{"output": "{Artist}.jpg", "input-regex": ".*"}]
    here, there = both("jpg", profile("jpg", act("Artist", "hash"), filenames=named), "x.jpg", PICTURE)
    plain, other = both("jpg", profile("jpg", act("Artist", "hash")), "x.jpg", PICTURE)
    assert there.name == "Canary^Zebra.jpg"
    assert here.name == f"{exif(plain.data)['0th'][piexif.ImageIFD.Artist].decode()}.jpg"
    assert here.data == plain.data
    assert there.data != other.data  # and then hashes what the tag looks like in a program


TAGS = {
    270: (ASCII, "scan of Canary^Zebra"), 306: (ASCII, "2020:02:28 23:00:01"), 315: (ASCII, "Canary^Zebra"),
    282: (RATIONAL, (300, 1)), 33432: (ASCII, "(c) Canary"), 65000: (ASCII, "CANARY"),
}  # fmt: skip
SCAN = tiff(Page(TAGS))
TIFF_RULES = [
    [act("Artist", "hash"), act("ImageDescription", "hash"), act("HostComputer", "hash")],
    [act("DateTime", "increment-datetime"), act("XResolution", "keep")],
    [act("DateTime", "increment-date", **{"date-format": "%Y:%m:%d %H:%M:%S"})],
    [act("artist", "remove"), act("ImageDescription", "remove"), act("HostComputer", "remove")],
    [act("ImageDescription", "replace-with", "x" * 99), act("HostComputer", "replace-with", "new")],
    [act("Artist", "hash"), act("Artist", "hash"), act("Copyright", "replace-with", "")],
    [act("Orientation", "replace-with", 3), act("XResolution", "replace-with", 72)],
]


def tags(data: bytes) -> dict:
    """Return what Pillow reads of what is said of the image, not of where it stands."""
    with Image.open(io.BytesIO(data)) as image:
        return {tag: value for tag, value in image.tag_v2.items() if tag not in {273, 278, 279, 284}}


@pytest.mark.parametrize("rules", TIFF_RULES, ids=[rules[0]["name"] for rules in TIFF_RULES])
def test_tiff_tags_agree(rules):
    here, there = both("tiff", profile("tiff", *rules), "x.tif", SCAN)
    assert not here.refusal
    assert not there.refusal
    assert tags(here.data) == tags(there.data)
    assert np.array_equal(pixels(here.data), pixels(there.data))


def test_private_tags_of_tiff_agree():
    here, there = both("tiff", profile("tiff", act("Artist", "keep"), **{"remove-private-tags": True}), "x.tif", SCAN)
    assert tags(here.data) == tags(SCAN).__class__((tag, value) for tag, value in tags(SCAN).items() if tag < 32768)
    assert there.refusal or tags(here.data) == tags(there.data)


def test_the_oracle_refuses_more_than_one_page():
    here, there = both("tiff", profile("tiff", act("Artist", "remove")), "x.tif", tiff(Page(TAGS), Page(TAGS)))
    assert there.refusal
    assert not here.refusal


WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40).map(str.strip).filter(bool)


@settings(max_examples=40, deadline=None)
@example(":", "hash")
@example("0:00", "hash")
@given(WORDS, st.sampled_from(["hash", "remove"]))
def test_any_text_agrees(text, action):
    source = tiff(Page({315: (ASCII, text)}))
    here, there = both("tiff", profile("tiff", act("Artist", action)), "x.tif", source)
    assert tags(here.data) == tags(there.data)
    source = jpeg(exif={"0th": {piexif.ImageIFD.Artist: text.encode()}})
    here, there = both("jpg", profile("jpg", act("Artist", action)), "x.jpg", source)
    assert exif(here.data) == exif(there.data)


CHUNKS = png(chunk(b"tEXt", b"Author\0CANARY"), chunk(b"tIME", bytes(7)), chunk(b"vnDr", b"CANARY"))


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("rules", [[act("tEXt", "remove")], [act("TIME", "remove"), act("vnDr", "remove")]])
def test_png_copies_agree_byte_for_byte(rules, private):
    made = profile("png", *rules, **{"remove-private-chunks": private})
    here, there = both("png", made, "x.png", CHUNKS)
    assert here.data == there.data


@pytest.mark.parametrize(
    ("section", "name", "rule"),
    [
        ("jpg", "x.jpg", act("Artist", "remove")),
        ("png", "x.png", act("tEXt", "remove")),
        ("tiff", "x.tif", act("Artist", "remove")),
    ],
)
def test_files_of_another_kind_are_refused_by_both(section, name, rule):
    for data in (b"CANARY", PICTURE[:200], CHUNKS[:60], SCAN[:100]):
        made = profile(section, rule)
        assert flywheel.deidentify(made, name, data).refusal
        assert ours.deidentify(made, section, name, data).refusal

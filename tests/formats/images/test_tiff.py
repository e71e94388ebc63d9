from __future__ import annotations

import datetime as dt
import io
import struct

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffTags import TAGS_V2

from fw_gear_deid.actions import ACTIONS, Keep, Occurrence, Options, Remove, Replace
from fw_gear_deid.errors import ActionError, ProfileError, UnreadableError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import PathContent
from fw_gear_deid.formats.ifd.names import TIFF_FIELDS
from fw_gear_deid.formats.tiff import STRUCTURE, TiffFormat
from tests.formats.images.making import (
    ASCII,
    BYTE,
    LONG,
    PIXELS,
    RATIONAL,
    SHORT,
    UNDEFINED,
    WHO,
    Page,
    attempted,
    edited_tiff,
    tiff,
)  # fmt: skip
from tests.formats.samples import Shout, Where, named, renaming, section

FORMS = pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True), (">", True)])
DESCRIPTION, DATETIME, ARTIST, PRIVATE = 270, 306, 315, 65000


def page(**more: object) -> Page:
    tags = {DESCRIPTION: (ASCII, f"scan of {WHO}"), DATETIME: (ASCII, "2020:02:28 23:00:01"), ARTIST: (ASCII, WHO)}
    tags |= {282: (RATIONAL, (300, 1)), PRIVATE: (UNDEFINED, b"CANARY private"), 700: (BYTE, b"<x:xmpmeta/>")}
    return Page(tags, **more)


def pages(data: bytes) -> list[dict[str, object]]:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        return [
            {tag.name: tag.value for tag in each.tags} | {"pixels": each.asarray().tobytes()} for each in file.pages
        ]


def changed(before: bytes, after: bytes) -> list[set[str]]:
    """Return, for each page, the tags that differ."""
    return [
        {name for name in {*old, *new} if old.get(name) != new.get(name)}
        for old, new in zip(pages(before), pages(after), strict=True)
    ]


@FORMS
def test_tags_are_removed_replaced_and_created_on_every_page(order, big):
    source = tiff(page(), page(pixels=PIXELS.T.copy()), order=order, big=big)
    rules = [("ImageDescription", Replace("a new and much longer description" * 3)), ("artist", Remove())]
    out, result = edited_tiff(source, *rules, ("HostComputer", Replace("synth host")), ("XResolution", Keep()))
    assert changed(source, out) == [{"ImageDescription", "Artist", "HostComputer"}, {"ImageDescription", "Artist"}]
    assert WHO.encode() not in out
    assert pages(out)[0]["HostComputer"] == "synth host"
    assert result.hits == (2, 2, 1, 0)
    assert result.before["artist"] == f'{{"0.Artist": "{WHO}", "1.Artist": "{WHO}"}}'
    assert result.after["artist"] == ""


@FORMS
def test_bytes_that_no_rule_names_stay_where_they_were(order, big):
    source = tiff(page(), page(), order=order, big=big)
    out, _ = edited_tiff(source, ("DateTime", Replace("1900:01:01 00:00:00")))
    assert out == source.replace(b"2020:02:28 23:00:01", b"1900:01:01 00:00:00")


@FORMS
def test_without_rules_a_copy_is_the_same_bytes(order, big):
    source = tiff(page(), order=order, big=big)
    out, result = edited_tiff(source, ("Artist", Keep()), ("HostComputer", Remove()))
    assert out == source
    assert result.hits == (0, 0)
    assert result.notes == ()


def test_pillow_reads_what_is_written():
    out, _ = edited_tiff(tiff(page()), ("ImageDescription", Remove()), ("Software", Replace("x" * 50)))
    with Image.open(io.BytesIO(out)) as image:
        assert np.array_equal(np.asarray(image), PIXELS)
        assert image.tag_v2[305] == "x" * 50
        assert DESCRIPTION not in image.tag_v2


def test_dates_move_by_the_format_of_exif():
    shift = ACTIONS["increment-datetime"].build(
        _options(**{"date-increment": -59, "datetime-format": "%Y:%m:%d %H:%M:%S"})
    )
    out, _ = edited_tiff(tiff(page()), ("DateTime", shift))
    assert pages(out)[0]["DateTime"] == "2019:12:31 23:00:01"


def _options(**settings):
    return Options(dt.date(2024, 1, 1), settings)


@pytest.mark.parametrize("unknown", ["0000:00:00 00:00:00", "    :  :     :  :  ", "\0" * 19])
def test_an_unknown_date_is_left_alone(unknown):
    source = tiff(Page({DATETIME: (ASCII, unknown)}))
    out, result = edited_tiff(source, ("DateTime", Shout()))
    assert (out, result.hits) == (source, (0,))


@FORMS
def test_a_value_that_two_pages_share_goes_when_a_rule_acts_on_both(order, big):
    data = bytearray(tiff(page(), page(), order=order, big=big))
    first, second = (data.index(f"scan of {WHO}".encode(), start) for start in (0, data.index(b"scan of") + 1))
    pointer = lambda offset: offset.to_bytes(8 if big else 4, "little" if order == "<" else "big")  # noqa: E731
    at = data.index(pointer(second))
    data[at : at + len(pointer(0))] = pointer(first)
    data[second : second + 10] = b"not shared"
    out, _ = edited_tiff(bytes(data), ("ImageDescription", Replace("new")), ("Artist", Remove()))
    assert [each["ImageDescription"] for each in pages(out)] == ["new", "new"]
    assert WHO.encode() not in out[: out.index(b"not shared")]


def test_a_value_that_another_tag_shares_stays_for_that_tag():
    data = bytearray(tiff(Page({DESCRIPTION: (ASCII, "shared words"), ARTIST: (ASCII, "SHARED WORDS")})))
    at = data.index(data.index(b"SHARED").to_bytes(4, "little"))
    data[at : at + 4] = data.index(b"shared").to_bytes(4, "little")
    for rule in (Remove(), Replace("new one here")):
        out, _ = edited_tiff(bytes(data), ("ImageDescription", rule))
        assert pages(out)[0]["Artist"] == "shared words"


def test_private_tags_go_but_those_that_rules_name_and_that_decode_stay():
    more = {33432: (ASCII, f"(c) {WHO}"), 32997: (LONG, 1), 34377: (BYTE, b"CANARY"), 65001: (ASCII, "CANARY text")}
    exif = {42032: (ASCII, "CANARY owner")}
    source = tiff(page(within={34665: exif}), Page(more))
    out, result = edited_tiff(source, ("Copyright", Keep()), remove_private_tags=True)
    assert b"CANARY" not in out
    assert out.count(WHO.encode()) == source.count(WHO.encode())
    assert [{"65000", "ExifTag"}, {"34377", "65001"}] == [
        {name.replace("ImageResources", "34377") for name in names} for names in changed(source, out)
    ]
    assert result.notes == ("private tags removed",)


def test_exif_gps_and_sub_images_are_reached():
    exif = {36867: (ASCII, "2020:02:28 10:00:00"), 42032: (ASCII, WHO)}
    gps = {1: (ASCII, "N"), 29: (ASCII, "2020:02:28")}
    inner = Page({ARTIST: (ASCII, WHO)})
    source = tiff(Page(within={34665: exif, 34853: gps}, sub_images=[inner, inner]))
    rules = [("CameraOwnerName", Remove()), ("GPSDateStamp", Shout()), ("Artist", Remove())]
    out, result = edited_tiff(source, *rules, ("GPSLatitudeRef", Remove()))
    assert WHO.encode() not in out
    assert result.hits == (1, 1, 2, 1)
    after = pages(out)[0]
    assert after["ExifTag"] == {"DateTimeOriginal": "2020:02:28 10:00:00"}
    assert after["GPSTag"] == {"GPSDateStamp": "<2020:02:28>"}


@pytest.mark.parametrize(("name", "tag"), [("ExifIFD", "ExifTag"), ("GPSTag", "GPSTag")])
def test_a_whole_directory_can_be_removed(name, tag):
    source = tiff(Page(within={34665: {42032: (ASCII, WHO)}, 34853: {18: (ASCII, "CANARY datum")}}))
    out, _ = edited_tiff(source, (name, Remove()))
    assert changed(source, out) == [{tag}]
    assert (WHO.encode() in out, b"CANARY datum" in out) == (tag != "ExifTag", tag != "GPSTag")


def test_a_directory_that_rules_empty_goes():
    source = tiff(Page(within={34665: {42032: (ASCII, WHO)}}))
    out, _ = edited_tiff(source, ("CameraOwnerName", Remove()))
    assert "ExifTag" not in pages(out)[0]


def test_numbers_are_replaced_and_moved_within_their_type():
    source = tiff(Page({282: (RATIONAL, (300, 1)), 297: (SHORT, (3, 9)), 280: (SHORT, 7)}))
    rules = [("XResolution", Replace("1/3")), ("PageNumber", Replace("4,9")), ("YResolution", Replace(72.5))]
    after = pages(edited_tiff(source, *rules, ("MinSampleValue", Replace(65535)))[0])[0]
    assert (after["XResolution"], after["PageNumber"]) == ((1, 3), (4, 9))
    assert (after["YResolution"], after["MinSampleValue"]) == ((145, 2), 65535)
    jitter = ACTIONS["jitter"].build(_options(**{"jitter-range": 5.0, "salt": "SYNTH"}))
    moved = pages(edited_tiff(source, ("XResolution", jitter), ("MinSampleValue", jitter))[0])[0]
    at = [Occurrence("x.tif", f"0.{name}") for name in ("XResolution", "MinSampleValue")]
    assert moved["XResolution"][0] / moved["XResolution"][1] == pytest.approx(jitter.apply(300, at[0]), abs=1e-4)
    assert moved["MinSampleValue"] == int(jitter.apply(7, at[1]))


def test_xmp_that_repeats_what_a_rule_takes_away_goes_too():
    told = f"<dc:creator>{WHO}</dc:creator>".encode()
    source = tiff(Page({ARTIST: (ASCII, WHO), 700: (BYTE, told)}), Page({700: (BYTE, b"<x:xmpmeta/>")}))
    out, result = edited_tiff(source, ("Artist", Remove()))
    assert WHO.encode() not in out
    assert changed(source, out) == [{"Artist", "XMP"}, set()]
    assert result.notes == ("XMP, IPTC, Photoshop or MakerNote tags left out that repeat what a rule changes",)
    kept, result = edited_tiff(source, ("Artist", Remove()), ("XMP", Keep()))
    assert told in kept
    assert result.notes == ()


@pytest.mark.parametrize(
    ("name", "action", "why"),
    [
        ("ImageDescripton", Remove(), "not the name of a tag; did you mean ImageDescription?"),
        ("StripOffsets", Remove(), "says how to read the image; only keep is possible"),
        ("imagewidth", Replace(5), "says how to read the image"),
        ("SubIFDs", Remove(), "says how to read the image"),
        ("XResolution", Shout(), "holds numbers; hash is not possible"),
        ("ICCProfile", Shout(), "holds bytes; hash is not possible"),
        ("ExifIFD", Replace("x"), "holds other tags; replace-with is not possible"),
        ("Orientation", Replace("up"), "the new value does not fit"),
        ("Orientation", Replace(70000), "the new value does not fit"),
        ("Orientation", Replace(1.5), "the new value does not fit"),
        ("Orientation", Replace(""), "the new value does not fit"),
        ("XResolution", Replace(-1), "the new value does not fit"),
    ],
)
def test_rules_that_cannot_be_carried_out_are_refused_with_the_profile(name, action, why):
    with pytest.raises(ProfileError, match=why.replace("?", r"\?")):
        edited_tiff(b"", (name, action))


def test_tags_that_hold_the_structure_can_be_kept():
    source = tiff(page())
    assert edited_tiff(source, ("StripOffsets", Keep()))[0] == source


def test_the_new_name_holds_values_after_the_rules():
    names = (renaming("{Artist}_{HostComputer}_{XResolution}.tif"),)
    _, result = edited_tiff(tiff(page()), ("Artist", Replace("anon")), filenames=names)
    assert result.name == "anon_NA_300.tif"
    with pytest.raises(ActionError, match="neither a group nor a tag"):
        edited_tiff(tiff(page()), filenames=(renaming("{Unknown}.tif"),))


def test_draws_know_the_page_they_are_for():
    out, _ = edited_tiff(tiff(page(), page()), ("Artist", _Told()))
    assert [each["Artist"] for each in pages(out)] == ["x.tif|0.Artist", "x.tif|1.Artist"]


class _Told(Where):
    key = "hash"


def loop() -> bytes:
    data = bytearray(tiff(page()))
    data[-4:] = data[4:8]
    return bytes(data)


def pointing_beyond() -> bytes:
    data = bytearray(tiff(page()))
    data[-4:] = (1 << 31).to_bytes(4, "little")
    return bytes(data)


BROKEN = {
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(40),
    "nothing": b"",
    "no image": b"II*\0" + bytes(8),
    "cut off in a directory": tiff(page())[:-10],
    "loop": loop(),
    "beyond": pointing_beyond(),
    "truncated strips": tiff(Page({279: (LONG, 1 << 20)})),
    "strips without length": tiff(Page({273: (LONG, (8, 16))})),
    "unknown type": tiff(page()).replace(
        (ARTIST).to_bytes(2, "little") + b"\2\0", (ARTIST).to_bytes(2, "little") + b"\x63\0"
    ),
    "self-containing": tiff(Page({330: (LONG, 8 + 16 * 24)})),
    "wrong BigTIFF": b"II+\0\x04\0\0\0" + bytes(16),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_sound_tiff_is_withheld(kind):
    with pytest.raises(UnreadableError):
        edited_tiff(BROKEN[kind], ("Artist", Remove()))


def test_a_value_within_image_data_is_not_cleared():
    data = bytearray(tiff(page()))
    at = data.index(data.index(WHO.encode(), data.index(b"2020:02")).to_bytes(4, "little"))
    data[at : at + 4] = (20).to_bytes(4, "little")
    with pytest.raises(UnreadableError):
        edited_tiff(bytes(data), ("Artist", Remove()))


@FORMS
def test_a_file_larger_than_memory_is_read_here_and_there(tmp_path, order, big):
    frames = [Page({DESCRIPTION: (ASCII, f"{WHO} {n}")}, pixels=np.full((700, 300), n, np.uint8)) for n in range(4)]
    source = tiff(*frames, order=order, big=big)
    path = tmp_path / "x.tif"
    path.write_bytes(source)
    plan = TiffFormat().compile(section("tiff", *named(("ImageDescription", Remove())), remove_private_tags=False))
    edited = plan.apply(PathContent(path, len(source)), FileContext("x.tif"))
    assert b"".join(edited.output.chunks()) == edited_tiff(source, ("ImageDescription", Remove()))[0]


def test_names_and_types_are_those_of_pillow():
    for tag, known in TAGS_V2.items():
        mine = TIFF_FIELDS[known.name.lower()]
        assert tag in mine.tags
        # Pillow's own table differs from TIFF 6.0 in types that are of no matter here: their tags cannot be created.
        assert mine.type == known.type or tag in STRUCTURE | {340, 341}


TEXT_TAGS = {269: "DocumentName", 270: "ImageDescription", 305: "Software", 315: "Artist", 316: "HostComputer"}
WORDS = st.text(st.sampled_from("abcäöü ^-"), min_size=3, max_size=30).map(lambda text: f"<{text}>")
ANY_PAGE = st.dictionaries(st.sampled_from(list(TEXT_TAGS)), WORDS, max_size=5)
ANY_RULE = st.tuples(st.sampled_from(list(TEXT_TAGS)), st.one_of(st.just(Remove()), st.builds(Replace, WORDS)))


@settings(max_examples=100, deadline=None)
@given(st.lists(ANY_PAGE, min_size=1, max_size=4), st.lists(ANY_RULE, max_size=6), st.sampled_from("<>"), st.booleans())
def test_any_rules_do_to_any_pages_what_they_say(made, rules, order, big):
    source = tiff(
        *(
            Page({tag: (ASCII, text) for tag, text in texts.items()}, pixels=np.full((3, 5), number, np.uint8))
            for number, texts in enumerate(made)
        ),
        order=order,
        big=big,
    )
    expected = [dict(texts) for texts in made]
    for tag, action in rules:
        holding = [texts for texts in expected if tag in texts]
        if isinstance(action, Remove):
            for texts in holding:
                del texts[tag]
        else:
            for texts in holding or expected[:1]:
                texts[tag] = action.value
    out, _ = edited_tiff(source, *((TEXT_TAGS[tag], action) for tag, action in rules))
    after = pages(out)
    assert [{tag: each[name] for tag, name in TEXT_TAGS.items() if name in each} for each in after] == expected
    assert [each["pixels"] for each in after] == [bytes([number]) * 15 for number in range(len(made))]
    left = {text for texts in expected for text in texts.values()}
    for text in {text for texts in made for text in texts.values()} - left:
        assert text.encode() not in out


def test_a_pyramid_whose_levels_are_listed_and_chained_is_read(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        file.write(np.zeros((64, 64), np.uint8), subifds=2, description=WHO, tile=(32, 32), metadata=None)
        for size in (32, 16):
            file.write(np.full((size, size), size, np.uint8), subfiletype=1, description=WHO, metadata=None)
        file.write(PIXELS, description=f"label of {WHO}", metadata=None)
    source = (tmp_path / "x.tif").read_bytes()
    out, result = edited_tiff(source, ("ImageDescription", Replace("x" * 40)), ("Artist", Replace("nobody")))
    assert result.hits == (4, 1)
    assert WHO.encode() not in out
    with tifffile.TiffFile(io.BytesIO(out)) as file:
        assert [level.shape for level in file.series[0].levels] == [(64, 64), (32, 32), (16, 16)]
        assert all(
            (level.asarray() == size % 64).all()
            for level, size in zip(file.series[0].levels, (64, 32, 16), strict=True)
        )
        assert np.array_equal(file.pages[1].asarray(), PIXELS)


MUTATED = tiff(page(within={34665: {42032: (ASCII, WHO)}}), page())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(MUTATED) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_files_are_withheld_or_keep_their_image(edits):
    data = bytearray(MUTATED)
    for place, value in edits:
        data[place] = value
    out = attempted(edited_tiff, bytes(data), ("Artist", Remove()), ("HostComputer", Replace("x" * 30)))
    if not out:
        return
    again, _ = edited_tiff(out, ("Artist", Remove()))
    assert again == out
    strips = slice(8, 8 + PIXELS.size)
    assert out[strips] == bytes(data)[strips]


def test_directories_that_overlap_without_end_are_refused():
    entry = struct.pack("<HHLL", 40_000, 1, 1, 0)  # also a directory of 40 000 tags, two bytes before those
    number, start = 20_000, 26 + 4 * 20_000
    first = struct.pack("<H", 1) + struct.pack("<HHLL", 330, 4, number, 26) + bytes(4)
    offsets = b"".join(struct.pack("<L", start + len(entry) * place) for place in range(number))
    data = b"II*\0\x08\0\0\0" + first + offsets + entry * 70_000
    with pytest.raises(UnreadableError, match="at each other"):
        edited_tiff(data, ("Artist", Remove()))

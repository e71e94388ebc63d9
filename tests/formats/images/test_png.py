from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ActionError, FileError, ProfileError, UnreadableError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import PathContent
from fw_gear_deid.formats.png import PngFormat
from tests.formats.images.making import PIXELS, WHO, chunk, edited_png, picture, png
from tests.formats.samples import Shout, named, renaming, section

AUTHOR = chunk(b"tEXt", b"Author\0" + WHO.encode())
TITLE = chunk(b"tEXt", b"Title\0" + b"CANARY")
TIME = chunk(b"tIME", bytes((7, 228, 2, 28, 23, 0, 1)))
EXIF = chunk(b"eXIf", b"MM\0*\0\0\0\x08" + bytes(6))
VENDOR = chunk(b"vnDr", b"CANARY")
ANIMATION = chunk(b"acTL", bytes((0, 0, 0, 1, 0, 0, 0, 0)))


def test_chunks_are_removed_and_all_others_stay():
    out, result = edited_png(png(AUTHOR, TIME, TITLE, EXIF, VENDOR), ("tEXt", Remove()), ("EXIF", Remove()))
    assert out == png(TIME, VENDOR)
    assert result.hits == (2, 1)
    assert result.before == {
        "tEXt": '{"tEXt at 33": "<tEXt 19 bytes>", "tEXt at 83": "<tEXt 12 bytes>"}',
        "EXIF": "<eXIf 14 bytes>",
    }
    assert result.after == {"tEXt": "", "EXIF": ""}
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(out))), PIXELS)


def test_private_chunks_go_but_animation_and_those_that_rules_name_stay():
    source = png(ANIMATION, VENDOR, TIME, chunk(b"keEp", b"x"), chunk(b"prVt", b"CANARY"))
    out, result = edited_png(source, ("keEp", Keep()), remove_private_chunks=True)
    assert out == png(ANIMATION, TIME, chunk(b"keEp", b"x"))
    assert result.notes == ("private chunks removed",)
    assert edited_png(png(TIME), remove_private_chunks=True)[1].notes == ()


def test_a_private_chunk_can_be_removed_by_its_name():
    assert edited_png(png(VENDOR, TIME), ("vnDr", Remove()))[0] == png(TIME)


@pytest.mark.parametrize("name", ["vndr", "VNDR", "vnDr"])
def test_a_name_in_other_letters_finds_the_chunk_too(name):
    assert edited_png(png(VENDOR, chunk(b"teXt", b"CANARY"), TIME), (name, Remove()), ("tEXt", Remove()))[0] == png(
        TIME
    )


def test_a_second_header_and_an_end_that_holds_something_are_damage():
    whole = png(TIME)
    for data in (whole[:-12] + chunk(b"IEND", b"CANARY"), png(whole[8:33], TIME)):
        with pytest.raises(UnreadableError, match="damaged PNG"):
            edited_png(data, ("tEXt", Remove()))


def test_without_rules_a_copy_is_the_same_bytes():
    source = png(AUTHOR, TIME, VENDOR)
    assert edited_png(source, ("IDAT", Keep()))[0] == source


def test_what_follows_the_image_is_left_out():
    out, result = edited_png(png(TIME, behind=b"CANARY"), ("tEXt", Remove()))
    assert out == png(TIME)
    assert result.notes == ("bytes behind the image left out",)


@pytest.mark.parametrize(
    ("name", "action", "why"),
    [
        ("tEXt", Shout(), "can only be kept or removed; hash is not possible"),
        ("tEXt", Replace("x"), "can only be kept or removed; replace-with is not possible"),
        ("idat", Remove(), "needed to read the image"),
        ("PLTE", Remove(), "needed to read the image"),
        ("Author", Remove(), "not the name of a chunk"),
        ("te1t", Remove(), "not the name of a chunk"),
    ],
)
def test_rules_that_cannot_be_carried_out_are_refused_with_the_profile(name, action, why):
    with pytest.raises(ProfileError, match=why):
        edited_png(b"", (name, action))


SOUND = png(AUTHOR, TIME)
BROKEN = {
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(40),
    "nothing": b"",
    "signature alone": SOUND[:8],
    "no end": SOUND[:-12],
    "cut off": SOUND[:-13],
    "wrong checksum": SOUND.replace(b"Canary", b"canary"),
    "unknown critical chunk": png(chunk(b"CgBI", b"\x50\0\x20\2")),
    "no name": png(chunk(b"\0\0\0\0", b"")),
    "no image data": SOUND[:33] + SOUND[-12:],
    "header elsewhere": SOUND[:8] + TIME + SOUND[8:],
    "endless chunk": SOUND[:33] + b"\xff\xff\xff\xfftEXt" + bytes(40),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_sound_png_is_withheld(kind):
    with pytest.raises(UnreadableError) as refused:
        edited_png(BROKEN[kind], ("tEXt", Remove()))
    assert "anary" not in str(refused.value)


def test_a_name_has_groups_and_no_fields():
    _, result = edited_png(SOUND, name="a-b.png", filenames=(renaming("{one}.png", r"(?P<one>\w+)-"),))
    assert result.name == "a.png"
    with pytest.raises(ActionError, match="no fields"):
        edited_png(SOUND, filenames=(renaming("{tEXt}.png"),))


def test_a_file_larger_than_memory_is_read_here_and_there(tmp_path):
    source = png(AUTHOR, chunk(b"iCCP", bytes(200_000)), TIME)
    path = tmp_path / "x.png"
    path.write_bytes(source)
    plan = PngFormat().compile(section("png", *named(("tEXt", Remove())), remove_private_chunks=False))
    edited = plan.apply(PathContent(path, len(source)), FileContext("x.png"))
    assert b"".join(edited.output.chunks()) == png(chunk(b"iCCP", bytes(200_000)), TIME)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_file_is_withheld(edits):
    data = bytearray(SOUND)
    for place, value in edits:
        data[place] = value
    if bytes(data) == SOUND:
        return
    with pytest.raises(FileError):
        edited_png(bytes(data), ("tEXt", Remove()))


def test_pictures_of_pillow_are_read():
    assert edited_png(picture("PNG"), ("tEXt", Remove()))[0] == picture("PNG")

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ActionError, FileError, UnreadableError
from fw_gear_deid.formats.compiling import open_profile
from fw_gear_deid.formats.key_value import KeyValueFormat
from tests.formats.samples import Shout, Where, named, renaming, run, section


def edited(text: str | bytes, *rules, delimiter: str = "=", log: bool = True, **options):
    known = {"encoding": "utf-8", "ignore_bad_lines": False} | options
    plan = KeyValueFormat().compile(section("key-value-text-file", *rules, delimiter=delimiter, **known))
    data = text if isinstance(text, bytes) else text.encode()
    out, result = run(plan, data, "ct.mhd", log=log)
    return (out if isinstance(text, bytes) else out.decode()), result


def one(text: str, name: str, action, **options) -> str:
    return edited(text, *named((name, action)), **options)[0]


def refusal(text: str | bytes, *rules, **options) -> str:
    with pytest.raises(FileError) as caught:
        edited(text, *rules, **options)
    return str(caught.value)


HEADER = """ObjectType = Image
NDims=3\r
  PatientID =  Canary^Zebra \t
Comment =
TransformMatrix = 1 0 0 0 1 0 0 0 1

Formula = a = b
ElementType = MET_SHORT
ElementDataFile = canary_zebra.raw"""


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("PatientID", "Canary^Zebra", "X"),
        ("NDims", "NDims=3\r\n", "NDims=X\r\n"),
        ("Comment", "Comment =\n", "Comment =X\n"),
        ("Formula", "= a = b", "= X"),
        ("ElementDataFile", "= canary_zebra.raw", "= X"),
    ],
)
def test_a_replaced_value_leaves_every_other_character(key, old, new):
    out, result = edited(HEADER, *named((key, Replace("X"))))
    assert out == HEADER.replace(old, new, 1)
    assert result.hits == (1,)


@pytest.mark.parametrize("delimiter", ["=", r"\s*=\s*", " ?= ?", "[=:]"])
def test_blanks_around_key_and_value_are_no_part_of_them(delimiter):
    out, result = edited(HEADER, *named((" PatientID", Shout())), delimiter=delimiter)
    assert out == HEADER.replace("Canary^Zebra", "<CANARY^ZEBRA>")
    assert result.before == {" PatientID": "Canary^Zebra"}
    assert result.after == {" PatientID": "<CANARY^ZEBRA>"}


def test_removal_takes_the_line():
    assert one(HEADER, "PatientID", Remove()) == HEADER.replace("  PatientID =  Canary^Zebra \t\n", "")
    assert one(HEADER, "ElementDataFile", Remove()) == HEADER.replace("ElementDataFile = canary_zebra.raw", "")


def test_no_hit_gives_the_same_bytes():
    out, result = edited(HEADER, *named(("Nothing", Remove()), ("NDims", Keep()), ("Comment", Shout())))
    assert out == HEADER
    assert result.hits == (0, 0, 0)


def test_later_rules_see_what_earlier_ones_left():
    rules = named(("NDims", Shout()), ("NDims", Shout()), ("NDims", Remove()), ("NDims", Replace("4")))
    out, result = edited("A = 1\nNDims = 3\nB = 2\n", *rules)
    assert out == "A = 1\nB = 2\nNDims = 4\n"
    assert result.hits == (1, 1, 1, 1)


def test_a_new_key_is_written_like_the_others():
    assert one("A : 1\r\nB : 2\r\nC: 3", "D", Replace("x"), delimiter=":") == "A : 1\r\nB : 2\r\nC: 3\r\nD : x"
    assert one("A\t1\n", "D", Replace("x"), delimiter="\t") == "A\t1\nD\tx\n"
    assert one("A = 1\n", "D", Replace("")) == "A = 1\nD = \n"


def test_a_new_key_of_a_metaimage_stands_before_the_last_one():
    # Readers of MetaImage stop behind ElementDataFile.
    assert one(HEADER, "New", Replace("x")) == HEADER.replace("ElementDataFile", "New = x\nElementDataFile")


def test_a_key_that_cannot_be_told_apart_is_not_made():
    assert "delimiter" in refusal("A = 1\n", *named(("B=C", Replace("x"))))
    for value in ("x\ny", "x\ry"):
        assert "lines" in refusal("A = 1\n", *named(("A", Replace(value))))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A = 1\nCanary\nB = 2\n", "line 2 has no delimiter"),
        ("A = 1\nB = Canary\nA = Canary\n", "line 3 has a key"),
        ("\n", "no line has the delimiter"),
        ("", "no line has the delimiter"),
        (b"A = 1\0Canary\n", "zero bytes"),
        (codecs.BOM_UTF16_LE + b"A\0=\0C", "UTF-16"),
    ],
)
def test_what_cannot_be_cut_into_keys_and_values_is_withheld(text, why):
    message = refusal(text, *named(("A", Remove())))
    assert why in message
    assert "anary" not in message


def test_bad_lines_stay_when_the_profile_says_so():
    text = "# made at the scanner\nA = 1\n# twice\n# twice\n"
    out, result = edited(text, *named(("A", Replace("2"))), ignore_bad_lines=True)
    assert out == text.replace("1", "2")
    assert result.notes == ("3 lines without a delimiter are as they were",)
    assert "no line has" in refusal("A : 1\n", *named(("A", Remove())), ignore_bad_lines=True)


@pytest.mark.parametrize(
    ("encoding", "mark", "codec"),
    [
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("utf-8-sig", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("utf-16", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("latin-1", b"", "latin-1"),
        ("cp1252", b"", "cp1252"),
        ("gbk", b"", "gbk"),
    ],
)
def test_encodings_survive(encoding, mark, codec):
    text = "Name = Zebra\nCaf\xe9 = \xe9\n"
    out, result = edited(mark + text.encode(codec), *named(("Name", Shout()), ("Caf\xe9", Keep())), encoding=encoding)
    assert out == mark + text.replace("Zebra", "<ZEBRA>").encode(codec)
    assert result.before == {"Name": "Zebra", "Caf\xe9": "\xe9"}


def test_bytes_that_are_not_valid_survive_and_withhold_only_rules_on_them():
    data = b"Name = Zebra\nSite = caf\xe9\n"
    out, _ = edited(data, *named(("Name", Shout())))
    assert out == data.replace(b"Zebra", b"<ZEBRA>")
    assert edited(data, *named(("Site", Replace("X"))))[0] == b"Name = Zebra\nSite = X\n"
    assert "not valid" in refusal(data, *named(("Site", Shout())))
    assert "ASCII" in refusal(data, *named(("Site", Replace("\xe9"))))
    assert "not valid" in refusal(b"Caf\xe9 = Zebra\n", *named(("Caf\xe9", Remove())))


def test_a_value_that_the_encoding_lacks_withholds_the_file():
    message = refusal(b"Name = Zebra\n", *named(("Name", Replace("\u540d"))), encoding="latin-1")
    assert "cannot be written in ISO8859-1" in message


def test_a_word_may_stand_before_its_value_without_a_sign():
    text = "  PatientName Canary Zebra\nSlices 30\n"
    assert one(text, "PatientName", Shout(), delimiter=r"\s+") == text.replace("Canary Zebra", "<CANARY ZEBRA>")


def test_file_names_hold_values_after_their_rules():
    rules = named(("PatientID", Replace("okapi")))
    name = renaming("{PatientID}-{NDims}-{No}-{stem}.mhd", r"(?P<stem>\w+)\.mhd")
    assert edited(HEADER, *rules, filenames=(name,))[1].name == "okapi-3-NA-ct.mhd"


def test_draws_depend_on_the_key():
    assert one("A = 1\n", "A", Where()) == "A = ct.mhd|A\n"


PROFILE = "name: synth\nkey-value-text-file:\n  delimiter: '\\s*=\\s*'\n  fields:\n  - {name: A, remove: true}\n"


def test_a_profile_opens_metaimage_headers(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(PROFILE)
    plan = open_profile(path).owner("ct.mhd", b"")
    assert run(plan, b"A=1\nB=2\n", "ct.mhd")[0] == b"B=2\n"


KEYS = st.text("abc", min_size=1, max_size=3)
VALUES = st.text("xyz \t=\xe9#", max_size=6)
SPACES = st.text(" \t", max_size=2)
LINES = st.tuples(SPACES, KEYS, SPACES, st.just("="), SPACES, VALUES, st.sampled_from(["\n", "\r\n", "\r"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=6, unique_by=lambda line: line[1]), st.data())
def test_any_text_is_left_as_it_was_but_for_the_value_named(lines, data):
    target = data.draw(st.sampled_from(lines))
    text = "".join("".join(line) for line in lines)
    out = one(text, target[1], Replace("NEW"), log=False)
    assert out == "".join("".join(line) if line is not target else replaced(line) for line in lines)


def replaced(line: tuple[str, ...]) -> str:
    *key, blanks, value, end = line
    rest = blanks + value
    kept = rest.lstrip(" \t")
    before, behind = rest[: len(rest) - len(kept)], kept[len(kept.rstrip(" \t")) :]
    return "".join((*key, before, "NEW", behind, end))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_raise_nothing_but_what_withholds_them(data):
    try:
        out, _ = edited(data, *named(("a", Remove()), ("b", Replace("x"))), ignore_bad_lines=True)
    except FileError:
        return
    assert isinstance(out, bytes)


def test_no_message_holds_a_value():
    for text in ("Canary\n", "A = 1\nA = Canary\n"):
        with pytest.raises(UnreadableError) as caught:
            edited(text, *named(("A", Remove())))
        assert "Canary" not in str(caught.value)
    with pytest.raises(ActionError) as failed:
        edited("A = Canary\n", *named(("A", Replace("x\ny"))))
    assert "Canary" not in str(failed.value)

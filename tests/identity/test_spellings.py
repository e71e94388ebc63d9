from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.identity import Identifier, Kind, spellings


def found(kind, value):
    return {spelling.text.casefold(): spelling.certain for spelling in spellings(Identifier(kind, value))}


def certain(kind, value):
    return {text for text, is_certain in found(kind, value).items() if is_certain}


@pytest.mark.parametrize(
    "text",
    [
        "canary^zoltan",
        "canary, zoltan",
        "canary zoltan",
        "zoltan canary",
        "canary",
        "zoltan",
        "z. canary",
        "canary z",
        "canaryz",
        "zcanary",
        "canary_zoltan",
        "zoltancanary",
    ],
)
def test_a_name_is_known_in_every_order(text):
    assert text in certain(Kind.NAME, "Canary^Zoltan")


@pytest.mark.parametrize("value", ["Canary, Zoltan", "Zoltan Canary", "CANARY^ZOLTAN^^Dr^Jr"])
def test_a_name_is_known_however_its_source_writes_it(value):
    assert {"canary zoltan", "zoltan canary", "canary^zoltan"} <= certain(Kind.NAME, value)


def test_a_middle_name_may_stand_between():
    names = certain(Kind.NAME, "Canary^Zoltan^Xaver")
    assert {"zoltan xaver canary", "canary, zoltan xaver", "zoltan x. canary", "canary^zoltan^xaver", "xaver"} <= names


@pytest.mark.parametrize(
    "text", ["müllerzwick", "muellerzwick", "mullerzwick", "anna muellerzwick", "mullerzwick, anna"]
)
def test_accents_are_written_in_three_ways(text):
    assert text in certain(Kind.NAME, "Müllerzwick^Anna")


def test_a_name_in_plain_letters_is_known_with_its_umlaut():
    assert {"müllerzwick", "mullerzwick"} <= certain(Kind.NAME, "Muellerzwick^Anna")


def test_all_groups_of_a_japanese_name_are_known():
    names = found(Kind.NAME, "Yamadazaki^Tarouzo=山田^太郎=やまだ^たろう")
    assert names["yamadazaki"]
    assert names["山田太郎"]
    assert names["やまだ^たろう"]
    assert not names["山田"], "also the name of towns and clinics"


def test_a_hyphenated_name_is_known_by_its_words():
    assert {"canarylong", "zebrawing", "canarylong zebrawing", "canarylongzebrawing"} <= certain(
        Kind.NAME, "Canarylong-Zebrawing^A"
    )


def test_short_parts_of_a_name_tell_nobody_alone():
    names = found(Kind.NAME, "Li^Wei")
    assert names["li wei"]
    assert names["wei, li"]
    assert "li" not in names
    assert not names["wei"]
    assert not names["lw"]


@pytest.mark.parametrize("value", ["Sag^Tra", "Brain^Phantom", "MR^Test", "Anonymous", "UNKNOWN", "Phantom"])
def test_words_of_the_field_are_never_certain(value):
    assert certain(Kind.NAME, value) == set()


def test_a_harmless_word_that_is_a_frequent_name_is_possible():
    names = found(Kind.NAME, "White^Zoltan")
    assert not names["white"]
    assert names["zoltan white"]
    assert "head" not in found(Kind.NAME, "Head^Zoltan")


@pytest.mark.parametrize(
    "text",
    [
        "19600102",
        "1960-01-02",
        "1960/01/02",
        "1960:01:02",
        "02.01.1960",
        "2.1.1960",
        "01/02/1960",
        "1/2/1960",
        "02/01/1960",
        "02011960",
        "01021960",
        "2 jan 1960",
        "02-jan-1960",
        "02jan1960",
        "january 2, 1960",
        "2nd january 1960",
        "2. januar 1960",
        "1960年1月2日",
    ],
)
@pytest.mark.parametrize("value", ["19600102", "1960-01-02", "1960-01-02T10:00:00"])
def test_a_birth_date_is_known_in_usual_spellings(value, text):
    assert text in certain(Kind.BIRTH_DATE, value)


@pytest.mark.parametrize("text", ["600102", "02.01.60", "1/2/60"])
def test_a_birth_date_without_century_is_possible(text):
    assert found(Kind.BIRTH_DATE, "19600102")[text] is False


@pytest.mark.parametrize("value", ["19000101", "1970-01-01", "1960", "n/a", ""])
def test_dates_that_stand_for_none_are_never_certain(value):
    assert certain(Kind.BIRTH_DATE, value) == set()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00-123457", "123457"),
        ("00-123457", "00123457"),
        ("123457", "00123457"),
        ("0000123457", "123457"),
        ("MRN123457", "MRN-123457"),
        ("MRN123457", "123457"),
        ("ZQ 12/7734", "ZQ-12-7734"),
        ("ZQ 12/7734", "ZQ127734"),
        ("sub-ZQ1188", "zq1188"),
        ("sub-ZQ1188", "sub-zq1188"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.ID, Kind.ACCESSION])
def test_a_number_is_known_with_and_without_zeros_and_separators(kind, value, text):
    assert text.casefold() in certain(kind, value)


@pytest.mark.parametrize("value", ["256", "1024", "0042", "65536", "10000", "00000000", "unknown", "ANON", "", "7"])
def test_sizes_and_short_numbers_are_never_certain(value):
    assert certain(Kind.ID, value) == set()


@pytest.mark.parametrize(
    "text", ["+1 (555) 010-4477", "15550104477", "5550104477", "(555) 010-4477", "555.010.4477", "555-010-4477"]
)
def test_a_telephone_number_is_known_by_its_digits(text):
    assert text in certain(Kind.TELEPHONE, "+1 (555) 010-4477")


def test_an_address_is_known_whole_and_by_its_lines():
    lines = found(Kind.ADDRESS, "12 Zebra Lane\r\nCanaryville")
    assert lines["12 zebra lane, canaryville"]
    assert lines["12 zebra lane"]
    assert not lines["canaryville"], "others live there, too"


def test_an_email_address_is_known():
    assert found(Kind.EMAIL, "zoltan.canary@example.org") == {"zoltan.canary@example.org": True, "zoltan.canary": False}


@given(st.sampled_from(Kind), st.text(max_size=40))
def test_no_value_breaks_its_spellings(kind, value):
    for spelling in spellings(Identifier(kind, value)):
        assert spelling.text.strip() == spelling.text
        assert not spelling.certain or len(spelling.text) > 2


@given(st.sampled_from(Kind), st.text(max_size=40))
def test_spellings_come_once_in_the_same_order(kind, value):
    once = list(spellings(Identifier(kind, value)))
    assert once == list(spellings(Identifier(kind, value)))
    assert len({spelling.text for spelling in once}) == len(once)


def test_no_message_shows_a_spelling():
    assert "canary" not in repr(list(spellings(Identifier(Kind.NAME, "Canary^Zoltan")))).casefold()


@pytest.mark.parametrize("value", ["White^April", "Long^Mark", "Young^Art", "Head^Brown"])
def test_a_full_name_of_ordinary_words_is_certain_and_each_of_them_is_not(value):
    family, given = value.lower().split("^")
    names = certain(Kind.NAME, value)
    assert {f"{family} {given}", f"{given} {family}", f"{family}, {given}", f"{family}_{given}"} <= names
    assert names.isdisjoint({family, given, family + given, given + family})


def test_a_full_name_of_four_letters_is_certain():
    assert {"li yu", "yu li", "li^yu"} <= certain(Kind.NAME, "Li^Yu")
    assert "liyu" not in certain(Kind.NAME, "Li^Yu")

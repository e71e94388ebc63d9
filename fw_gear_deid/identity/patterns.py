"""What looks like a date, a number of a person, a way to reach somebody, in any text.

What is looked for is what HIPAA's Safe Harbor lists (45 CFR 164.514 (b)(2)), as people write it. Years alone stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.dates import MONTHS
from fw_gear_deid.identity.words import is_harmless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

Place = tuple[int, int]
"""Start and end of what is found."""

_DIGIT: Final = re.compile(r"\d")
_MONTHS: Final = {month.lower() for months in MONTHS for month in months.split()} | {"sept"}
_SHORT: Final = {month[:3] for month in _MONTHS} - {"ago", "gen", "mag", "set"}
_MONTH_WORDS: Final = frozenset(_MONTHS | _SHORT)
_MONTH: Final = "(?:" + "|".join(sorted(_MONTH_WORDS, key=len, reverse=True)) + ")"
_WHOLE_MONTH: Final = "(?:" + "|".join(sorted(_MONTHS)) + ")"
_D, _M, _Y = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:18|19|20)\d\d"
_DD, _MM = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_CLOCK: Final = r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[:.][0-5]\d(?:\.\d+)?)?"
_FROM, _TO = r"(?<![\d.])(?<!\d,)", r"(?!\d|\.\d)"
_WORD_STARTS, _WORD_ENDS = r"(?<![^\W\d_])", r"(?![^\W_])"
_STREETS: Final = (
    "street|road|avenue|lane|drive|boulevard|blvd|square|terrace|highway|hwy|parkway|crescent|court|circle|rd|ave|ln"
)
_WALKS: Final = "Walk|Way|Place|Close|Mews|Trail|Plaza|Gardens|Grove|Alley"
"""Streets, if they are written as names: ``6 minute walk`` is a test."""

_LINES: Final = "tel|telephone|telefon|phone|fax|mobile|mobil|cell|pager|handy"
_SHORT_LINES: Final = "ext|extension|pager|beeper|badge"
_POSTAL: Final = "zip(?: code)?|plz|postal code|postcode"
_NUMBERED: Final = (
    "accession|acc|order|visit|encounter|case|chart|record|hospital|hosp|insurance|policy|nhs|dossier|medicare|passport|"
    "license|licence"
)


_LISTED: Final = re.compile(
    rf"{_WORD_STARTS}(?P<of>b|bvals?|b-?values?|te|ti|tsl)[ =_:]?"
    r"(?P<list>(?:0|[1-9]\d{0,4})(?:[-/,](?:0|[1-9]\d{0,4})){2,})(?!\d)",
    re.IGNORECASE,
)
_SEPARATED: Final = re.compile("[-/,]")
_STEP, _LAST_DAY, _PARTS_OF_DATE = 5, 31, 3
_YEARS: Final = range(1900, 2100)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of text that tells a person.

    Attributes:
        expression: what it finds; of its groups, ``it`` is what is found if it is there, and what ``prefix`` holds is
            part of it unless that is a harmless word.
        digits: how many digits a text must have to match at all.
        words: words of which a text must have one to match at all; empty: any.
        letters: characters of which a text must have one to match at all; empty: any.
    """

    expression: re.Pattern[str]
    digits: int = 0
    words: frozenset[str] = frozenset()
    letters: str = ""

    def may_match(self, text: str, digits: int, words: AbstractSet[str]) -> bool:
        """Whether a text has what it must have to match."""
        if digits < self.digits or (self.words and self.words.isdisjoint(words)):
            return False
        return not self.letters or any(letter in text for letter in self.letters)

    def found(self, text: str) -> Iterator[Place]:
        """Yield the places of a text that match."""
        groups = self.expression.groupindex
        for match in self.expression.finditer(text):
            start, stop = match.span("it" if "it" in groups else 0)
            if "prefix" in groups and is_harmless(match["prefix"].casefold()):
                start = match.end("prefix")
            yield start, stop


def _numeric(expression: str, digits: int, letters: str = "") -> Pattern:
    """Return a pattern of numbers, which stand between other characters than digits and decimal points."""
    return Pattern(re.compile(f"{_FROM}(?:{expression}){_TO}", re.IGNORECASE), digits, letters=letters)


def _worded(expression: str, digits: int = 0, *, words: str = "", letters: str = "") -> Pattern:
    return Pattern(re.compile(expression, re.IGNORECASE), digits, frozenset(words.split("|")) - {""}, letters)


def _dated(expression: str, digits: int) -> Pattern:
    """Return a pattern of dates with the name of a month."""
    return Pattern(re.compile(expression, re.IGNORECASE), digits, _MONTH_WORDS)


_DATES: Final = (
    _numeric(rf"{_Y}([-/.:]){_M}\1{_D}(?:[ T_]{_CLOCK})?", 6, "-/.:"),
    _numeric(rf"{_Y}([ _]){_MM}\1{_DD}(?:[ T_]{_CLOCK})?", 8),
    _numeric(rf"{_D}([-/.]){_M}\1{_Y}|{_M}([-/.]){_D}\2{_Y}", 6, "-/."),
    _numeric(rf"{_DD}([ _]){_MM}\1{_Y}|{_MM}([ _]){_DD}\2{_Y}", 8),
    _numeric(rf"{_D}/{_M}/\d\d|{_M}/{_D}/\d\d", 4, "/"),
    _numeric(rf"{_DD}([-.]){_MM}\1\d\d|{_MM}([-.]){_DD}\2\d\d", 6, "-."),
    _numeric(rf"{_Y}{_MM}{_DD}(?:[T_ ]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\.\d+)?)?)?", 8),
    _dated(rf"(?<![^\W_]){_D}(?:st|nd|rd|th|\.)?(?:[ _-]|of |de )*{_MONTH}[ .,_'-]*(?:del? )?(?:{_Y}|\d\d){_TO}", 3),
    _dated(rf"{_WORD_STARTS}{_MONTH}[ ._-]*{_D}(?:st|nd|rd|th)?[ .,_-]+{_Y}{_TO}", 5),
    _dated(rf"{_WORD_STARTS}{_MONTH}[ .,_-]*{_Y}{_TO}", 4),
    _dated(rf"{_FROM}{_Y}[ _-]?{_MONTH}[ _-]?{_D}{_TO}", 5),
    _dated(rf"{_WORD_STARTS}{_WHOLE_MONTH} {_D}(?:st|nd|rd|th){_WORD_ENDS}", 1),
    _dated(rf"(?<![^\W_]){_D}(?:st|nd|rd|th) (?:of )?{_WHOLE_MONTH}{_WORD_ENDS}", 1),
    _worded(rf"{_Y}年(?:{_M}月)?(?:{_D}日)?", 4, letters="年"),
    _numeric(r"(?:[01]?\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?", 5, ":"),
    _worded(rf"(?<![\d.])(?:0?\d|1[0-2])(?:[:.][0-5]\d)? ?[ap]\.?m\.?{_WORD_ENDS}", 1, words="am|pm|a|p"),
    _worded(rf"(?<![\d.]){_CLOCK} ?(?:uhr|hrs){_WORD_ENDS}", 3, words="uhr|hrs"),
)

_CONTACTS: Final = (
    _worded(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", letters="@"),
    _worded(r"(?:https?|ftp)://[^\s\\]+|www\.[^\s\\]+", words="http|https|ftp|www"),
    _numeric(r"(?:10|127|172|192)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}", 5, "."),
    _numeric(r"(?:\+?\d{1,3}[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}", 10),
    _worded(r"(?<![\w+])\+\d(?:[ ()/.-]{0,2}\d){6,13}(?!\d)", 7, letters="+"),
    _worded(
        rf"{_WORD_STARTS}(?:{_LINES})\.?[ :#]*[+(]?\d[\d ()/.-]{{3,}}\d",
        5,
        words=_LINES,
    ),
    _worded(
        rf"(?<!\w)\d{{1,5}}[a-z]?,? (?:[^\W\d_]+\.? ){{1,3}}(?:{_STREETS})(?!\w)\.?(?:,? (?:apt|suite|unit)\.? ?\w+)?",
        1,
        words=_STREETS,
    ),
    Pattern(re.compile(rf"(?<!\w)\d{{1,5}}[a-z]?,? (?:[A-Z][^\W\d_]+\.? ){{1,3}}(?:{_WALKS})(?!\w)(?! [Tt]est)"), 1),
    _worded(r"(?<!\w)[^\W\d_]+(?:stra(?:ß|ss)e|str\.|gasse|allee|platz) ?\d+ ?[a-z]?(?!\w)", 1),
    _worded(
        r"(?<!\w)\d+,? (?:rue|boulevard|chemin|calle|via) [^\W\d_][\w' -]{2,40}",
        1,
        words="rue|boulevard|chemin|calle|via",
    ),
    _worded(r"p\.? ?o\.? box \d+", 1, words="box"),
    Pattern(re.compile(r"(?:, ?[A-Z][^\W\d_]+)?, ?[A-Z]{2} \d{5}(?:-\d{4})?(?!\d)"), 5, letters=","),
    Pattern(re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)"), 2),
    _worded(rf"{_WORD_STARTS}(?:{_POSTAL})[ .:]*\d{{4,6}}(?:-\d{{4}})?(?!\w)", 4, words="zip|plz|postal|postcode"),
    _worded(rf"{_WORD_STARTS}(?:{_SHORT_LINES})[ .:#]*\d{{3,}}(?!\w)", 3, words=_SHORT_LINES),
    Pattern(
        re.compile(
            r"(?<![\w:-])(?=[\d:-]*[a-f])[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}[\da-f]{2}(?![\w:-])", re.IGNORECASE
        ),
        letters=":-",
    ),
)

_NUMBERS: Final = (
    _numeric(r"\d{3}-\d{2}-\d{4}", 9, "-"),
    _numeric(r"756\.\d{4}\.\d{4}\.\d\d", 13, "."),
    Pattern(re.compile(r"(?<!\w)[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z](?!\w)", re.IGNORECASE), 7),
    Pattern(re.compile(r"(?<!\w)\d[A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d\d(?!\w)"), 5),
    _worded(rf"{_WORD_STARTS}mrn[ .:=#_-]*[a-z]{{0,4}}\d{{2,}}(?!\w)", 2, words="mrn"),
    _worded(
        rf"{_WORD_STARTS}(?:dob|born|geb|geboren(?: am)?|née? le|nat[ao] il)[ .:]*{_D}[./-]{_M}[./-]\d\d(?!\d)",
        3,
        words="dob|born|geb|geboren|né|née|nata|nato",
    ),
    _worded(r"(?<!\w)aged?[ :=]*(?P<it>9\d|1[0-2]\d)(?![\d%]|[.,]\d| ?m[ms])", 2, words="age|aged"),
    _worded(
        rf"{_WORD_STARTS}(?:mrn|ssn|pid|dob|id|nr|no|(?:patient|patienten|{_NUMBERED}) ?(?:id|number|nummer|no|nr)?)"
        r"[ .:=#_-]*(?:is )?(?!b?\d0{2,}(?![^\W_]))[a-z]{0,4}[-_/]?\d[a-z\d/-]{3,}(?![^\W_])",
        4,
        words=f"mrn|ssn|pid|dob|id|nr|no|patient|patienten|patientennummer|{_NUMBERED}",
    ),
    _numeric(r"(?!\d+000(?!\d))\d{6,}", 6),
    _worded(rf"{_WORD_STARTS}(?P<prefix>[a-z]{{1,5}})-?(?!\d+00(?!\d))\d{{5,}}(?![\d.]|[^\W_])", 5),
    _numeric(r"\d{2,4}-\d{3,}-\d{3,}", 8, "-"),
    _numeric(r"(?=[\d.]{24})(?!1\.2\.840\.10008\.)[012](?:\.\d+){4,}", 14, "."),
    _worded(
        r"(?<![\d.])(?P<it>9\d|1[0-2]\d)(?=[ -]?(?:y|yo|y/o|yrs?|years?|jahre|jähriger?|ans|anni|años)(?!\w))",
        2,
        words="y|yo|yr|yrs|year|years|jahre|jährig|jähriger|ans|anni|años",
    ),
)
"""Numbers of persons, and ages over 89."""

PATTERNS: Final = (*_DATES, *_CONTACTS, *_NUMBERS)


def places(text: str, words: AbstractSet[str]) -> Iterator[Place]:
    """Yield where a text holds what one of the patterns finds, in no order.

    Args:
        text: the text.
        words: its words, casefolded.
    """
    digits = len(_DIGIT.findall(text))
    found = [place for each in PATTERNS if each.may_match(text, digits, words) for place in each.found(text)]
    spared = list(_settings(text)) if found else []
    yield from (each for each in found if not any(start <= each[0] and each[1] <= stop for start, stop in spared))


def _settings(text: str) -> Iterator[Place]:
    """Yield where lists of b-values and times of an MR sequence stand: ``b0-50-400-800`` is no number of a person."""
    for match in _LISTED.finditer(text):
        numbers = [int(number) for number in _SEPARATED.split(match["list"])]
        is_date = len(numbers) == _PARTS_OF_DATE and numbers[1] <= _LAST_DAY and numbers[2] in _YEARS
        is_list = not is_date and numbers == sorted(set(numbers)) and not any(number % _STEP for number in numbers)
        # b may stand for born, and b 5-10-2000 be a date.
        if is_list and (match["of"].casefold() != "b" or numbers[0] == 0 or numbers[0] > _LAST_DAY):
            yield match.span()

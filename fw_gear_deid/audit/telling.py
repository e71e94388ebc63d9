"""Whether a field tells a person: by its name, and by what stands in it.

Names are DICOM keywords, and what tables, sidecars and containers call the same things.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit.concerns import Concern, Sort, possibly, shortened
from fw_gear_deid.identity import NOBODY, Kind, introductions, patterns
from fw_gear_deid.identity.cleaning import cleaned
from fw_gear_deid.identity.words import is_name
from fw_gear_deid.scan.fields import KEYWORDS, column_kind
from fw_gear_deid.standard.confidentiality import EDITION, ProfileOption, identifying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.standard.confidentiality import Attribute

CODES: Final = frozenset({"participantid", "subjectid", "subject", "name"})
"""Names, in small letters, of fields that hold a study's own code for a subject, or a name of anything."""

NO_TEXT: Final = frozenset(
    {
        "CodeValue",
        "LongCodeValue",
        "CodingSchemeDesignator",
        "CodingSchemeVersion",
        "CodingSchemeUID",
        "ContextIdentifier",
        "ContextGroupVersion",
        "ContextGroupLocalVersion",
        "MappingResource",
        "DeidentificationMethod",
        "ImplementationVersionName",
        "ManufacturerModelName",
        "PulseSequenceName",
        "SequenceName",
        "SoftwareVersions",
        "ConversionSoftwareVersion",
        "PulseSequenceDetails",
    }
)
"""Fields whose numbers and letters are a device's or a code's."""

TEXT_REPRESENTATIONS: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_MOMENT: Final = re.compile(
    r"(?:date|time|uid|timestamp|version|checksum|hash|md5|sha256|created|modified|started|ended|finished)s?$",
    re.IGNORECASE,
)
"""Ends of names of what is no free text, whatever it looks like."""
_DUMMIES: Final = frozenset(
    {
        *("anon", "anonym", "anonymous", "anonymized", "anonymised", "anonymize", "deidentified", "de-identified"),
        *("removed", "redacted", "unknown", "none", "null", "n/a", "na", "nan", "unspecified", "missing", "default"),
        *("test", "19000101", "000y"),
    }
)
_BEARERS: Final = frozenset({"patient", "subject", "participant", "person", "name"})
"""Words that stand beside a dummy and say whose it is."""

_PSEUDONYM: Final = re.compile(r"(?=[A-Z2-7]*[A-Z])(?=[A-Z2-7]*[2-7])[A-Z2-7]{16}")
_CODE: Final = re.compile(r"[A-Z2-7]{16}")
"""One pseudonym in thirty has no digit. No patient's number has none; a name may be written so."""

_TAX_CODE: Final = re.compile(r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]")
"""Italy's number of a person, which has the length of a pseudonym."""
_PSEUDONYM_WORD: Final = re.compile(
    rf"(?<![^\W_])(?:{_PSEUDONYM.pattern}|(?=[0-9]*[a-f])[0-9a-f]{{16}}|[0-9a-f]{{32,128}}|[0-9]+(?:\.[0-9]+){{5,}})"
    r"(?![^\W_])"
)
_HASH: Final = re.compile(r"(?=[0-9a-f]*[a-f])[0-9a-f]{16,128}")
_OPAQUE: Final = re.compile(
    r"[0-9a-f]{16,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+(?:\.[0-9]+){3,}", re.IGNORECASE
)
_SHORTEST_NAME: Final = 5
_WORD: Final = re.compile(r"[^\W\d_]+")
_APART: Final = re.compile(r"[\W_]+")


def is_dummy(value: str) -> bool:
    """Whether a value says nothing: empty, one sign over and over, or a word for what is not there."""
    plain = value.strip(" ^=\\\0-_*.?").casefold()
    words = set(_APART.split(plain)) - _BEARERS
    return len(set(plain)) <= 1 or plain in _DUMMIES or bool(words and words <= _DUMMIES)


def is_pseudonym(value: str, kind: Kind | None = None, *, stamped: bool = False) -> bool:
    """Whether a value has the shape of a pseudonym of this package; where an object is stamped, also that of a hash.

    Args:
        value: the text.
        kind: what its field holds.
        stamped: whether the object says that it is de-identified.
    """
    plain = value.strip(" ^=").removeprefix("sub-")
    shape = _CODE if kind is Kind.ID else _PSEUDONYM
    if shape.fullmatch(plain):
        return _TAX_CODE.fullmatch(plain) is None and not (plain.isalpha() and _has_name(plain))
    return bool(stamped and _HASH.fullmatch(plain))


def _has_name(letters: str) -> bool:
    """Whether letters begin or end with a name: some write names where a number belongs."""
    lengths = range(_SHORTEST_NAME, len(letters))
    return any(
        is_name(part) for length in lengths for part in (letters[:length].casefold(), letters[-length:].casefold())
    )


def without_pseudonyms(text: str) -> str:
    """Return a text without words that have the shape of a pseudonym, a hash or a UID."""
    return _PSEUDONYM_WORD.sub("", text)


@lru_cache(maxsize=1 << 14)
def direct_kind(name: str) -> Kind | None:
    """Return what a field holds that is made for an identifier; None for other fields, and for a study's own codes."""
    return None if _APART.sub("", name).casefold() in CODES else KEYWORDS.get(name) or column_kind(name)


def tells(name: str, where: str, value: str, *, strict: bool, stamped: bool = False) -> Concern | None:
    """Return what is wrong with the text in a field.

    Args:
        name: the DICOM keyword, or the name of a column.
        where: the place.
        value: the text.
        strict: whether dates, UIDs, devices and institutions count.
        stamped: whether the object says that it is de-identified.
    """
    if (kind := direct_kind(name)) is not None:
        if is_dummy(value) or is_pseudonym(value, kind, stamped=stamped):
            return None
        certain = not _HASH.fullmatch(value.strip(" ^="))
        why = f"the field tells a person: {kind}" + ("" if certain else "; the value has the shape of a hash")
        return Concern(Sort.DIRECT, where, certain, why, shortened(value))
    row, representation = _row_of(name)
    return of_row(row, representation or "LO", possibly(Sort.TEXT, where, name, shortened(value)), strict=strict)


def of_row(row: Attribute | None, representation: str, field: Concern, *, strict: bool) -> Concern | None:
    """Return what is wrong with a field that is not made for an identifier.

    Args:
        row: what PS3.15 says of it.
        representation: its VR.
        field: its place and value, with its name as ``why``.
        strict: as of ``tells``.
    """
    name, value = field.why, field.value
    if is_dummy(value) or is_pseudonym(value):
        return None
    if representation in TEXT_REPRESENTATIONS and (why := _reads_like(row, name, value)):
        return possibly(Sort.TEXT, field.where, why, value)
    if strict and row is not None and value != "2.25.0":
        why = f"PS3.15 Table E.1-1 ({EDITION}) says {row.action} of {name}"
        return possibly(Sort.INDIRECT, field.where, why, value)
    return None


def _reads_like(row: Attribute | None, name: str, value: str) -> str:
    """Return why a text may tell a person, as far as its field may hold any text; empty if it does not."""
    if name in NO_TEXT or _MOMENT.search(name) or _OPAQUE.fullmatch(value):
        return ""
    if row is None:
        return "it reads like a date, a number or a way to reach somebody" if has_pattern(value) else ""
    descriptive = row.options.get(ProfileOption.DESCRIPTORS) == "C"
    return "it reads like a name, a date, a number or a place" if descriptive and is_telling(value) else ""


@lru_cache(maxsize=1 << 14)
def is_telling(text: str) -> bool:
    """Whether cleaning would take something from a text."""
    composed = unicodedata.normalize("NFC", text)
    return cleaned(composed, NOBODY) != composed


@lru_cache(maxsize=1 << 14)
def has_pattern(text: str) -> bool:
    """Whether a text holds a date, a number of a person, a way to reach somebody, or a name that is introduced."""
    return next(pattern_places(without_pseudonyms(text)), None) is not None


def pattern_places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text holds such things, in no order."""
    words = frozenset(word.casefold() for word in _WORD.findall(text))
    for start, stop in (*patterns.places(text, words), *introductions.names(text, words)):
        if stop > start:
            yield start, stop


@lru_cache(maxsize=1 << 12)
def _row_of(name: str) -> tuple[Attribute | None, str]:
    """Return what PS3.15 says of a keyword, and its VR."""
    from pydicom.datadict import dictionary_VR, tag_for_keyword  # noqa: PLC0415  # slow to load

    tag = tag_for_keyword(name)
    return (None, "") if tag is None else (identifying(tag), dictionary_VR(tag))

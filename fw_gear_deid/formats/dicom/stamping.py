"""``stamp``: an object says what was done to it (PS3.15 section E.1, PS3.3 sections C.7.1.1 and C.12.1).

Nothing is claimed that the rules do not do: the Basic Profile is, where no rule leaves what Table E.1-1 takes away but
for what options allow; an option is, where something that it allows stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from fw_gear_deid import __version__
from fw_gear_deid.actions import Clean, Scrub
from fw_gear_deid.actions.coded import ActionCode
from fw_gear_deid.formats.dicom.encryption.opening import Restored
from fw_gear_deid.formats.dicom.levels import LAST, Step
from fw_gear_deid.formats.dicom.syntax import ITEM, META_GROUP
from fw_gear_deid.formats.dicom.tags import CODE_MEANING, CODE_VALUE, CODING_SCHEME_DESIGNATOR
from fw_gear_deid.standard.confidentiality import PRIVATE, ProfileOption, table
from fw_gear_deid.standard.methods import BASIC_PROFILE, CLEAN_PIXEL_DATA, OPTION_METHODS, SCHEME, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.actions import Answer, Occurrence, Scalar
    from fw_gear_deid.formats.dicom.levels import Level
    from fw_gear_deid.formats.dicom.scope import Scope
    from fw_gear_deid.profile.model import Section
    from fw_gear_deid.standard.confidentiality import Attribute

PATIENT_IDENTITY_REMOVED: Final = 0x00120062
DEIDENTIFICATION_METHOD: Final = 0x00120063
DEIDENTIFICATION_METHOD_CODE_SEQUENCE: Final = 0x00120064
LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED: Final = 0x00280303
DATES: Final = ("00080020", "00080021", "00080022", "00080023")
"""StudyDate, SeriesDate, AcquisitionDate, ContentDate: what is told of dates is what becomes of them."""

KEPT, CLEANED, GONE = "kept", "cleaned", "gone"
_CLEANING: Final = frozenset({"increment-date", "increment-datetime", Clean.key})
_KEEPING: Final = frozenset({"keep", "identity", Scrub.key})
_WITHOUT_DATE: Final = frozenset({"TM", "SH"})
"""Representations that a shift by whole days leaves as they are."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A value that the engine writes into every copy.

    Attributes:
        values: its texts.
        codes: instead of them, items of a sequence.
    """

    key: ClassVar[str] = "replace-with"
    inserts: ClassVar[bool] = True
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False
    values: tuple[str, ...] = ()
    codes: tuple[Method, ...] = ()

    def apply(self, _value: Scalar | None, _at: Occurrence) -> Answer:
        """Return the texts."""
        return list(self.values)

    def sequence(self, tag: int, scope: Scope) -> Restored:
        """Return the sequence of codes."""
        syntax, items = scope.syntax, b""
        for code in self.codes:
            texts = (
                (CODE_VALUE, b"SH", code.value),
                (CODING_SCHEME_DESIGNATOR, b"SH", SCHEME),
                (CODE_MEANING, b"LO", code.meaning),
            )
            padded = [(inner, vr, (text + " " * (len(text) % 2)).encode("ascii")) for inner, vr, text in texts]
            item = b"".join(syntax.header(inner, vr, len(raw)) + raw for inner, vr, raw in padded)
            items += syntax.tag_length.pack(ITEM >> 16, ITEM & 0xFFFF, len(item)) + item
        return Restored("SQ", items, syntax.header(tag, b"SQ", len(items)) + items)


def stamped(level: Level, section: Section, *, altered: bool) -> Level:
    """Return the rules of a data set with what they write about themselves.

    Args:
        level: the rules.
        section: what they were compiled from.
        altered: whether pixels of the object were blanked.
    """
    deeds = {row: _deed(row, level, section) for row in table().values() if _is_of_data_set(row)}
    methods = (*methods_of(deeds, section), *((CLEAN_PIXEL_DATA,) if altered else ()))
    methods = tuple(sorted(methods, key=lambda method: method.value))
    told = (f"fw-gear-deid {__version__}", *(method.meaning for method in methods))
    values = {
        PATIENT_IDENTITY_REMOVED: Stamped(("YES",)),
        DEIDENTIFICATION_METHOD: Stamped(told),
        LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED: Stamped((_dates(deeds),)),
    }
    if methods:
        values[DEIDENTIFICATION_METHOD_CODE_SEQUENCE] = Stamped(codes=methods)
    steps = {tag: (*level.steps.get(tag, ()), Step(-1, action, "", turn=LAST)) for tag, action in values.items()}
    return replace(level, steps={**level.steps, **steps}, inserts=tuple(sorted({*level.inserts, *values})))


def methods_of(deeds: dict[Attribute, str], section: Section) -> Iterator[Method]:
    """Yield the codes of what a section does."""
    claimed = set(_claimed(deeds, section))
    is_basic = _covers_all(section) and all(_is_permitted(row, deed, claimed) for row, deed in deeds.items())
    if is_basic:
        yield BASIC_PROFILE
    for option in OPTION_METHODS:
        if option in claimed and (is_basic or _cleans(option, deeds)):
            yield OPTION_METHODS[option]


def _covers_all(section: Section) -> bool:
    """Whether rules act inside sequences, and on private elements."""
    return section.flag("recurse-sequence") and section.flag("remove-private-tags")


def _claimed(deeds: dict[Attribute, str], section: Section) -> Iterator[ProfileOption]:
    """Yield the options of which something stays that no other option allows."""
    if section.settings.get("safe-private"):
        yield ProfileOption.SAFE_PRIVATE
    for option in OPTION_METHODS:
        if any(_tells(row, deed, option) for row, deed in deeds.items()):
            yield option


def _tells(row: Attribute, deed: str, option: ProfileOption) -> bool:
    """Whether what becomes of an attribute is due to an option."""
    if deed == GONE or option not in row.options:
        return False
    if option in {ProfileOption.FULL_DATES, ProfileOption.MODIFIED_DATES}:
        dated = row.representation in {"DA", "DT"} and ProfileOption.DEVICE not in row.options
        return dated and deed == (KEPT if option is ProfileOption.FULL_DATES else CLEANED)
    return set(row.options) == {option}


def _is_permitted(row: Attribute, deed: str, claimed: set[ProfileOption]) -> bool:
    """Whether the standard allows what becomes of an attribute, with the options that are claimed."""
    codes = {code for option, code in row.options.items() if option in claimed}
    vr = row.representation
    return deed == GONE or "K" in codes or ("C" in codes and (deed == CLEANED or vr == "SQ" or vr in _WITHOUT_DATE))


def _cleans(option: ProfileOption, deeds: dict[Attribute, str]) -> bool:
    """Whether something is cleaned as an option says."""
    return any(deed == CLEANED and row.options.get(option) == "C" for row, deed in deeds.items())


def _is_of_data_set(row: Attribute) -> bool:
    """Whether a row is about one attribute of data sets: not about messages, file meta information, private ones."""
    return row.tag != PRIVATE and int(row.tag[:2] + row.tag[2:4].replace("x", "0"), 16) > META_GROUP


def _deed(row: Attribute, level: Level, section: Section) -> str:
    """Return what rules make of an attribute: kept, cleaned, or gone."""
    digits = row.tag.replace("x", "0")
    tag = int(digits, 16) if "g" not in digits else 0
    steps = (*level.steps.get(tag, ()), *level.families.get(tag >> 24, ()))
    keys = {_key(step) for step in steps} - _KEEPING
    if not keys:
        return GONE if section.flag("remove-undefined") and not steps else KEPT
    return CLEANED if keys <= _CLEANING else GONE


def _key(step: Step) -> str:
    known = {"K": "keep", "C": Clean.key}
    return known.get(step.action.code, step.action.key) if isinstance(step.action, ActionCode) else step.action.key


def _dates(deeds: dict[Attribute, str]) -> str:
    """Return what became of dates (PS3.3 section C.12.1)."""
    found = {deed for row, deed in deeds.items() if row.tag in DATES}
    if CLEANED in found:
        return "MODIFIED"
    return "UNMODIFIED" if found == {KEPT} else "REMOVED"

"""Which identifying DICOM elements a profile changes, told from its rules alone, before any copy is there.

Of one file its copy shows what was removed. For other files of the same subject (a sidecar, a table) it has to be known
before: what the rules let stay in DICOM may stay there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import ActionCode
from fw_gear_deid.formats.dicom.names import NameProblem, parse_name
from fw_gear_deid.identity import Kind
from fw_gear_deid.identity.elements import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_deid.identity import Identifier
    from fw_gear_deid.profile.model import Profile, Rule
    from fw_gear_deid.scan.harvesting import Found, Harvest

DICOM: Final = "dicom"
REMOVING: Final = frozenset(
    {"remove", "hash", "hashuid", "increment-date", "increment-datetime", "encrypt", "pseudonym"}
)
"""Actions after which a value is gone for certain. What others leave (``regex-sub``, ``clean``) shows in the copy."""

REPLACING: Final = "replace-with"
_OF_KIND: Final = {Kind.NAME: "PatientName", Kind.ID: "PatientID", Kind.BIRTH_DATE: "PatientBirthDate"}


@dataclass(frozen=True, slots=True)
class Removals:
    """What a profile's rules for DICOM make of identifying elements.

    Attributes:
        rules: the rules for each element, by keyword.
        others: whether elements without a rule are removed.
        without: whether the profile does not take DICOM at all.
    """

    rules: dict[str, tuple[Rule, ...]]
    others: bool = False
    without: bool = False

    @classmethod
    def of(cls, profile: Profile) -> Removals:
        """Read the rules."""
        section = profile.sections.get(DICOM)
        if section is None:
            return cls({}, without=True)
        rules: dict[str, tuple[Rule, ...]] = {}
        for rule in section.rules:
            for keyword in _named_by(rule):
                rules[keyword] = (*rules.get(keyword, ()), rule)
        return cls(rules, section.flag("remove-undefined"))

    def removes(self, keyword: str, value: str) -> bool:
        """Whether a value of an element is gone for certain in every copy."""
        rules = self.rules.get(keyword, ())
        return any(_removes(rule, value) for rule in rules) or (self.others and not rules)

    def of_harvest(self, harvest: Harvest) -> frozenset[Identifier]:
        """Return which of a DICOM object's identifiers the profile removes."""
        return self.of_fields(harvest.found)

    def of_fields(self, found: Iterable[Found]) -> frozenset[Identifier]:
        """Return which of the values of DICOM elements the profile removes."""
        return frozenset(each.identifier for each in found if self.removes(each.name, each.value))

    def of_container(self, identifiers: Iterable[Identifier]) -> frozenset[Identifier]:
        """Return which identifiers of a subject's metadata are to be gone: those that DICOM may not keep either."""
        return frozenset(
            each
            for each in identifiers
            if self.without or each.kind not in _OF_KIND or self.removes(_OF_KIND[each.kind], each.value)
        )


def _named_by(rule: Rule) -> Iterator[str]:
    """Yield the identifying elements of the data set itself that a rule is for."""
    if rule.regex is not None:
        yield from (
            word for tag, (word, _) in ELEMENTS.items() if rule.regex.match(word) or rule.regex.match(f"{tag:08x}")
        )
        return
    try:
        target = parse_name(rule.name)
    except NameProblem:
        return
    if not target.parents:
        yield from (ELEMENTS[tag][0] for tag in target.tags if tag in ELEMENTS)


def _removes(rule: Rule, value: str) -> bool:
    key = rule.action.key
    if key == REPLACING:
        return str(rule.written.get(REPLACING, "")).strip() != value
    if isinstance(rule.action, ActionCode):
        return not rule.action.keeps
    return key in REMOVING

"""The ``dicom`` section of a profile, compiled: everything the editor asks for while it passes over a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import ActionCode, Keep, Scrub, Variable
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.formats.dicom.coding import Coded
from fw_gear_deid.formats.dicom.encryption.sealing import SEALED, Sealing, read_sealing
from fw_gear_deid.formats.dicom.levels import LAST, Level, Regexes, Step, level_of
from fw_gear_deid.formats.dicom.memo import Memo
from fw_gear_deid.formats.dicom.names import NameProblem, Target, parse_name, top_level
from fw_gear_deid.formats.dicom.objections import ambiguous_groups, checked, error
from fw_gear_deid.formats.dicom.own_actions import Constant
from fw_gear_deid.formats.dicom.safe_private import safe_private
from fw_gear_deid.formats.dicom.stamping import stamped
from fw_gear_deid.formats.dicom.syntax import META_GROUP
from fw_gear_deid.formats.dicom.tags import DATA_SET_TRAILING_PADDING, SOP_INSTANCE_UID
from fw_gear_deid.formats.rules import in_turn, read_by
from fw_gear_deid.problems import Mark, Problem, Severity
from fw_gear_deid.standard.types import is_known

if TYPE_CHECKING:
    from fw_gear_deid.actions import Action
    from fw_gear_deid.identity import Subject
    from fw_gear_deid.profile.model import Rule, Section

STUDY_INSTANCE_UID: Final = 0x0020000D
SERIES_INSTANCE_UID: Final = 0x0020000E
MAX_SUBJECTS: Final = 16
"""Subjects whose rules are kept: the files of one mostly come together."""

VISIT_ALL: Final = ("recurse-sequence", "remove-private-tags", "remove-undefined")
"""Settings under which every item of every sequence is visited."""

LOGGED: Final = {
    "StudyInstanceUID": STUDY_INSTANCE_UID,
    "SeriesInstanceUID": SERIES_INSTANCE_UID,
    "SOPInstanceUID": SOP_INSTANCE_UID,
}
"""What every log row holds besides the rules' own elements."""

DROPPED_META: Final = (
    0x00020016,  # SourceApplicationEntityTitle
    0x00020017,  # SendingApplicationEntityTitle
    0x00020018,  # ReceivingApplicationEntityTitle
    0x00020026,  # SourcePresentationAddress
    0x00020027,  # SendingPresentationAddress
    0x00020028,  # ReceivingPresentationAddress
    0x00020100,  # PrivateInformationCreatorUID
    0x00020102,  # PrivateInformation
)
"""File meta elements that tell where a file came from; dropped unless a rule names them (PS3.10 Table 7.1-1)."""


@dataclass(frozen=True, slots=True)
class DicomRules:
    """A compiled section.

    Attributes:
        root: rules for the file's data set.
        meta: rules for its file meta information.
        regexes: rules by regular expression; None when there are none.
        kept_private: private elements that ``remove-private-tags`` leaves, by group, creator and offset.
        kept_creators: private creators that stay with them, by group.
        enter: sequences to look into; None: all.
        repeats: whether equal bytes become equal bytes, wherever they stand.
        personal: whether what becomes of a value, or of a file's name, depends on who the file is about.
        memo: what these rules, and no others, made of values met before.
        sealing: what becomes of originals; None: they are not kept.
        wanted: elements whose value after the rules is asked for, by the name they are asked by.
        variables: elements that ``regex-sub`` rules read, by the name they are asked by.
        coded: whether rules depend on what the object's SOP class must have.
        stamps: whether copies say what was done to them.
        scrubs: whether known identifiers go from text that no rule names.
    """

    section: Section
    root: Level
    meta: Level
    regexes: Regexes | None
    kept_private: frozenset[tuple[int, str, int]]
    kept_creators: frozenset[tuple[int, str]]
    enter: frozenset[int] | None
    wanted: dict[str, int]
    variables: dict[str, int]
    remove_private: bool
    remove_undefined: bool
    lenient: bool
    repeats: bool
    personal: bool
    sealing: Sealing | None = None
    coded: bool = False
    stamps: bool = False
    scrubs: bool = False
    memo: Memo = field(default_factory=Memo, init=False, compare=False)
    _variants: dict[tuple[str, bool], DicomRules] = field(default_factory=dict, init=False, compare=False)
    _subjects: dict[Subject, DicomRules] = field(default_factory=dict, init=False, compare=False)

    def for_meta(self) -> DicomRules:
        """Return the rules for the file meta information, which settings about the data set leave alone."""
        return replace(
            self,
            root=self.meta,
            regexes=None,
            enter=frozenset(),
            remove_private=False,
            remove_undefined=False,
            scrubs=False,
        )

    def for_subject(self, subject: Subject) -> DicomRules:
        """Return the rules for the files of a subject, whose answers are not to be mixed with another's."""
        if not self.personal:
            return self
        rules = self._subjects.get(subject)
        if rules is None:
            if len(self._subjects) >= MAX_SUBJECTS:
                self._subjects.clear()
            rules = self._subjects[subject] = replace(self)
        return rules

    def for_object(self, sop_class: str, *, altered: bool) -> DicomRules:
        """Return the rules for the objects of one SOP class, which have a memory of their own.

        Args:
            sop_class: its UID.
            altered: whether the object's pixels were blanked, of which ``stamp`` tells.
        """
        if not self.coded and not self.stamps:
            return self
        key = (sop_class if self.coded and is_known(sop_class) else "", altered)
        if key not in self._variants:
            root = stamped(self.root, self.section, altered=altered) if self.stamps else self.root
            root = Coded(key[0]).root(root) if self.coded else root
            self._variants[key] = replace(self, root=root)
        return self._variants[key]

    @property
    def remembers(self) -> bool:
        """Whether what becomes of a sequence depends on its own bytes alone."""
        return self.repeats and self.regexes is None and not self.remove_undefined

    @property
    def drops_private(self) -> bool:
        """Whether every private element goes that no rule names by its tag."""
        return self.remove_private and not self.kept_creators

    @property
    def everywhere(self) -> bool:
        """Whether every item of every sequence must be visited."""
        return self.enter is None


def compile_rules(section: Section) -> DicomRules:
    """Compile a ``dicom`` section.

    Raises:
        ProfileError: names that name nothing, actions that an element cannot take; all of them at once.
    """
    problems: list[Problem] = []
    recurse = section.flag("recurse-sequence")
    targets: list[tuple[Target, Step]] = []
    regexes: list[Step] = []
    for turn, (place, rule) in enumerate(in_turn(section.rules)):
        if rule.regex is not None:
            regexes.append(Step(place, _action(rule, section), rule.label, is_flat=False, regex=rule.regex, turn=turn))
            problems += [] if not recurse else [error(rule, "a regex rule cannot be used with recurse-sequence")]
            if isinstance(rule.action, ActionCode):
                problems.append(error(rule, f"{rule.action.key} cannot be used with regex; name each element"))
            continue
        try:
            target = parse_name(rule.name)
        except NameProblem as problem:
            problems.append(error(rule, str(problem)))
            continue
        problems += checked(rule, target, recurse=recurse)
        step = Step(place, _action(rule, section), rule.label, target.is_flat, len(target.parents), turn=turn)
        targets.append((target, step))
    wanted, variables = _wanted(section, problems), _variables(section, problems)
    sealing, unusable = read_sealing(section)
    problems += unusable
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise ProfileError(problems)
    compiled = _compiled(section, targets, Regexes(tuple(regexes)) if regexes else None, (wanted, variables))
    return replace(compiled, sealing=sealing)


def _compiled(
    section: Section,
    targets: list[tuple[Target, Step]],
    regexes: Regexes | None,
    asked: tuple[dict[str, int], dict[str, int]],
) -> DicomRules:
    wanted, variables = asked
    recurse = section.flag("recurse-sequence")
    coded = any(isinstance(step.action, ActionCode) for _, step in targets)
    everywhere = any(section.flag(name) for name in VISIT_ALL) or regexes is not None or coded or section.scrubs
    named = {tag for target, _ in targets if not target.parents for tag in target.tags}
    removal, unchanged = Step(-1, Constant(None), "", turn=LAST), Step(-1, Keep(), "")
    kept = {wanted[name] for name in _asked_for(section)} if section.filenames else set()
    targets += [(Target(tags=(tag,)), unchanged) for tag in sorted(kept) if tag not in named]
    targets += [
        (Target(tags=(tag,)), removal) for tag in (*DROPPED_META, DATA_SET_TRAILING_PADDING) if tag not in named
    ]
    named_private = {target.private for target, _ in targets if target.private is not None}
    safe, changed = safe_private(section)
    targets += [pair for pair in changed if pair[0].private not in named_private]
    private = named_private | safe
    return DicomRules(
        section=section,
        root=level_of(tuple(pair for pair in targets if not _is_meta(pair[0])), recurse=recurse),
        meta=level_of(tuple(pair for pair in targets if _is_meta(pair[0]))),
        regexes=regexes,
        kept_private=frozenset((tag.group, tag.creator, tag.offset) for tag in private),
        kept_creators=frozenset((tag.group, tag.creator) for tag in private),
        enter=None if everywhere else frozenset(parent for target, _ in targets for parent, _ in target.parents),
        wanted=wanted,
        variables=variables,
        remove_private=section.flag("remove-private-tags"),
        remove_undefined=section.flag("remove-undefined"),
        lenient=section.flag("decode"),
        repeats=all(rule.action.repeats for rule in section.rules),
        personal=any(step.action.personal for _, step in targets) or section.personal,
        coded=coded,
        stamps=section.flag("stamp"),
        scrubs=section.scrubs,
    )


def _action(rule: Rule, section: Section) -> Action:
    """Return what a rule does to an element: encrypts in another way than single values, keeps by code but scrubs."""
    if section.scrubs and isinstance(rule.action, ActionCode) and rule.action.keeps:
        return Scrub()
    return SEALED.get(rule.action.key, rule.action)


def _is_meta(target: Target) -> bool:
    return bool(target.tags) and not target.parents and target.tags[0] >> 16 == META_GROUP


def _asked_for(section: Section) -> tuple[str, ...]:
    """Return the elements that the section's file names are made of."""
    if not section.filenames:
        return ("SOPInstanceUID", "Modality")
    return tuple(name for rule in section.filenames for name in rule.fields)


def _wanted(section: Section, problems: list[Problem]) -> dict[str, int]:
    """Return the tag of each element that a file name or the log asks for."""
    wanted = dict(LOGGED)
    for name in _asked_for(section):
        try:
            wanted[name] = top_level(name)
        except NameProblem as problem:
            problems.append(Problem(f"filenames output: {problem}", _filenames_mark(section, name)))
    problems += ambiguous_groups(section)
    return wanted


def _variables(section: Section, problems: list[Problem]) -> dict[str, int]:
    """Return the tag of each element that a ``regex-sub`` rule reads beside its own."""
    variables = {}
    for rule in section.rules:
        for name, mark in read_by(rule).items():
            try:
                variables[name] = top_level(name)
            except NameProblem as problem:
                problems.append(Problem(f"{rule.label}: output: {problem}", mark))
    return variables


def _filenames_mark(section: Section, name: str) -> Mark:
    return next((rule.mark for rule in section.filenames if Variable(name) in rule.output), section.mark)

"""The pass over one file: which section owns it, what its rules make of it, and the boundary no error crosses."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from fw_gear_deid.engine.base import State
from fw_gear_deid.engine.member_fields import DICOM
from fw_gear_deid.engine.residuals import UNCHECKED, Checked
from fw_gear_deid.errors import DestinationError, FileError, ResidualError, UnmatchedError
from fw_gear_deid.formats.compiling import HEAD_LENGTH
from fw_gear_deid.scan.harvesting import identifiers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fw_gear_deid.engine.residuals import Residuals
    from fw_gear_deid.formats.base import Content, FileContext, Output, Raised
    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.problems import Finding
    from fw_gear_deid.profile.model import Section

T = TypeVar("T")

LARGEST_TOLD = 1 << 22
"""Bytes of the largest text that is asked whom it is about; sidecars are far smaller."""

MOST_TOLD = 1 << 13
"""Identifiers of a file that are looked for in all of it, at most; a table of more tells by its columns alone."""

UNMATCHED = "no section of the profile owns it; add a section or a file-filter that does"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file has no copy.

    Attributes:
        unmatched: no section owns it, which the run's or the archive's settings may allow.
        section: the section that owned it, if any did.
        findings: what the scan found in the copy that it would have had.
    """

    state: State
    reason: str
    unmatched: bool = False
    section: str = ""
    findings: tuple[Finding, ...] = ()


class Accepted(NamedTuple):
    """What is known of a file after its rules, without its bytes.

    Attributes:
        name: new base name.
        section: the section that owned it.
        hits: number of fields changed, by rule label; rules that met nothing are left out.
        identity: what makes the object unique, None where nothing does.
        before: values for the log.
        after: the same after the rules.
        elsewhere: as of ``Edited``.
        notes: remarks without values.
        fields: the fields that were asked for.
        keys: what tells the subject, if that is wanted and the file is DICOM. Identifying.
        gates: what a person should look at.
        checked: what the scan of the copy found out.
    """

    name: str
    section: str
    hits: Mapping[str, int]
    identity: str | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    elsewhere: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    fields: Mapping[str, str]
    keys: tuple[str, ...]
    gates: tuple[Raised, ...] = ()
    checked: Checked = UNCHECKED

    def scanned(self, checked: Checked, residuals: Residuals) -> Accepted:
        """Return the same with what the scan of the copy found out.

        Raises:
            ResidualError: the copy must be withheld for it.
        """
        if not checked.findings:
            return self._replace(checked=checked)
        if reason := residuals.reason(checked.findings):
            raise ResidualError(reason, checked.findings)
        return self._replace(checked=checked, notes=(*self.notes, *residuals.notes(checked.findings)))


def examine(compiled: CompiledProfile, content: Content, context: FileContext) -> tuple[Accepted, Output]:
    """Find the section that owns a file and apply its rules.

    Returns:
        What is known of the file, and its new bytes, which are made as they are asked for.

    Raises:
        UnmatchedError: no section owns it.
        FileError: it cannot be de-identified safely.
    """
    plan = compiled.owner(context.name, content.prefix(HEAD_LENGTH))
    if plan is None:
        raise UnmatchedError(UNMATCHED)
    edited = plan.apply(content, _telling(plan.section, content, context))
    section = plan.section
    accepted = Accepted(
        name=edited.name,
        section=section.name,
        hits=_hits(section, edited.hits),
        identity=edited.identity,
        before=edited.before,
        after=edited.after,
        elsewhere=edited.elsewhere,
        notes=edited.notes,
        fields=edited.fields,
        keys=edited.keys,
        gates=edited.gates,
    )
    return accepted, edited.output


def _telling(section: Section, content: Content, context: FileContext) -> FileContext:
    """Return the context with what a text itself tells of its subject; DICOM objects are asked by their own section."""
    if section.name == DICOM or content.size > LARGEST_TOLD or not section.personal:
        return context
    own, known = identifiers_of(content.read(), context.name).identifiers, context.subject.identifiers
    if own <= known or len(own) > MOST_TOLD:
        return context
    return replace(context, subject=replace(context.subject, identifiers=known | own))


def _hits(section: Section, counted: tuple[int, ...]) -> dict[str, int]:
    hits: dict[str, int] = {}
    for place in compress(range(len(counted)), counted):  # a built-in profile has hundreds of rules
        label = section.rules[place].label
        hits[label] = hits.get(label, 0) + counted[place]
    return hits


def guarded(step: Callable[[], T]) -> T | Refusal:
    """Return what ``step`` returns, or why the file it works on has no copy.

    This is the boundary of one file: whatever goes wrong within ``step`` ends here as a refusal, so that the other
    files are still done and nothing is ever kept because of an error.
    """
    try:
        return step()
    except UnmatchedError as error:
        return Refusal(State.SKIPPED, str(error), unmatched=True)
    except FileError as error:
        return Refusal(State.WITHHELD, str(error), findings=error.findings if isinstance(error, ResidualError) else ())
    except DestinationError as error:
        return Refusal(State.FAILED, str(error))
    except OSError as error:
        # Not str(error): it holds the path.
        return Refusal(State.FAILED, f"reading or writing failed: {error.strerror or type(error).__name__}")
    except Exception as error:  # noqa: BLE001  # the one boundary: an unknown error withholds this file, no other
        return Refusal(State.FAILED, f"internal error: {type(error).__name__} in {place_of(error)}; please report it")


def place_of(error: Exception) -> str:
    """Return ``module:line`` of the innermost frame within this package. The message may hold values: never shown."""
    place = "unknown place"
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("fw_gear_deid."):
            place = f"{module.removeprefix('fw_gear_deid.')}:{line}"
    return place

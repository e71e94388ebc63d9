"""What a profile would still remove or replace in data that is already there.

Its rules are applied twice, as if to two subjects and with the first result as the second's source. What the first
pass changes and the second leaves is a constant, and should have been there. What changes again (hashes, pseudonyms,
shifted dates, new UIDs) may have been done already: nobody can tell from the data.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.audit.concerns import Sort, certainly, possibly, shortened
from fw_gear_deid.engine.files import examine
from fw_gear_deid.errors import FileError, UnmatchedError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.identity import Subject
from fw_gear_deid.scan.comparing import Compared, Done, compare
from fw_gear_deid.scan.dicom_bytes import is_dicom

if TYPE_CHECKING:
    from fw_gear_deid.audit.concerns import Concern
    from fw_gear_deid.engine.files import Accepted
    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.identity import Identifier

_STAMPS: Final = frozenset({0x00120062, 0x00120063, 0x00120064, 0x00280303})
_META: Final = 0x0002
_ELEMENT: Final = 0xFFFF
_SUBJECTS: Final = ("one", "another")
_GONE: Final = {Done.REMOVED: "removes it", Done.EMPTIED: "empties it"}


@dataclass(frozen=True, slots=True)
class Rules:
    """A profile that data are held against.

    Attributes:
        compiled: the profile.
        constants: what its rules put in the place of values.
    """

    compiled: CompiledProfile
    constants: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """Stands for the profile's rules."""
        return hashlib.sha256(repr(self.compiled.profile.sections).encode()).hexdigest()

    @classmethod
    def of(cls, compiled: CompiledProfile) -> Self:
        """Return the rules of a profile."""
        rules = (rule for section in compiled.profile.sections.values() for rule in section.rules)
        return cls(compiled, frozenset(str(each) for rule in rules if (each := rule.written.get("replace-with"))))

    def puts(self, concern: Concern) -> bool:
        """Whether what stands in a field made for an identifier is what the rules put there, for anyone."""
        return concern.sort is Sort.DIRECT and concern.value in self.constants

    def broken(self, data: bytes, name: str, identifiers: frozenset[Identifier]) -> list[Concern]:
        """Return what the rules would still remove or replace in an object.

        Args:
            data: its bytes.
            name: its base name.
            identifiers: what tells its subject.
        """
        try:
            first, copy = self._applied(data, name, Subject(_SUBJECTS[0], identifiers))
            second, again = self._applied(copy, first.name, Subject(_SUBJECTS[1], identifiers))
        except UnmatchedError:
            return []
        except FileError as error:
            return [possibly(Sort.RULE, "the file", f"the profile withholds it: {error}")]
        return _of_elements(data, copy, again) if is_dicom(data) else _of_fields(first, second)

    def _applied(self, data: bytes, name: str, subject: Subject) -> tuple[Accepted, bytes]:
        context = FileContext(name, log=True, subject=subject)
        accepted, output = examine(self.compiled, MemoryContent(data), context)
        return accepted, b"".join(output.chunks())


def _of_fields(first: Accepted, second: Accepted) -> list[Concern]:
    """Return the fields, as the log has them, that the rules set to a constant or take away."""
    return [
        certainly(Sort.RULE, label, _why(after), shortened(before))
        for label, before in first.before.items()
        if before and before != (after := first.after.get(label, "")) and second.after.get(label, "") == after
    ]


def _why(after: str) -> str:
    return "the profile replaces it" if after else "the profile removes or empties it"


def _of_elements(data: bytes, copy: bytes, again: bytes) -> list[Concern]:
    """Return the elements that the rules set to a constant or take away, by pydicom's reading."""
    steady = {each.path for each in compare(io.BytesIO(copy), io.BytesIO(again)) if each.done is Done.KEPT}
    found = []
    for each in compare(io.BytesIO(data), io.BytesIO(copy)):
        why = _GONE.get(each.done, "replaces it" if each.done is Done.REPLACED and each.path in steady else "")
        if why and _counts(each) and each.before is not None:
            value = shortened(each.before.text())
            found.append(certainly(Sort.RULE, each.dotted, f"the profile {why}", value))
    return found


def _counts(each: Compared) -> bool:
    tag = each.path[-1]
    is_ours = tag >> 16 == _META or tag in _STAMPS or not tag & _ELEMENT
    return not is_ours and each.before is not None and bool(each.before.encoded)

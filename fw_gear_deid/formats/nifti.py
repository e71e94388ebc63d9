"""The ``nifti`` section: header fields patched in place, extensions dropped, voxels copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, ProfileError, UnreadableError
from fw_gear_deid.formats import gzip_
from fw_gear_deid.formats.archive.deflating import GZIP, GZIP_HEADER
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.naming import output_name
from fw_gear_deid.formats.nifti_header import FLAG, LONGEST, STRUCTURE, VERSIONS, Header
from fw_gear_deid.formats.rules import carry_out, read_by
from fw_gear_deid.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.base import Content, FileContext, Output
    from fw_gear_deid.formats.content import Piece
    from fw_gear_deid.formats.rules import Value
    from fw_gear_deid.profile.model import Rule, Section

FIELDS: Final = {name: version.fields[name] for version in VERSIONS for name in version.fields}
"""Every field name of either version."""

_HARMLESS = frozenset({"keep", "identity"})
_FOR_NUMBERS = _HARMLESS | {"remove", "replace-with", "jitter"}
_FOREIGN = ((128, b"DICM"), (0, b"PK\x03\x04"), (0, b"\x89PNG"), (0, b"\xff\xd8\xff"), (0, b"%PDF"))


@dataclass(frozen=True, slots=True)
class NiftiFormat:
    """NIfTI-1 and NIfTI-2: single files, packed files, and header/image pairs."""

    section: str = "nifti"
    signatures: tuple[tuple[int, bytes], ...] = ()

    def compile(self, section: Section) -> NiftiPlan:
        """Compile a ``nifti`` section.

        Raises:
            ProfileError: a rule names no header field, or does to it what cannot be done.
        """
        problems = tuple(Problem(why, rule.mark) for rule in section.rules if (why := _objection(rule)))
        if problems:
            raise ProfileError(problems)
        return NiftiPlan(section, section.settings.get("extensions") == "keep")


@dataclass(frozen=True, slots=True)
class NiftiPlan:
    """A ``nifti`` section, compiled.

    Attributes:
        keeps_extensions: whether header extensions stay.
    """

    section: Section
    keeps_extensions: bool

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one file.

        Raises:
            FileError: it is not NIfTI, truncated, or a rule could not be carried out.
        """
        packed = content.prefix(2) == GZIP
        if packed != _says_packed(context.name):
            raise UnreadableError("the file's name and its bytes disagree on whether it is packed (.gz)")
        inner: Content = gzip_.InflatedContent.of(content) if packed else content
        start = inner.prefix(LONGEST + FLAG)
        if _is_image_of_pair(context.name, start):
            return self._copied(inner, context)
        document = _Document(Header(start))
        done = carry_out(self.section.rules, document, context, scrubs=self.section.scrubs)
        name = output_name(self.section, context, document.transformed)
        pieces, notes = self._pieces(inner, document.header)
        output = _saved(inner, pieces, start, packed=_says_packed(name))
        return Edited(output, name, done.hits, None, done.before, done.after, (*done.notes, *notes))

    def _copied(self, content: Content, context: FileContext) -> Edited:
        name = output_name(self.section, context, _no_field)
        output = _saved(content, (Range(0, content.size),), b"", packed=_says_packed(name))
        return Edited(output, name, (0,) * len(self.section.rules), notes=("voxels of a header/image pair: copied",))

    def _pieces(self, content: Content, header: Header) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
        end = header.version.size
        if header.is_pair:
            return self._pieces_of_pair(content, header)
        voxels = header.voxels_start()
        stop = voxels + header.voxels_size()
        if stop > content.size:
            raise UnreadableError("truncated NIfTI: fewer voxels than its header says; transfer the file again")
        notes = ("bytes behind the voxels left out",) if stop < content.size else ()
        if self.keeps_extensions or voxels == end + FLAG:
            return (bytes(header.data), Range(end, stop)), notes
        header.write("vox_offset", end + FLAG)
        return (bytes(header.data) + bytes(FLAG), Range(voxels, stop)), ("header extensions dropped", *notes)

    def _pieces_of_pair(self, content: Content, header: Header) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
        end = header.version.size
        if self.keeps_extensions or content.size <= end + FLAG:
            return (bytes(header.data), Range(end, content.size)), ()
        return (bytes(header.data) + bytes(FLAG),), ("header extensions dropped",)


def _says_packed(name: str) -> bool:
    return name.lower().endswith(".gz")


def _saved(inner: Content, pieces: tuple[Piece, ...], start: bytes, *, packed: bool) -> Output:
    """Return the copy, packed when its new name says so: readers go by the name."""
    edited = Spliced(inner, pieces)
    if not packed:
        return edited
    if not isinstance(inner, gzip_.InflatedContent):
        return gzip_.Gzipped(edited)
    if inner.members == 1 and _is_untouched(pieces, start, inner.size):
        # The deflate stream is good as it is; only the packed file's own header, with its name and time, goes.
        return Spliced(inner.packed, (GZIP_HEADER, Range(inner.header_size(), inner.packed.size)))
    return gzip_.Gzipped(edited)


def _is_untouched(pieces: tuple[Piece, ...], start: bytes, size: int) -> bool:
    *new, last = pieces
    head = b"".join(piece for piece in new if not isinstance(piece, Range))
    return start.startswith(head) and last == Range(len(head), size)


def _is_image_of_pair(name: str, start: bytes) -> bool:
    if not name.lower().endswith((".img", ".img.gz")):
        return False
    if any(start.startswith(signature, offset) for offset, signature in _FOREIGN):
        raise UnreadableError("not the image of a NIfTI pair: it is a file of another kind")
    return not any(
        start.startswith((version.single, version.pair), version.magic) for version in VERSIONS
    )  # some writers put a whole NIfTI file under this name


def _objection(rule: Rule) -> str:
    name, key = rule.name.lower(), rule.action.key
    if name not in FIELDS:
        return f"{rule.label}: not a field of a NIfTI header"
    if unknown := [each for each in read_by(rule) if each.lower() not in FIELDS]:
        return f"{rule.label}: output names {unknown[0]}, which is neither a group nor a field of a NIfTI header"
    if name in STRUCTURE and key not in _HARMLESS:
        return f"{rule.label}: says how to read the voxels; only keep is possible"
    if not FIELDS[name].is_text and key not in _FOR_NUMBERS:
        return f"{rule.label}: holds a number; {key} is for text"
    return ""


@dataclass(frozen=True, slots=True)
class _Document:
    """The header as fields; blank text counts as a missing field."""

    header: Header

    def find(self, rule: Rule) -> Sequence[str]:
        name = rule.name.lower()
        is_there = self.header.has(name) and self.header.raw(name).strip(b"\0")
        return (name,) if is_there or (self.header.has(name) and not FIELDS[name].is_text) else ()

    def texts(self) -> Iterator[str]:
        names = (name for name in FIELDS if self.header.has(name) and FIELDS[name].is_text and name not in STRUCTURE)
        return (name for name in names if self.header.raw(name).strip(b"\0"))

    def alive(self, _place: str) -> bool:
        return True

    def path(self, place: str) -> str:
        return place

    def read(self, place: str) -> Value:
        return self.header.value(place)

    def shown(self, place: str) -> str:
        if FIELDS[place].is_array:
            return " ".join(map(str, self.header.numbers(place)))
        value = self.header.value(place)
        return "" if value is None else str(value)

    def write(self, place: str, answer: Scalar | list[str]) -> None:
        self.header.write(place, ",".join(answer) if isinstance(answer, list) else answer)

    def remove(self, place: str) -> None:
        self.header.blank(place)

    def insert(self, name: str, answer: Scalar | list[str]) -> bool:
        if not self.header.has(name.lower()):
            return False
        self.write(name.lower(), answer)
        return True

    def transformed(self, name: str) -> str | None:
        place = name.lower()
        if place not in FIELDS:
            raise ActionError("output names what is neither a group nor a field of a NIfTI header")
        return self.shown(place) if self.header.has(place) else None


def _no_field(_name: str) -> None:
    return None

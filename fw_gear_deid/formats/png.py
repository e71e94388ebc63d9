"""The ``png`` section: whole chunks stay or go; what stays keeps its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, ProfileError, UnreadableError
from fw_gear_deid.formats.archive.deflating import crc32
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.naming import output_name
from fw_gear_deid.formats.rules import carry_out, logged
from fw_gear_deid.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.profile.model import Rule, Section

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
CRITICAL: Final = ("IHDR", "PLTE", "IDAT", "IEND")
PUBLIC: Final = (
    *CRITICAL,
    *("tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI"),
    *("tEXt", "zTXt", "iTXt", "bKGD", "hIST", "pHYs", "sPLT", "eXIf", "tIME"),
    *("acTL", "fcTL", "fdAT"),
    *("dSIG", "sTER"),
)
"""Chunks of PNG (third edition, sections 11 and 14.2), animation among them, and two extensions."""

_NAMES: Final = {name.lower(): name for name in PUBLIC}
_POSSIBLE: Final = ("keep", "identity", "remove")
_NUMBER = _TYPE = 4
_FRAME: Final = _NUMBER + _TYPE + _NUMBER
_MOST_CHUNKS: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class PngFormat:
    """PNG files, animated ones too."""

    section: str = "png"
    signatures: tuple[tuple[int, bytes], ...] = ((0, _SIGNATURE),)

    def compile(self, section: Section) -> PngPlan:
        """Compile a ``png`` section.

        Raises:
            ProfileError: a rule names no chunk, or does to it what cannot be done.
        """
        problems = tuple(Problem(why, rule.mark) for rule in section.rules if (why := _objection(rule)))
        if problems:
            raise ProfileError(problems)
        return PngPlan(section)


@dataclass(frozen=True, slots=True)
class PngPlan:
    """A ``png`` section, compiled."""

    section: Section

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one file.

        Raises:
            FileError: it is no PNG, damaged, or truncated.
        """
        rules = self.section.rules
        chunks = _chunks(content)
        document = _Document(chunks)
        before = logged(rules, document) if context.log else {}
        notes: tuple[str, ...] = ()
        if chunks[-1].stop < content.size:
            notes += ("bytes behind the image left out",)
        if self.section.flag("remove-private-chunks") and document.remove_private(rules):
            notes += ("private chunks removed",)
        done = carry_out(rules, document, context)
        name = output_name(self.section, context, document.transformed)
        output = Spliced(content, tuple(_ranges(document.left())))
        return Edited(output, name, done.hits, None, before, done.after, notes)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: its name, and where it starts and stops."""

    name: str
    start: int
    stop: int


def _objection(rule: Rule) -> str:
    name, key = chunk_name(rule.name), rule.action.key
    if len(name) != _TYPE or not (name.isascii() and name.isalpha()):
        return f"{rule.label}: not the name of a chunk, which is four letters such as tEXt"
    if key not in _POSSIBLE:
        return f"{rule.label}: a chunk of PNG can only be kept or removed; {key} is not possible"
    if key == "remove" and name in CRITICAL:
        return f"{rule.label}: needed to read the image; only keep is possible"
    return ""


def chunk_name(name: str) -> str:
    """Return a chunk's name as PNG spells it; those that PNG does not define are taken as they are."""
    return _NAMES.get(name.lower(), name)


class _Stream:
    """The bytes of a file from start to end, read once: inflating a member of an archive anew costs time.

    Attributes:
        position: how many were taken.
    """

    def __init__(self, content: Content) -> None:
        self.position = 0
        self._coming = content.chunks()
        self._here = memoryview(b"")

    def pieces(self, length: int) -> Iterator[memoryview]:
        """Yield the next bytes.

        Raises:
            UnreadableError: there are fewer.
        """
        while length:
            while not self._here:
                if (following := next(self._coming, None)) is None:
                    raise UnreadableError("truncated PNG: its end is missing; transfer the file again")
                self._here = memoryview(following)
            piece, self._here = self._here[:length], self._here[length:]
            self.position += len(piece)
            length -= len(piece)
            yield piece

    def number(self) -> int:
        """Return the number in the next four bytes."""
        return int.from_bytes(self.take(_NUMBER), "big")

    def take(self, length: int) -> bytes:
        """Return the next bytes; raises UnreadableError."""
        return b"".join(self.pieces(length))


def _chunks(content: Content) -> list[Chunk]:
    stream = _Stream(content)
    if content.prefix(len(_SIGNATURE)) != _SIGNATURE:
        raise UnreadableError("not PNG: it does not begin as PNG files do")
    stream.take(len(_SIGNATURE))
    found = [_chunk(stream)]
    while found[-1].name != "IEND":
        if len(found) > _MOST_CHUNKS:
            raise UnreadableError("PNG with more chunks than any image has")
        found.append(_chunk(stream))
    if found[0].name != "IHDR" or all(chunk.name != "IDAT" for chunk in found):
        raise UnreadableError("damaged PNG: it has no header or no image data")
    if found[-1].stop - found[-1].start > _FRAME or any(chunk.name == "IHDR" for chunk in found[1:]):
        raise UnreadableError("damaged PNG: it has a second header, or something in its end")
    return found


def _chunk(stream: _Stream) -> Chunk:
    start = stream.position
    length = stream.number()
    name = stream.take(_TYPE)
    value = crc32(name)
    for piece in stream.pieces(length):
        value = crc32(piece, value)
    if value != stream.number():
        raise UnreadableError("damaged PNG: a chunk does not have its checksum; transfer the file again")
    return Chunk(_checked_name(name), start, stream.position)


def _checked_name(raw: bytes) -> str:
    if not raw.isalpha():
        raise UnreadableError("damaged PNG: a chunk has no name")
    name = raw.decode("ascii")
    if name[0].isupper() and name not in CRITICAL:
        raise UnreadableError("PNG with a critical chunk that PNG does not define: it cannot be read safely")
    return name


def _ranges(chunks: Sequence[Chunk]) -> Iterator[Range]:
    """Yield what stays, neighbours in one."""
    start = stop = 0
    for chunk_start, chunk_stop in ((0, len(_SIGNATURE)), *((chunk.start, chunk.stop) for chunk in chunks)):
        if chunk_start != stop:
            yield Range(start, stop)
            start = chunk_start
        stop = chunk_stop
    yield Range(start, stop)


@dataclass(slots=True)
class _Document:
    """The chunks that are left."""

    chunks: Sequence[Chunk]
    gone: set[Chunk] = field(default_factory=set)

    def left(self) -> list[Chunk]:
        """Return the chunks that stay."""
        return [chunk for chunk in self.chunks if chunk not in self.gone]

    def find(self, rule: Rule) -> Sequence[Chunk]:
        """Return the chunks of that name, written with capital or small letters: no two differ in these alone."""
        name = rule.name.lower()
        return [chunk for chunk in self.left() if chunk.name.lower() == name]

    def texts(self) -> Sequence[Chunk]:
        return ()  # a chunk stays as it is, or goes

    def alive(self, place: Chunk) -> bool:
        return place not in self.gone

    def path(self, place: Chunk) -> str:
        return f"{place.name} at {place.start}"

    def read(self, _place: Chunk) -> str:
        return ""

    def shown(self, place: Chunk) -> str:
        return f"<{place.name} {place.stop - place.start - _FRAME} bytes>"

    def write(self, _place: Chunk, _answer: Scalar | list[str]) -> None:
        raise ActionError("a chunk of PNG can only be kept or removed")

    def remove(self, place: Chunk) -> None:
        self.gone.add(place)

    def insert(self, _name: str, _answer: Scalar | list[str]) -> bool:
        return False

    def remove_private(self, rules: Sequence[Rule]) -> bool:
        """Remove the chunks that PNG does not define and no rule names, and return whether there was one."""
        named = {chunk_name(rule.name) for rule in rules}
        self.gone |= {chunk for chunk in self.chunks if chunk.name not in PUBLIC and chunk.name not in named}
        return bool(self.gone)

    def transformed(self, _name: str) -> str | None:
        raise ActionError("output names what is no group; PNG has no fields that could stand in a name")

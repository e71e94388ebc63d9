"""What every format shares: the bytes that come in, the bytes that go out, and a plan between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fw_gear_deid.identity import NOBODY, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fw_gear_deid.profile.model import Section

Buffer = bytes | memoryview

CHUNK = 1 << 20
"""How many bytes a stream hands over at a time."""


class Content(Protocol):
    """The bytes of one source file. They can be read from the start as often as needed.

    Attributes:
        size: number of bytes.
        in_memory: whether ``read`` costs nothing; a large file is read through ``chunks`` alone.
    """

    @property
    def size(self) -> int:
        """Number of bytes."""
        ...

    @property
    def in_memory(self) -> bool:
        """Whether the bytes are held already."""
        ...

    def read(self) -> bytes:
        """Return all bytes.

        Raises:
            TooLargeError: the file is larger than may be held.
            UnreadableError: the bytes cannot be had (damaged archive, wrong checksum).
        """
        ...

    def prefix(self, length: int) -> bytes:
        """Return the first ``length`` bytes, or fewer at the end of the file."""
        ...

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes from ``start`` up to ``stop`` (None: the end) in order, in pieces."""
        ...


class Output(Protocol):
    """The bytes of a finished file, produced when asked for."""

    def chunks(self) -> Iterator[Buffer]:
        """Yield the bytes in order; each call starts anew."""
        ...


@dataclass(frozen=True, slots=True)
class FileContext:
    """What a plan is told about a file beside its bytes.

    Attributes:
        name: base name, which ``filenames`` rules read.
        log: whether values before and after are wanted for ``deid_log.csv``.
        wanted: fields that the name of the archive around it asks for.
        keys: tags of the DICOM elements that tell a subject, if that is wanted.
        subject: who it is about.
    """

    name: str
    log: bool = False
    wanted: tuple[str, ...] = ()
    keys: tuple[int, ...] = ()
    subject: Subject = NOBODY


@dataclass(frozen=True, slots=True)
class Raised:
    """A gate at which a file is stopped or warned of (``profile.gates``).

    Attributes:
        gate: its name.
        why: what about the file raised it, without a value.
        withholds: whether the file is withheld there.
    """

    gate: str
    why: str
    withholds: bool = False


@dataclass(frozen=True, slots=True)
class Edited:
    """A file after its rules.

    Attributes:
        output: the new bytes; what no rule touched is copied from the source.
        name: new base name.
        hits: how many fields each rule changed, in the order of the section's rules.
        identity: what makes the object unique (SOPInstanceUID of the source); None where nothing does.
        before: field label to value, for the log; empty unless asked for. Holds identifying values.
        after: the same after the rules.
        elsewhere: what was renamed and is in neither: label of the rule, value before, value after. Identifying.
        notes: remarks for the report, without values.
        fields: those of the wanted fields that the file has, after its rules; DICOM is read for them by the engine.
        keys: the source's values of the elements asked for by ``FileContext.keys``; empty for what is not DICOM.
            Identifying.
        gates: what a person should look at; none of them withholds.
    """

    output: Output
    name: str
    hits: tuple[int, ...] = ()
    identity: str | None = None
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str, str], ...] = field(default=(), kw_only=True)
    fields: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    gates: tuple[Raised, ...] = ()


class Plan(Protocol):
    """One section of a profile, compiled for its format. Holds no state between files; used by many threads."""

    @property
    def section(self) -> Section:
        """The section it was compiled from."""
        ...

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one file.

        Raises:
            FileError: the file cannot be de-identified safely and must be withheld.
        """
        ...

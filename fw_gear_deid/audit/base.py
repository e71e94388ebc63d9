"""What an audit speaks of: its sources, how it works, and what became of each source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from fw_gear_deid.audit.concerns import Row
    from fw_gear_deid.audit.rules import Rules
    from fw_gear_deid.identity import Identifier


@dataclass(frozen=True, slots=True)
class Audited:
    """One source of an audit.

    Attributes:
        name: its path, for people. May identify.
        version: changes whenever the source does.
        folder: where it lies among the others.
        open: opens its bytes; None where it has none.
        metadata: what is told of it beside its bytes, as JSON.
        identifiers: what is known otherwise of whoever it is about.
        title: its own name, if that of what it lies in is looked at elsewhere; ``""``: the whole path.
        fault: why it cannot be looked at.
        longest: bytes that are read of it; 0: all of them.
    """

    name: str
    version: str
    folder: str = ""
    open: Callable[[], AbstractContextManager[BinaryIO]] | None = None
    metadata: Mapping[str, object] = field(default_factory=dict, repr=False)
    identifiers: frozenset[Identifier] = field(default=frozenset(), repr=False)
    title: str = ""
    fault: str = ""
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """How an audit works.

    Attributes:
        sample: members of each archive that are read; 0: all of them.
        strict: whether dates, UIDs, devices, institutions and faces count.
        shows_values: whether values stay as they are.
        workers: threads; 0: one for each core.
        rules: a profile that the data are held against.
        ocr: whether pixels that are likely to hold text are read.
    """

    sample: int = 0
    strict: bool = False
    shows_values: bool = False
    workers: int = 0
    rules: Rules | None = None
    ocr: bool = False

    @property
    def told(self) -> str:
        """What results depend on."""
        rules = "" if self.rules is None else self.rules.digest
        return f"{self.sample} {self.strict} {self.shows_values} {self.ocr} {rules}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one source.

    Attributes:
        key: stands for the source.
        fingerprint: stands for all that the result depends on.
        objects: number of objects that were looked at.
        rows: what was found.
    """

    key: str
    fingerprint: str
    objects: int
    rows: tuple[Row, ...]

"""Coverage: what PS3.15 Table E.1-1 calls identifying in the sources, and what became of it in the copies."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from fw_gear_deid.scan.comparing import Compared, Done, compare
from fw_gear_deid.trial.purpose import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = ("tag", "keyword", "path", "basic_profile", "done", "files")


@dataclass(frozen=True, slots=True, order=True)
class Covered:
    """An element that had a value in the sources, without that value.

    Attributes:
        tag: eight hexadecimal digits; a private element's block number is ``xx``.
        keyword: its keyword in the table.
        path: where it stands, dotted; ``*`` for every item of a sequence.
        action: what the standard's Basic Profile does with it.
        done: what the profile did with it.
        representation: its VR.
        creator: the private creator of a private element.
    """

    tag: str
    keyword: str
    path: str
    action: str
    done: Done
    representation: str = ""
    creator: str = ""


@dataclass(slots=True)
class Coverage:
    """What became of identifying elements in the files seen so far.

    Attributes:
        purpose: what the profile leaves on purpose.
        elements: number of files by element and by what became of it.
        files: number of files compared.
        unread: number of files that could not be read here.
    """

    purpose: Purpose = field(default_factory=Purpose)
    elements: Counter[Covered] = field(default_factory=Counter)
    files: int = 0
    unread: int = 0

    @property
    def remaining(self) -> dict[Covered, int]:
        """What was left as it was."""
        return {element: count for element, count in self.elements.items() if element.done is Done.KEPT}

    @property
    def counts(self) -> dict[Done, int]:
        """Number of elements by what became of them."""
        return Counter(element.done for element in self.elements)

    def compare(self, source: BinaryIO, copy: BinaryIO) -> list[Compared]:
        """Add what became of one file's elements, and return all of them; none if it cannot be read."""
        try:
            compared = compare(source, copy)
        except Exception:  # noqa: BLE001  # counted and told; pydicom raises any kind on odd values
            self.unread += 1
            return []
        self.files += 1
        self.elements.update({covered for each in compared if (covered := self.covered(each)) is not None})
        return compared

    def covered(self, each: Compared) -> Covered | None:
        """Return what became of an element, if it had a value that the standard calls identifying."""
        row = each.attribute
        if row is None or each.before is None or not each.before.encoded:
            return None
        tag, path, done = each.tag, each.dotted, each.done
        if done is Done.KEPT and self.purpose.keeps(tag, path, each.creator):
            done = Done.MEANT
        return Covered(tag, row.keyword, path, row.action, done, each.representation, each.creator)

    def write(self, path: Path) -> None:
        """Write a CSV table, a row for each element: what was left first, private ones last, in the order of paths."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for each, count in self.rows():
                writer.writerow((each.tag, each.keyword, each.path, each.action, each.done, count))

    def rows(self) -> Iterator[tuple[Covered, int]]:
        """Yield elements with their numbers of files, in the order of the table."""
        for each in sorted(
            self.elements, key=lambda each: (each.done is not Done.KEPT, "xx" in each.tag, each.path, each)
        ):
            yield each, self.elements[each]

"""Words that are still readable in the pixels of copies, for ``fw-deid test --ocr``. What it keeps is identifying."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from pydicom import dcmread

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.scan.burned_in import Box, Reading, merged, pixel_rules, read_text
from fw_gear_deid.scan.harvesting import identifiers_of
from fw_gear_deid.scan.searching import search_text
from fw_gear_deid.scan.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

WORDS, RULES = "text_in_pixels.csv", "alter_pixels.yaml"
COLUMNS: Final = ("place", "object", "word", "left", "top", "right", "bottom", "percent", "tells")
CERTAIN, POSSIBLE = "certainly", "possibly"
MOST: Final = 10
"""Objects of a series that are read; each takes about a second."""
_HEADER: Final = 1 << 20


@dataclass(slots=True)
class PixelText:
    """Collects words and where they stand.

    Attributes:
        objects: number of objects that were read.
        telling: number of words that tell who the subject is.
        unread: number of objects whose pixels cannot be decoded.
    """

    objects: int = 0
    telling: int = 0
    unread: int = 0
    _rows: list[tuple[str | int, ...]] = field(default_factory=list)
    _boxes: dict[tuple[str, int, int], list[Box]] = field(default_factory=dict)
    _read: dict[int, int] = field(default_factory=dict)

    def wants(self, series: int, *, doubted: bool) -> bool:
        """Whether one more object of a series (a number that tells it) is to be read: the first, and likely ones."""
        read = self._read.get(series, 0)
        return not read or (doubted and read < MOST)

    def look(self, series: int, place: str, source: BinaryIO, copy: BinaryIO) -> None:
        """Read the words of a copy, and compare them with what identifies the subject of its source."""
        self._read[series] = self._read.get(series, 0) + 1
        dataset = dcmread(copy, stop_before_pixels=True, force=True)
        if "Rows" not in dataset:
            return
        copy.seek(0)
        try:
            reading = read_text(copy)
        except UnreadableError:
            self.unread += 1
            return
        self.objects += 1
        source.seek(0)
        vocabulary = Vocabulary.of(identifiers_of(source.read(_HEADER), place).identifiers)
        self._add(place, reading, vocabulary)
        kind = (str(dataset.get("Modality", "")), reading.rows, reading.columns)
        self._boxes.setdefault(kind, []).extend(word.box for word in reading.words)

    def _add(self, place: str, reading: Reading, vocabulary: Vocabulary) -> None:
        for word in reading.words:
            found = search_text(word.text, "pixels", vocabulary)
            sure = any(finding.certain for finding in found)
            tells = f"{CERTAIN if sure else POSSIBLE} {found[0].kind}" if found else ""
            self.telling += bool(found)
            box = word.box
            row = (place, self.objects, word.text, box.left, box.top, box.right, box.bottom, round(word.confidence))
            self._rows.append((*row, tells))

    def write(self, results: Path) -> None:
        """Write the table of words, and rules that blank them; only the owner may read the table.

        Raises:
            OSError: they cannot be written.
        """
        table = results / WORDS
        table.touch(mode=0o600)
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(self._rows)
        lines = pixel_rules({kind: merged(boxes) for kind, boxes in self._boxes.items() if boxes})
        (results / RULES).write_text(lines, encoding="utf-8")

    @property
    def words(self) -> int:
        """Number of words found."""
        return len(self._rows)

"""What stands in the pixels of objects that are likely to have text burned in, read by Tesseract."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit.concerns import Concern, Sort, certainly, possibly, shortened
from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.scan.burned_in import merged, read_text
from fw_gear_deid.scan.searching import search_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_deid.scan.burned_in import Reading
    from fw_gear_deid.scan.vocabulary import Vocabulary

NO_WORD: Final = "Tesseract reads no word, which is no proof"
MOST_BOXES: Final = 12
"""Boxes that are told of one object."""


def read(data: bytes, found: Iterable[Concern], vocabulary: Vocabulary) -> list[Concern]:
    """Return what was found in an object, with what Tesseract reads in its pixels if text is likely to be there.

    Args:
        data: the object.
        found: what is wrong with it otherwise.
        vocabulary: what tells its subject.
    """
    told = list(found)
    doubts = [each for each in told if each.sort is Sort.PIXELS]
    if not doubts:
        return told
    others = [each for each in told if each.sort is not Sort.PIXELS]
    try:
        reading = read_text(io.BytesIO(data))
    except UnreadableError as error:
        return others + [replace(each, why=f"{each.why}; {error}") for each in doubts]
    if not reading.words:
        return others + [replace(each, why=f"{each.why}; {NO_WORD}") for each in doubts]
    return others + list(_of_reading(reading, vocabulary))


def _of_reading(reading: Reading, vocabulary: Vocabulary) -> Iterator[Concern]:
    """Yield whose names and numbers are among the words, or that there are words."""
    text = " ".join(word.text for word in reading.words)
    boxes = merged(word.box for word in reading.words)
    edges = ", ".join(f"[{box.left}, {box.top}, {box.right}, {box.bottom}]" for box in boxes[:MOST_BOXES])
    more = f" and {len(boxes) - MOST_BOXES} more" if len(boxes) > MOST_BOXES else ""
    advice = f"alter_pixels: remove {edges}{more}, of {reading.columns} x {reading.rows} pixels"
    kinds = {each.kind: each.certain for each in search_text(text, "PixelData", vocabulary)}
    for kind, certain in sorted(kinds.items()):
        told = certainly if certain else possibly
        yield told(Sort.PIXELS, "PixelData", f"the subject's {kind} is burned in; {advice}", shortened(text))
    if not kinds:
        count = len(reading.words)
        yield possibly(
            Sort.PIXELS, "PixelData", f"{count} word{'' if count == 1 else 's'} in it; {advice}", shortened(text)
        )

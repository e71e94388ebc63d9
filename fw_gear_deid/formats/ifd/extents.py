"""Arithmetic of stretches of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fw_gear_deid.formats.ifd.layout import Extent


def merged(extents: Iterable[Extent]) -> list[Extent]:
    """Return the same bytes as stretches in order that do not touch."""
    result: list[Extent] = []
    for start, stop in sorted(extents):
        if start >= stop:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((start, stop))
    return result


def without(extents: Sequence[Extent], others: Sequence[Extent]) -> list[Extent]:
    """Return the bytes that are in no other stretch. Both are merged."""
    result: list[Extent] = []
    index = 0
    for start, stop in extents:
        position = start
        while index < len(others) and others[index][1] <= position:
            index += 1
        ahead = index
        while ahead < len(others) and others[ahead][0] < stop:
            if others[ahead][0] > position:
                result.append((position, others[ahead][0]))
            position = others[ahead][1]
            ahead += 1
        if position < stop:
            result.append((position, stop))
    return result


def overlapping(extents: Sequence[Extent], others: Sequence[Extent]) -> bool:
    """Return whether any byte is in both. Both are merged."""
    return size_of(without(extents, others)) < size_of(extents)


def size_of(extents: Iterable[Extent]) -> int:
    """Return how many bytes stretches have together."""
    return sum(stop - start for start, stop in extents)

"""The segments of a JPEG file (ITU-T T.81 annex B), and what is known of those that hold no image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from fw_gear_deid.errors import UnreadableError

START: Final = b"\xff\xd8"
_END: Final = 0xD9
_SCAN: Final = 0xDA
_COMMENT: Final = 0xFE
_APPLICATIONS: Final = range(0xE0, 0xF0)
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_MARKER: Final = re.compile(rb"\xff++([^\x00\xd0-\xd7])")
_LATER_MARKER: Final = re.compile(rb"(?<!\xff)" + _MARKER.pattern)
"""Looked for at the start of a run of fill bytes only: damaged files have long ones, and each byte could begin it."""
_LENGTH: Final = 2
_HEAD: Final = 40
MARKER: Final = 2

LARGEST: Final = 0xFFFF - _LENGTH
"""Most bytes that a segment can hold."""

EXIF_HEAD: Final = b"Exif\0\0"


class Holds(Enum):
    """What a segment holds."""

    IMAGE = "image"
    EXIF = "Exif"
    XMP = "XMP"
    PHOTOSHOP = "Photoshop"
    COMMENT = "comment"
    PICTURES = "further pictures"
    OTHER = "other"


_HEADS: Final = (
    (0xE0, b"JFIF\0", Holds.IMAGE),
    (0xE1, EXIF_HEAD, Holds.EXIF),
    (0xE1, b"Exif\0", Holds.EXIF),
    (0xE1, b"http://ns.adobe.com/xap/1.0/\0", Holds.XMP),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\0", Holds.XMP),
    (0xE2, b"ICC_PROFILE\0", Holds.IMAGE),
    (0xE2, b"MPF\0", Holds.PICTURES),
    (0xED, b"Photoshop 3.0\0", Holds.PHOTOSHOP),
    (0xED, b"Adobe_Photoshop", Holds.PHOTOSHOP),
    (0xEE, b"Adobe", Holds.IMAGE),
)
"""Application segments by marker and first bytes; JFIF, colour profile and Adobe's transform are the image's."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment, with the coded data behind it if it starts a scan.

    Attributes:
        marker: the second byte of its marker.
        start: where its marker stands, fill bytes included.
        body: where what follows its length stands.
        end: where its body ends.
        stop: where the next one starts.
        holds: what it holds.
    """

    marker: int
    start: int
    body: int
    end: int
    stop: int
    holds: Holds


def segments(data: bytes) -> tuple[Segment, ...]:
    """Return the segments from start to end of the image, without what follows it.

    Raises:
        UnreadableError: no JPEG, damaged, or truncated.
    """
    if not data.startswith(START + b"\xff"):
        raise UnreadableError("not JPEG: it does not begin as JPEG files do")
    found = [Segment(START[1], 0, MARKER, MARKER, MARKER, Holds.IMAGE)]
    position, scanned = MARKER, False
    while True:
        match = _MARKER.match(data, position)
        if match is None:
            raise UnreadableError("damaged or truncated JPEG: a segment is missing; transfer the file again")
        marker, body = match[1][0], match.end()
        if marker == _END:
            if not scanned:
                raise UnreadableError("damaged JPEG: it has no image data")
            return (*found, Segment(marker, position, body, body, body, Holds.IMAGE))
        end = body
        if marker not in _ALONE:
            end = body + int.from_bytes(data[body : body + _LENGTH], "big")
            if end < body + _LENGTH or end > len(data):
                raise UnreadableError("damaged or truncated JPEG: a segment runs past the end; transfer the file again")
            body += _LENGTH
        stop = end
        if marker == _SCAN:
            scanned = True
            following = _MARKER.match(data, end) or _LATER_MARKER.search(data, end)
            stop = len(data) if following is None else following.start()
        found.append(Segment(marker, position, body, end, stop, _held(marker, data[body : min(end, body + _HEAD)])))
        position = stop


def _held(marker: int, head: bytes) -> Holds:
    if marker == _COMMENT:
        return Holds.COMMENT
    if marker not in _APPLICATIONS:
        return Holds.IMAGE
    return next((holds for number, start, holds in _HEADS if number == marker and head.startswith(start)), Holds.OTHER)

"""What of a finished file can hold text, read by the scan itself.

Pixels and voxels are passed over, packed text is unpacked:

========  ==========================================================================================
DICOM     all but the values of pixel data; of compressed frames their headers; deflated data sets inflated
NIfTI     header and extensions
PNG       all chunks but image data; compressed text and profiles inflated
JPEG      all segments, and what follows the picture
gzip      what is inside all of its members, in the same way, and what follows them
others    all bytes; JSON also with its escapes read, XML with its entities, text with its base64, UTF-16 and
          UTF-32 as text
========  ==========================================================================================
"""

from __future__ import annotations

import binascii
import codecs
import html
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.scan.dicom_bytes import PREAMBLE, Syntax, inflated, is_dicom, syntax_of, text_ranges
from fw_gear_deid.scan.places import DicomPlaces, Place, Role, line_place

Locate = Callable[[int], Place]

GZIP: Final = b"\x1f\x8b"
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
PDF_HEAD: Final = re.compile(b"%PDF-")
"""Found by its first byte, which is rarer than the last one, for which ``bytes.find`` looks."""

PIECE: Final = 1 << 16
"""Packed bytes that are read at a time."""

LARGEST_UNPACKED: Final = 256 << 20
"""Bytes of inflated text up to which a file is read; one with more is withheld."""

_NIFTI_SIZES: Final = {348: (344, 108, "f"), 540: (4, 168, "q")}
"""By the header's size: where its magic stands, where the voxels' offset, and how that is written."""

_STREAM: Final = re.compile(rb"stream\r?\n")
_JSON_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_WIDE: Final = (  # the longer mark begins like the shorter one
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""Marks at the beginning of texts whose characters have several bytes."""

_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{32,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{4,})*")
"""Text that may be base64 (RFC 4648 section 4), in one line or several, without its padding."""

_IDAT: Final = b"IDAT"
_TEXT_CHUNKS: Final = {b"zTXt": 1, b"iTXt": 1, b"iCCP": 1}


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that are searched.

    Attributes:
        data: the bytes.
        locate: says where an offset in them lies in the file.
    """

    data: bytes
    locate: Locate


def parts(data: bytes, name: str) -> Iterator[Part]:
    """Return what is to be searched of a file; it is read as it is asked for.

    Args:
        data: its bytes, or a map of them.
        name: its base name; a suffix tells what bytes do not.

    Raises:
        UnreadableError: something packed in it cannot be unpacked.
    """
    if is_dicom(data):
        return _dicom(data)
    if data[:2] == GZIP:
        return _gzip(data, name.removesuffix(".gz"))
    if (voxels := _voxels(data)) is not None:
        return iter((Part(data[:voxels], lambda _: Place("the NIfTI header")),))
    if data[:8] == PNG:
        return _png(data)
    return _jpeg(data) if data[:3] == JPEG else _text(data)


def _dicom(data: bytes) -> Iterator[Part]:
    syntax = syntax_of(data)
    if syntax.deflated:
        data = data[: syntax.start] + inflated(data, syntax)
        syntax = Syntax(syntax.start)
    places = DicomPlaces(data, syntax, PREAMBLE if data[PREAMBLE - 4 : PREAMBLE] == b"DICM" else 0)
    for start, stop in text_ranges(data, syntax):
        part = data[start:stop]
        yield Part(part, lambda at, start=start: places.at(start + at))  # type: ignore[misc]  # bound now
        for document in _pdf_streams(part):
            yield Part(document, lambda _: Place("EncapsulatedDocument"))


def _pdf_streams(data: bytes) -> Iterator[bytes]:
    """Yield the inflated streams of a PDF document."""
    if PDF_HEAD.search(data) is None:
        return
    for match in _STREAM.finditer(data):
        unpacker = zlib.decompressobj()
        try:
            yield unpacker.decompress(data[match.end() :], LARGEST_UNPACKED)
        except zlib.error:
            continue  # a stream of another filter, which is searched as it is


def _gzip(data: bytes, name: str) -> Iterator[Part]:
    """Yield what is in all members of a gzip file (RFC 1952 section 2.2), and what follows them."""
    try:
        head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data[:PIECE], PIECE)
        voxels = _voxels(head)
        if voxels is not None and voxels <= len(head):
            yield from parts(head, name)
        else:
            unpacked, stop = _unpacked(data, LARGEST_UNPACKED if voxels is None else voxels)
            if voxels is None and len(unpacked) > LARGEST_UNPACKED:
                raise UnreadableError("the scan for identifiers cannot unpack so much text")
            yield from parts(unpacked, name)
            if voxels is None and stop < len(data):
                yield from _text(data[stop:], "behind what is packed")
    except zlib.error:
        raise UnreadableError("the scan for identifiers cannot unpack the copy") from None
    yield from _gzip_name(data)


def _unpacked(data: bytes, most: int) -> tuple[bytes, int]:
    """Return what is in the members of a gzip file, and where they end; no more pieces than hold so many bytes.

    Raises:
        zlib.error: a member is damaged or not complete.
    """
    text, at = bytearray(), 0
    while data[at : at + 2] == GZIP and len(text) <= most:
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        while not unpacker.eof and len(text) <= most:
            piece = data[at : at + PIECE]
            if not piece:
                raise zlib.error
            text += unpacker.decompress(piece)
            at += len(piece)
        at -= len(unpacker.unused_data)
    return bytes(text), at


def _gzip_name(data: bytes) -> Iterator[Part]:
    """Yield the head of a gzip file, which may tell a name and a comment (RFC 1952)."""
    if data[3:4] not in {b"", b"\0"}:
        yield Part(data[:1024], lambda _: Place("the gzip header"))


def _voxels(data: bytes) -> int | None:
    """Return where the voxels of a NIfTI file begin; its end for a header alone; None for other files."""
    if len(data) < 348:  # noqa: PLR2004  # the size of a NIfTI-1 header
        return None
    for order in "<>":
        size = struct.unpack_from(f"{order}i", data)[0]
        if size not in _NIFTI_SIZES:
            continue
        magic, where, form = _NIFTI_SIZES[size]
        if data[magic : magic + 2] not in {b"n+", b"ni"}:
            return None
        if data[magic : magic + 2] == b"ni":
            return len(data)
        offset = int(struct.unpack_from(f"{order}{form}", data, where)[0])
        return max(int(size), offset)
    return None


def _png(data: bytes) -> Iterator[Part]:
    at = len(PNG)
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        where = f"chunk {kind.decode('ascii', 'replace')}" if kind.isalpha() else "a chunk"
        if kind != _IDAT:
            yield Part(body, lambda _, where=where: Place(where))  # type: ignore[misc]  # bound now
        if kind in _TEXT_CHUNKS:
            for text in _inflated_text(kind, body):
                yield from _text(text, where)
        at += 12 + length
    yield Part(data[at:], lambda _: Place("behind the picture"))


def _inflated_text(kind: bytes, body: bytes) -> Iterator[bytes]:
    """Yield the compressed text of a chunk (PNG, section 11.3.3)."""
    start = body.find(b"\0") + 1
    if kind == b"iTXt":
        start += 2  # a flag and a method; then language and translated keyword
        for _ in range(2):
            start = body.find(b"\0", start) + 1
    else:
        start += 1  # the method
    try:
        yield zlib.decompressobj().decompress(body[start:], LARGEST_UNPACKED)
    except zlib.error:
        yield body[start:]


def _jpeg(data: bytes) -> Iterator[Part]:
    at = 2
    scans = len(data)
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        yield from _text(body, f"segment {marker:02X}")
        at += 2 + length
        if marker == 0xDA:  # noqa: PLR2004  # start of scan
            scans = at
            break
    end = data.rfind(b"\xff\xd9", scans)
    if end >= 0:
        yield Part(data[end:], lambda _: Place("behind the picture"))


def _text(data: bytes, where: str = "") -> Iterator[Part]:
    """Yield bytes as they are, and as text without escapes or entities if there are any."""

    def locate(at: int) -> Place:
        return Place(where) if where else line_place(data, at)

    binary = b"\0" in data[:4096] and not where
    yield Part(data, (lambda _: Place("its bytes", Role.BINARY)) if binary else locate)
    wide = next((encoding for mark, encoding in _WIDE if data[: len(mark)] == mark), "")
    if wide:
        yield from _text(data[:].decode(wide, "replace").encode("utf-8", "replace"), where)
    if binary:
        return
    if b"\\" in data:
        text = _unescaped(data[:].decode("utf-8", "replace"))
        yield Part(text, lambda at: Place(where) if where else line_place(text, at))
    if b"&" in data and b";" in data:
        plain = html.unescape(data[:].decode("utf-8", "replace")).encode("utf-8", "replace")
        yield Part(plain, lambda at: Place(where) if where else line_place(plain, at))
    for match in _BASE64.finditer(data):
        place = locate(match.start())
        yield Part(_of_base64(match[0]), lambda _, place=place: place)  # type: ignore[misc]  # bound now


def _of_base64(text: bytes) -> bytes:
    """Return what base64 holds, up to the last whole group of four signs; white space between them is no matter."""
    signs = b"".join(text.split())
    return binascii.a2b_base64(signs[: len(signs) // 4 * 4])


def _unescaped(text: str) -> bytes:
    """Return the text of a JSON document with its escapes read; line ends stay where they are written."""

    def sign(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return " " if match[2] in "bfnrt" else match[2]

    joined = _JSON_ESCAPE.sub(sign, text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.encode()

"""The header of NIfTI-1 and NIfTI-2 files as bytes with named fields (nifti1.h, nifti2.h of nifti.nimh.nih.gov)."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.actions import Scalar


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field stands, and its ``struct`` code without byte order."""

    name: str
    offset: int
    code: str

    @property
    def is_text(self) -> bool:
        """Whether it holds characters."""
        return self.code.endswith("s")

    @property
    def is_array(self) -> bool:
        """Whether it holds several numbers."""
        return len(self.code) > 1 and not self.is_text


@dataclass(frozen=True, slots=True)
class Version:
    """One of the two layouts.

    Attributes:
        size: bytes of the header; the first field says it.
        single: magic of a file that holds header and voxels.
        pair: magic of a header whose voxels are in a file of their own.
        magic: where the magic stands.
    """

    size: int
    magic: int
    single: bytes
    pair: bytes
    fields: Mapping[str, Field]


def _laid_out(table: str) -> dict[str, Field]:
    fields, offset = {}, 0
    for entry in table.split():
        name, code = entry.split(":")
        fields[name] = Field(name, offset, code)
        offset += struct.calcsize("<" + code)
    return fields


_QUATERNIONS_1 = "quatern_b:f quatern_c:f quatern_d:f qoffset_x:f qoffset_y:f qoffset_z:f srow_x:4f srow_y:4f srow_z:4f"
NIFTI_1: Final = Version(
    348,
    344,
    b"n+1\0",
    b"ni1\0",
    _laid_out(
        "sizeof_hdr:i data_type:10s db_name:18s extents:i session_error:h regular:1s dim_info:B dim:8h "
        "intent_p1:f intent_p2:f intent_p3:f intent_code:h datatype:h bitpix:h slice_start:h pixdim:8f vox_offset:f "
        "scl_slope:f scl_inter:f slice_end:h slice_code:B xyzt_units:B cal_max:f cal_min:f slice_duration:f toffset:f "
        f"glmax:i glmin:i descrip:80s aux_file:24s qform_code:h sform_code:h {_QUATERNIONS_1} intent_name:16s magic:4s"
    ),
)
NIFTI_2: Final = Version(
    540,
    4,
    b"n+2\0\r\n\x1a\n",
    b"ni2\0\r\n\x1a\n",
    _laid_out(
        "sizeof_hdr:i magic:8s datatype:h bitpix:h dim:8q intent_p1:d intent_p2:d intent_p3:d pixdim:8d vox_offset:q "
        "scl_slope:d scl_inter:d cal_max:d cal_min:d slice_duration:d toffset:d slice_start:q slice_end:q "
        f"descrip:80s aux_file:24s qform_code:i sform_code:i {_QUATERNIONS_1.replace('f ', 'd ')[:-1]}d "
        "slice_code:i xyzt_units:i intent_code:i intent_name:16s dim_info:B unused_str:15s"
    ),
)
VERSIONS: Final = (NIFTI_1, NIFTI_2)
LONGEST: Final = NIFTI_2.size
FLAG: Final = 4
"""Bytes behind the header; the first is not zero when header extensions follow."""

STRUCTURE: Final = frozenset(
    {
        *("sizeof_hdr", "magic", "dim", "datatype", "bitpix", "vox_offset"),
        *("pixdim", "scl_slope", "scl_inter", "srow_x", "srow_y", "srow_z"),
    }
)
"""Fields that say how to read the voxels: a rule may keep them, nothing else."""

_BITS: Final = {  # by datatype code; others are believed to have the bitpix they state
    1: 1, 2: 8, 4: 16, 8: 32, 16: 32, 32: 64, 64: 64, 128: 24, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64,
    1536: 128, 1792: 128, 2048: 256, 2304: 32,
}  # fmt: skip
_DIMENSIONS = 7


class Header:
    """The header of one file.

    Attributes:
        data: its bytes, which writing changes.
        version: its layout.
        order: ``"<"`` or ``">"``.
        is_pair: whether its voxels are in a file of their own.
    """

    def __init__(self, start: bytes) -> None:
        """Read the header at the start of a file.

        Raises:
            UnreadableError: there is none, or it is cut off.
        """
        for version in VERSIONS:
            magic = start[version.magic : version.magic + len(version.single)]
            if magic in {version.single, version.pair} and len(start) >= version.size:
                self.version = version
                self.is_pair = magic == version.pair
                self.data = bytearray(start[: version.size])
                self.order = self._order()
                return
        raise UnreadableError("not NIfTI: it has no NIfTI-1 or NIfTI-2 header")

    def _order(self) -> str:
        for order in "<>":
            if struct.unpack_from(order + "i", self.data)[0] == self.version.size:
                return order
        raise UnreadableError("damaged NIfTI header: sizeof_hdr is wrong")

    def has(self, name: str) -> bool:
        """Whether this version of the header has the field."""
        return name in self.version.fields

    def raw(self, name: str) -> bytes:
        """Return a field's bytes."""
        field = self.version.fields[name]
        return bytes(self.data[field.offset : field.offset + struct.calcsize("<" + field.code)])

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return the numbers of a field."""
        return struct.unpack(self.order + self.version.fields[name].code, self.raw(name))

    def value(self, name: str) -> Scalar | None:
        """Return text or a number; None for blank text and for what is not a number."""
        if self.version.fields[name].is_text:
            raw = self.raw(name).rstrip(b"\0")
            return _text(raw) if raw else None
        number = self.numbers(name)[0]
        return None if math.isnan(number) else number

    def blank(self, name: str) -> None:
        """Fill a field with zeros."""
        field = self.version.fields[name]
        self.data[field.offset : field.offset + len(self.raw(name))] = bytes(len(self.raw(name)))

    def write(self, name: str, value: Scalar) -> None:
        """Set a field that holds text or one number.

        Raises:
            ActionError: the value does not fit.
        """
        field = self.version.fields[name]
        room = len(self.raw(name))
        if field.is_text:
            raw = str(value).encode()
            if len(raw) > room:
                raise ActionError(f"the new value is longer than the {room} bytes of the header field")
            self.data[field.offset : field.offset + room] = raw.ljust(room, b"\0")
            return
        try:
            number = float(value) if field.code in "fd" else int(value)
            struct.pack_into(self.order + field.code, self.data, field.offset, number)
        except (ValueError, OverflowError, struct.error):
            raise ActionError("the new value is not a number that fits the header field") from None

    def voxels_start(self) -> int:
        """Return where the voxels of a single file begin.

        Raises:
            UnreadableError: within the header, or nowhere.
        """
        first = self.version.size + FLAG
        offset = self.numbers("vox_offset")[0]
        if not offset:  # "not set": some writers leave it to the reader
            return first
        if not math.isfinite(offset) or offset != int(offset) or offset < first:
            raise UnreadableError("damaged NIfTI header: vox_offset points into the header or nowhere")
        return int(offset)

    def voxels_size(self) -> int:
        """Return how many bytes the voxels take.

        Raises:
            UnreadableError: the dimensions make no sense.
        """
        count, *lengths = (int(number) for number in self.numbers("dim"))
        if not 1 <= count <= _DIMENSIONS or min(lengths[:count]) < 0:
            raise UnreadableError("damaged NIfTI header: dim is wrong")
        code = int(self.numbers("datatype")[0])
        bits = _BITS.get(code) or int(self.numbers("bitpix")[0])
        if bits <= 0:
            raise UnreadableError("NIfTI with a datatype of unknown size")
        return (math.prod(lengths[:count]) * bits + 7) // 8


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")

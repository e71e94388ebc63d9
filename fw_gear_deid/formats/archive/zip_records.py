"""The records of a zip archive (APPNOTE.TXT 6.3.10, 4.3 and 4.4), all little endian."""

from __future__ import annotations

from struct import Struct

LOCAL_SIGNATURE = b"PK\x03\x04"
CENTRAL_SIGNATURE = b"PK\x01\x02"
END64_SIGNATURE = b"PK\x06\x06"
LOCATOR_SIGNATURE = b"PK\x06\x07"
END_SIGNATURE = b"PK\x05\x06"
SPANNED_SIGNATURE = b"PK\x07\x08"

LOCAL = Struct("<4sHHHLLLLHH")
"""Signature, version needed, flags, method, time and date, CRC-32, packed size, size, lengths of name and extra."""

CENTRAL = Struct("<4sBBHHHLLLLHHHHHLL")
"""Signature, version made by, system, version needed, flags, method, time and date, CRC-32, packed size, size, lengths
of name, extra and comment, disk, internal attributes, external attributes, offset of the local header."""

END64 = Struct("<4sQHHLLQQQQ")
"""Signature, size of the rest, versions made by and needed, this disk, the directory's disk, entries on this disk,
entries, the directory's size and offset."""

LOCATOR = Struct("<4sLQL")
"""Signature, disk of the zip64 end record, its offset, number of disks."""

END = Struct("<4sHHHHLLH")
"""Signature, this disk, the directory's disk, entries on this disk, entries, the directory's size and offset, length
of the comment."""

EXTRA = Struct("<HH")
"""Identifier and length of an extra field."""

ZIP64 = 0x0001
"""Identifier of the extra field that holds what does not fit into 32 bits (4.5.3)."""

MAX16 = 0xFFFF
MAX32 = 0xFFFFFFFF

ENCRYPTED = 0x0001 | 0x0040 | 0x2000
"""Flags: traditional encryption, strong encryption, masked headers (4.4.4)."""

PATCHED = 0x0020
"""Flag: compressed patched data."""

UTF8 = 0x0800
"""Flag: the name is UTF-8 (Appendix D)."""

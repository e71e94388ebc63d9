"""Pseudonyms: ``hash`` for any value, ``hashuid`` for DICOM unique identifiers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Self

from fw_gear_deid.actions.keyed import UNSALTED, Key
from fw_gear_deid.actions.options import EMPTY, OptionError, is_missing
from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.actions.base import Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options

UUID_METHOD: Final = "uuid"
UID_METHODS: Final = ("digits", UUID_METHOD)
FLYWHEEL_ROOT: Final = "2.16.840.1.114570"
FLYWHEEL_DEID_ROOT: Final = FLYWHEEL_ROOT + ".2.2"

_UID_LENGTH: Final = 64  # DICOM PS3.5 section 9.1
_BLOCKS: Final = 6
_BLOCK: Final = 6
_UID: Final = re.compile(r"[0-9.]+")
_ROOT: Final = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*")


@dataclass(frozen=True, slots=True)
class Hash:
    """The field becomes the hexadecimal digits of a hash of its value.

    Attributes:
        hasher: the section's salt or secret key.
        digits: how many digits are kept; 0 keeps all 64.
        missing: spellings of a missing value, which is left alone.
    """

    key: ClassVar[str] = "hash"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False
    hasher: Key = UNSALTED
    digits: int = 16
    missing: frozenset[str] = EMPTY

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the parameters of a rule.

        Raises:
            OptionError: the keyed method has no secret key.
        """
        return cls(Key.of(options), options.integer("hash-digits"), options.missing)

    def apply(self, value: Scalar | None, _at: Occurrence) -> Answer:
        """Return the hash; None for a missing value."""
        if value is None or is_missing(value, self.missing):
            return None
        digits = self.hasher.digest(str(value)).hex()
        return digits[: self.digits] if self.digits else digits


@dataclass(frozen=True, slots=True)
class HashUid:
    """The field becomes a unique identifier made from a hash of its own.

    Components are kept only of what is a UID: of other text they would be readable.
    Each UID of a multi-valued element is hashed by itself, so that references still find their objects.

    Attributes:
        hasher: the section's salt or secret key.
        prefix: how many leading components are kept.
        suffix: how many trailing components are kept, each cut to its last six digits.
        root: registered root that takes the place of the kept prefix.
        uuid: make ``2.25.<128 bits>`` of the hash and keep nothing.
        missing: spellings of a missing value, which is left alone.
    """

    key: ClassVar[str] = "hashuid"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False
    hasher: Key = UNSALTED
    prefix: int = 4
    suffix: int = 1
    root: str = ""
    uuid: bool = False
    missing: frozenset[str] = EMPTY

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the parameters of a rule.

        Raises:
            OptionError: the keyed method has no secret key, or the root cannot be used.
        """
        prefix = options.integer("uid-prefix-fields", 4)
        root = options.text("uid-numeric-name")
        if problem := root_problem(root, prefix):
            raise OptionError("uid-numeric-name", problem)
        return cls(
            hasher=Key.of(options),
            prefix=prefix,
            suffix=options.integer("uid-suffix-fields", 1),
            root=root,
            uuid=options.text("uid-method") == UUID_METHOD,
            missing=options.missing,
        )

    def apply(self, value: Scalar | None, _at: Occurrence) -> Answer:
        """Return the new UID, or a list of them; None for a missing value.

        Raises:
            ActionError: the value is not made of digits and dots.
        """
        if value is None or is_missing(value, self.missing):
            return None
        uids = str(value).split(",")
        if len(uids) > 1:
            return [self._hashed(uid) if uid else "" for uid in uids]
        return self._hashed(uids[0])

    def _hashed(self, uid: str) -> str:
        if self.uuid:
            return _uuid_uid(self.hasher, uid)
        if not _UID.fullmatch(uid):
            raise ActionError("hashuid: the value is not a UID of digits and dots; use hash, or uid-method: uuid")
        return _digit_uid(self.hasher, uid, (self.prefix, self.suffix), self.root)


def root_problem(root: str, prefix: int) -> str:
    """Return why ``uid-numeric-name`` cannot be used with ``uid-prefix-fields``; ``""`` when it can."""
    if not root:
        return ""
    if not _ROOT.fullmatch(root):
        return "uid-numeric-name must be numbers joined by dots, without leading zeros, such as '1.2.826.0'"
    count = root.count(".") + 1
    if (root + ".").startswith(FLYWHEEL_ROOT + ".") and root != FLYWHEEL_DEID_ROOT:
        return f"Flywheel's own root may be used only as {FLYWHEEL_DEID_ROOT}, with uid-prefix-fields: 7"
    if count != prefix:
        return (
            f"uid-numeric-name has {count} components but uid-prefix-fields is {prefix}; set uid-prefix-fields: {count}"
        )
    return ""


@lru_cache(maxsize=1 << 14)
def _uuid_uid(hasher: Key, uid: str) -> str:
    """Return a UID under 2.25, the root of UUIDs (PS3.5 section B.2; RFC 9562 version 8: bits of one's own)."""
    bits = int.from_bytes(hasher.digest(uid)[:16], "big")
    bits = bits & ~(0xF << 76) | 8 << 76
    bits = bits & ~(0x3 << 62) | 2 << 62
    return f"2.25.{bits}"


@lru_cache(maxsize=1 << 14)
def _digit_uid(hasher: Key, uid: str, kept: tuple[int, int], root: str) -> str:
    """Return kept prefix or root, six blocks of digits of the hash, and kept suffix, in at most 64 characters."""
    components = uid.split(".")
    suffix = min(kept[1], len(components))
    head = root.split(".") if root else components[: min(kept[0], len(components) - suffix)]
    tail = [component[-_BLOCK:] for component in components[len(components) - suffix :]]
    return _fitted([*head, *_digit_blocks(hasher.digest(uid)), *tail])


def _digit_blocks(digest: bytes) -> list[str]:
    digits = "".join(map(str, digest))
    blocks = [digits[start : start + _BLOCK] for start in range(0, _BLOCKS * _BLOCK, _BLOCK)]
    return ["1" + block[1:] if block.startswith("0") else block for block in blocks]


def _fitted(components: Sequence[str]) -> str:
    """Join components; what is too long is cut just before the last one."""
    uid = ".".join(components)
    if len(uid) <= _UID_LENGTH:
        return uid
    last = components[-1]
    return uid[: _UID_LENGTH - 1 - len(last)].rstrip(".") + "." + last

"""What of a destination container's metadata is no longer what its source and the profile make of it.

Somebody may have changed metadata of the destination on purpose. So what was exported is remembered by a digest of each
field: what the source, or the profile, makes otherwise by now is written again, and everything else is left alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.site.containers import mapping
from fw_gear_deid.site.exports import GEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.site.containers import Container

DIGESTS: Final = "metadata"
"""What the digests are called in ``info.export``."""

INFO: Final = "info"
_DIGITS: Final = 16
_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is to be written.

    Attributes:
        fields: beside ``info``.
        info: the new keys of it.
        gone: the keys of it that are no longer exported.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is."""
        return bool(self.fields or self.info or self.gone)


def digests_of(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return what stands for each exported field, and, as ``info``, for each key of that.

    Args:
        fields: what is exported.
        key: what only a reader of the source knows: a value that is taken back must not be guessed.
    """
    own, info = _parted(fields)
    digests: dict[str, Any] = {name: _digest(name, value, key) for name, value in own.items()}
    return digests | {INFO: {name: _digest(f"{INFO}.{name}", value, key) for name, value in info.items()}}


def renewal_of(container: Container, fields: Mapping[str, Any], digests: Mapping[str, Any]) -> Renewal:
    """Return what is to be written into a container that was made before.

    Args:
        container: of the destination, with its metadata.
        fields: what is exported now.
        digests: of these.
    """
    export = mapping(container.info.get("export"))
    if export.get("gear") != GEAR:
        return Renewal()  # made by another gear: nobody knows what of it is as it was made
    before = mapping(export.get(DIGESTS))
    own, info = _parted(fields)
    there = mapping(before.get(INFO))
    return Renewal(
        _otherwise(own, digests, before, container.metadata),
        _otherwise(info, digests[INFO], there, container.info),
        tuple(name for name in there if name not in info),
    )


def kept(export: Mapping[str, Any], digests: Mapping[str, Any]) -> dict[str, Any]:
    """Return digests with those of fields that are no longer exported: what was once cannot be taken back.

    Args:
        export: what the container says of its export.
        digests: of what is exported now.
    """
    return {**_parted(mapping(export.get(DIGESTS)))[0], **digests}


def _otherwise(
    fields: Mapping[str, Any], digests: Mapping[str, Any], before: Mapping[str, Any], there: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is made otherwise by now; what was never exported and is there all the same is somebody else's."""
    return {
        name: value
        for name, value in fields.items()
        if before.get(name) != digests[name] and (name in before or there.get(name) in _NOTHING)
    }


def _parted(fields: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Return fields without ``info``, and that."""
    return {name: value for name, value in fields.items() if name != INFO}, mapping(fields.get(INFO))


def _digest(name: str, value: object, key: str) -> str:
    text = json.dumps([name, value], sort_keys=True, default=str)
    return hmac.digest(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:_DIGITS]

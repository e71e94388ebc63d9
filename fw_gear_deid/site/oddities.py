"""What is odd about a container of the destination that is used again. Told, not mended: others may rely on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.profile.container_types import CONTAINERS
from fw_gear_deid.site.containers import mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.lineage import Mirrored

OTHER_SUBJECT: Final = (
    "have the label of a copy, but were made from another source subject; the copies are put into them, so make sure "
    "that it is the same person, or give another label by the mapping or the rule for 'label'"
)
OTHER_PROFILE: Final = (
    "hold metadata that the profile of an earlier job may have exported and this one does not; it stays as it is, so "
    "look at it, and delete what must not be there"
)
DATED: Final = (
    "have labels with a date in them, which stay as they are; if the date of an examination must not be told, add a "
    "rule for 'label' under flywheel, or set scrub: true and subject-folders: pseudonym, which hash such labels"
)
_DATE: Final = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-/._ ]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d)(?!\d)"
)
_LABEL, _INFO, _EXPORT = "label", "info", "export"


def is_dated(label: str) -> bool:
    """Whether a label holds a date, in one of the ways in which labels of sessions are made."""
    return _DATE.search(label) is not None


def oddity_of(container: Container, wanted: Mirrored, profile: str) -> str:
    """Return what is odd about a container that is used as another one's mirror; ``""`` when nothing is.

    Args:
        container: of the destination, with its metadata.
        wanted: what is to stand there.
        profile: SHA-256 of the profile of this run.
    """
    export = mapping(container.info.get(_EXPORT))
    origin = export.get("origin_id")
    if wanted.kind == "subject" and origin and origin != wanted.origin_id:
        return OTHER_SUBJECT
    by_another = origin == wanted.origin_id and export.get("profile", profile) != profile
    return OTHER_PROFILE if by_another and _more(container, wanted.fields) else ""


def _more(container: Container, fields: Mapping[str, Any]) -> bool:
    """Whether a container has metadata that is not in these fields."""
    names = CONTAINERS[container.kind].fields.keys() - fields.keys() - {_LABEL, _INFO}
    kept = container.info.keys() - mapping(fields.get(_INFO)).keys() - {_EXPORT}
    return bool(kept) or any(container.metadata.get(name) for name in names)

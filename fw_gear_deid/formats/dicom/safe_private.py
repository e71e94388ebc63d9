"""``safe-private``: private elements that stay, or change, because they are known; found by creator at every depth."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import HashUid, IncrementDateTime, Options
from fw_gear_deid.actions.dates import DICOM_DATETIME
from fw_gear_deid.formats.dicom.levels import Step
from fw_gear_deid.formats.dicom.names import PrivateTag, Target
from fw_gear_deid.standard.private import Disposition, Source, safe_elements

if TYPE_CHECKING:
    from fw_gear_deid.actions import Action
    from fw_gear_deid.profile.model import Section

SETTING: Final = "safe-private"


def safe_private(section: Section) -> tuple[frozenset[PrivateTag], list[tuple[Target, Step]]]:
    """Return the private elements that ``remove-private-tags`` leaves, and what changes them: UIDs and dates.

    A date stays only where a section moves dates, and what changes only where rules act inside sequences, too. A value
    that cannot be hashed or moved is removed.
    """
    source = section.settings.get(SETTING)
    if not source:
        return frozenset(), []
    kept, changed = set(), list[tuple[Target, Step]]()
    actions = _actions(section)
    for element in safe_elements(Source(str(source))):
        tag = PrivateTag(element.group, element.creator, element.offset)
        action = actions.get(element.disposition)
        if element.disposition is not Disposition.KEEP and (action is None or not section.flag("recurse-sequence")):
            continue
        kept.add(tag)
        if action is not None:
            changed.append((Target(private=tag), Step(-1, action, "", is_flat=False, or_removed=True)))
    return frozenset(kept), changed


def _actions(section: Section) -> dict[Disposition, Action]:
    written = {"on-unparsable": "remove", "datetime-format": DICOM_DATETIME}
    options = Options(dt.date.min, section.settings, written, dicom_datetimes=True)
    actions: dict[Disposition, Action] = {Disposition.HASH: HashUid.of(options)}
    if section.settings.get("date-increment") is not None:
        actions[Disposition.MOVE] = IncrementDateTime.of(options)
    return actions

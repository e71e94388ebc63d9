"""What a profile covers, in one line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fw_gear_deid.profile.model import Profile, Section

_TOLD: Final = (
    "remove-private-tags",
    "remove-undefined",
    "recurse-sequence",
    "remove-exif",
    "remove-gps",
    "remove-private-chunks",
    "hash-subdirectories",
    "retain",
)
"""Settings that act on more than what entries name."""


def described(profile: Profile) -> str:
    """Return the sections of a profile, with how often each action stands in them, and what acts on the rest."""
    parts = [_described(name, section) for name, section in profile.sections.items()]
    parts += [_described(f"flywheel.{name}", rules) for name, rules in profile.containers.items()]
    return ", ".join(parts)


def _described(name: str, section: Section) -> str:
    count = len(section.rules)
    rules = "no rules" if not count else "1 rule" if count == 1 else f"{count} rules"
    actions = Counter(rule.action.key for rule in section.rules)
    listed = ", ".join(f"{number} {action}" for action, number in sorted(actions.items()))
    more = [setting for setting in _TOLD if section.settings.get(setting) is True]
    more += ["filenames"] if section.filenames else []
    return f"{name} ({'; '.join(filter(None, (f'{rules}: {listed}' if listed else rules, ', '.join(more))))})"

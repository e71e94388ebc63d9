"""The values that ``{{ NAME }}`` in a profile may ask for: a mapping's row, and the metadata of containers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.profile.findings import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTAINERS: Final = ("project", "subject", "session")
"""Kinds of containers whose metadata a profile may ask for, as ``{{ subject.sex }}``."""

SUBJECT, SESSION = "subject.label", "session.label"
"""The columns of a mapping that say whose row it is."""

LABELS: Final = {SUBJECT: "subject", SESSION: "session"}


@dataclass(frozen=True, slots=True)
class Variables:
    """What the templates of a profile are filled from.

    Attributes:
        row: a mapping's row, cell by column; a column such as ``subject.code`` stands before the metadata of that
            name. None: there is no mapping.
        containers: metadata by kind of container, nested as the site gives it: ``{"subject": {"label": …}}``.
    """

    row: Mapping[str, str] | None = None
    containers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def tree(self) -> dict[str, Any]:
        """Return every value by its name, names with dots as nested mappings; an empty cell is no value."""
        whole: dict[str, Any] = {kind: dict(known) for kind, known in self.containers.items()}
        for column, cell in (self.row or {}).items():
            *parents, name = column.split(".")
            place = whole
            for parent in parents:
                below = place.get(parent)
                place[parent] = place = dict(below) if isinstance(below, dict) else {}
            if cell.strip():
                place[name] = cell
            else:
                place.pop(name, None)
        return whole

    def why_missing(self, name: str) -> str:
        """Return why there is no value of a name, and what to do."""
        kind, _, below = name.partition(".")
        if self.row is not None and name in self.row:
            return f"its cell in the mapping is empty; fill it, or write {{{{ {name} | default('') }}}} if it may be"
        if name in LABELS:
            return f"the {LABELS[name]} is not known here; on the command line, give --{LABELS[name]}"
        if kind in CONTAINERS and below:
            known = kind in self.containers and set(self.containers[kind]) - {"label"}
            why = f"the {kind} has no such metadata" if known else f"metadata of the {kind} is not at hand"
            return f"{why}; add a column {name} to the mapping"
        if self.row is None:
            return "give a mapping with a column of this name (--mapping on the command line, mapping_csv in the gear)"
        return f"the mapping has no column of this name{did_you_mean(name, self.row)}"


def unused(columns: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of a mapping that no template asks for, its keys apart."""
    wanted = {*LABELS, *names}
    return tuple(column for column in columns if column not in wanted)

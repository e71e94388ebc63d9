"""``test.html``: what a profile did to every element, before and after. Holds identifying values, and says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.report.files import created
from fw_gear_deid.report.page import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from fw_gear_deid.report.thumbnails import Pictures

MOST_GROUPS: Final = 100
"""Series whose elements are shown."""

MOST_ROWS: Final = 20_000
"""Rows of all series together."""

EXAMPLES: Final = 3
"""Pairs of values that are shown in each row; of most elements a series has one."""

LONGEST: Final = 160
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of one file, before and after.

    Attributes:
        name: how it is called.
        tag: for a DICOM element, its tag.
        done: what became of it.
        code: what the Basic Profile does with it; ``""``: the standard does not call it identifying.
        key: what tells its values before and after from others.
        texts: returns them for people. Identifying.
    """

    name: str
    tag: str
    done: str
    code: str
    key: object
    texts: Callable[[], tuple[str, str]]


@dataclass(slots=True)
class Row:
    """A field of all files of a group in which the same became of it.

    Attributes:
        files: number of files.
        values: pairs of values before and after, each once.
        more: whether there are others.
    """

    name: str
    tag: str
    done: str
    code: str
    files: int = 0
    values: list[tuple[str, str]] = field(default_factory=list)
    more: bool = False
    _keys: list[object] = field(default_factory=list)

    def add(self, each: Field) -> None:
        """Take the values of one file; texts are made of the first few only."""
        if each.key in self._keys:
            return
        if len(self._keys) == EXAMPLES:
            self.more = True
            return
        self._keys.append(each.key)
        before, after = each.texts()
        self.values.append((_shortened(before), _shortened(after)))

    def told(self) -> dict[str, Any]:
        """Return what the page's script reads."""
        return {name: getattr(self, name) for name in ("name", "tag", "done", "code", "files", "values", "more")}


@dataclass(slots=True)
class Group:
    """Files that belong together: a series, or files of one folder that are no images.

    Attributes:
        name: what it is called. Identifying.
        about: modality and description. Identifying.
        files: number of files.
        pictures: of its first image.
    """

    name: str
    about: str = ""
    files: int = 0
    pictures: Pictures | None = None
    rows: dict[tuple[str, str, str], Row] = field(default_factory=dict)


class TrialPage:
    """Collects what a trial shows.

    Attributes:
        left_out: number of files whose series is not shown.
        rows_left_out: number of fields in files whose rows are not shown.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self.rows_left_out = 0
        self._groups: dict[str, Group] = {}
        self._rows = 0

    def group(self, key: str, name: str, about: str) -> Group | None:
        """Return the group of one more file; None when there are too many. A new one has no files yet."""
        if key not in self._groups:
            if len(self._groups) == MOST_GROUPS:
                self.left_out += 1
                return None
            self._groups[key] = Group(name, about)
        return self._groups[key]

    def add(self, group: Group, fields: Iterable[Field]) -> None:
        """Add the fields of one file."""
        group.files += 1
        seen = set()
        for each in fields:
            key = (each.name, each.tag, each.done)
            if key not in group.rows:
                if self._rows == MOST_ROWS:
                    self.rows_left_out += 1
                    continue
                self._rows += 1
                group.rows[key] = Row(each.name, each.tag, each.done, each.code)
            row = group.rows[key]
            row.files += key not in seen
            seen.add(key)
            row.add(each)

    def write(self, path: Path, told: Mapping[str, Any]) -> None:
        """Write the page; only its owner may read it.

        Args:
            path: where; an older one is replaced.
            told: what the template shows beside the groups: ``profile``, ``coverage``, ``suggestions``, ``notes``.

        Raises:
            OSError: it cannot be written.
        """
        groups = list(self._groups.values())
        shown = [{**_head(group), "rows": [row.told() for row in group.rows.values()]} for group in groups]
        text = page("trial.html.j2", "trial.js", groups=groups, data=shown, trial=self, **told)
        with created(path, identifying=True) as file:
            file.write(text)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _head(group: Group) -> dict[str, Any]:
    return {"name": group.name, "about": group.about, "files": group.files}

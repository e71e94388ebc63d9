"""``deid_report.html``: the report as one page for people, without scripts, without network, without values."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.report.digest import Digest
from fw_gear_deid.report.files import UnfinishedFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHOWN: Final = 100
"""Rows of a table that are seen at once; more can be unfolded."""

UNFOLDED: Final = 1000
"""Rows of a table that a page holds; more are in the JSON report alone."""

UNIT: Final = 1000


class PageWriter:
    """The page; a ``report.summary.Writer``.

    Args:
        path: where it is written; an older one is replaced when the new one is complete.

    Raises:
        OSError: the file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._page = UnfinishedFile(path)
        self._head: Mapping[str, Any] = {}
        self._digest = Digest()

    def begin(self, head: Mapping[str, Any]) -> None:
        """Take what is known before the first file."""
        self._head = head

    def add(self, entry: Mapping[str, Any]) -> None:
        """Count a file's entry."""
        self._digest.add(entry)

    def end(self, tail: Mapping[str, Any]) -> None:
        """Write the page."""
        told = {**self._head, **tail}
        self._page.file.write(page("report.html.j2", told=told, digest=self._digest, rules=_rules(tail["rules"])))
        self._page.complete()

    def discard(self) -> None:
        """Leave an older page as it is."""
        self._page.discard()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, and how many fields it changed."""

    section: str
    label: str
    hits: int


def _rules(counted: Mapping[str, Mapping[str, int]]) -> list[RuleRow]:
    return [RuleRow(section, label, hits) for section, rules in counted.items() for label, hits in rules.items()]


def page(template: str, script: str = "", **told: object) -> str:
    """Return a page that needs nothing but itself.

    Its policy lets the browser run the one style and the one script it holds, show pictures that it holds, and load
    nothing.

    Args:
        template: name of the template.
        script: name of the script, which runs behind that of all tables (``table.js``); ``""``: none runs.
        told: what the template shows.
    """
    import jinja2  # noqa: PLC0415  # slow to load, and not every run makes a page

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_text),
    )
    environment.filters |= {"size": size, "number": number, "moment": moment}
    style, code = _text("page.css"), _text("table.js") + _text(script) if script else ""
    policy = f"default-src 'none'; img-src data:; style-src {_source(style)}; base-uri 'none'; form-action 'none'"
    if code:
        policy += f"; script-src {_source(code)}"
    return environment.get_template(template).render(
        policy=policy, style=style, script=code, shown=SHOWN, unfolded=UNFOLDED, **told
    )


def _text(name: str) -> str:
    return files(__package__ or "").joinpath("pages", name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """Return the hash by which a policy allows a text within its page (CSP Level 3, hash-source)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < UNIT:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 10 else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= UNIT
    return f"{value:.1f} TB"


def number(count: int) -> str:
    """Return a whole number with its thousands set apart by narrow spaces."""
    return f"{count:,}".replace(",", "\u202f")


def moment(text: str) -> str:
    """Return a moment of the report (ISO 8601, UTC) without its letters."""
    return text.replace("T", " ").removesuffix("+00:00") + " UTC"

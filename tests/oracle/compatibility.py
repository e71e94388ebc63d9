"""Write docs/compatibility.md from the tables of this folder: ``python -m tests.oracle.compatibility``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_deid.actions import Kind, Option
from fw_gear_deid.profile.gates import GATES
from fw_gear_deid.profile.settings import SECTIONS, TOP_KEYS
from tests.oracle.decisions import FILES, PIXELS, PROFILE, TOP_LEVEL, VALUES
from tests.oracle.differences import DICOM
from tests.oracle.test_actions_oracle import DIFFERENCES as ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.oracle.decisions import Decision
    from tests.oracle.differences import Difference

DOCUMENT = Path(__file__).parents[2] / "docs" / "compatibility.md"

INTRODUCTION = """# Compatibility with Flywheel's engine

A profile written for Flywheel's upload, command line or export gear gives the same values here: `hash`, `hashuid`,
shifted dates, file names, and what is removed and kept agree with `flywheel-migration` 13.10, so that data
de-identified there and here still link. This page lists every difference that is meant, each with its reason. A
difference that is not on this page is a bug.

The tests in `tests/oracle` run the same profiles and files through both engines: pydicom's own test files, objects in
every transfer syntax, JSON, tables, NIfTI, XML and MetaImage headers. They fail on a difference that is not in the
tables, and on a row of [DICOM copies](#dicom-copies) or [Single values](#single-values) that no comparison shows any
more. This page is written from the tables by `python -m tests.oracle.compatibility`.
"""


def document() -> str:
    """Return the whole page."""
    parts = [
        INTRODUCTION,
        "## DICOM copies\n\nWhat comparing copies, their names and logs element by element shows.\n",
        table(DICOM),
        "## Single values\n\nWhat one action makes of one value, where Flywheel's engine makes another or fails.\n",
        "\n".join(f"- {sentence}" for sentence in ACTIONS) + "\n",
        "## Rules on values\n",
        table(VALUES),
        "## Regions of images\n",
        table(PIXELS),
        "## Profiles\n",
        table((*PROFILE, *TOP_LEVEL)),
        "## Files and archives\n",
        table(FILES),
        "## Additions\n\nSettings and options that Flywheel's tools do not know; without them nothing changes.\n",
        additions(),
    ]
    return "\n".join(parts)


def additions() -> str:
    """Return what is ours alone, from the tables that profiles are read by."""
    found: dict[str, tuple[Option, list[str]]] = {}
    for option in TOP_KEYS:
        if option.extension:
            found.setdefault(option.name, (option, []))[1].append("the profile itself")
    gates = Option(GATES, Kind.RULES, None, "what becomes of images that may show or tell a person")
    found[GATES] = (gates, ["the profile itself"])
    for kind in SECTIONS.values():
        for option in kind.settings.values():
            if option.extension:
                found.setdefault(option.name, (option, []))[1].append(kind.name)
    lines = ["| setting | where | meaning |", "|---|---|---|"]
    for name, (option, places) in found.items():
        where = "every section" if len(places) == len(SECTIONS) else ", ".join(places)
        lines.append(f"| {name} | {where} | {option.doc} |")
    return "\n".join(lines) + "\n"


def table(rows: Iterable[Decision | Difference]) -> str:
    """Return rows as a table."""
    lines = ["| difference | what | why |", "|---|---|---|"]
    lines += [f"| {row.id} | {row.what} | {row.reason} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")

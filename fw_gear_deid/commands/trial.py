"""``fw-deid test``: try a profile, and see what it changed and what it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.commands.opening import compiled_profile, creating
from fw_gear_deid.commands.records import Records
from fw_gear_deid.commands.run import TRIAL_REPORT, Task, carry_out
from fw_gear_deid.engine.base import Listener, RunOptions
from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.errors import UsageError
from fw_gear_deid.scan.burned_in import check_available
from fw_gear_deid.scan.comparing import Done
from fw_gear_deid.standard.confidentiality import EDITION
from fw_gear_deid.trial.comparison import DICOM, Comparison
from fw_gear_deid.trial.coverage import Coverage
from fw_gear_deid.trial.pixel_text import PixelText
from fw_gear_deid.trial.purpose import Purpose
from fw_gear_deid.trial.suggesting import Suggestions, suggestions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.profile.model import Profile

SHOWN = 20
PAGE, TABLE, RULES = "test.html", "coverage.csv", "suggestions.yaml"


def command(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid test`` and return the exit code."""
    results: Path = arguments.results
    output = results / "data"
    if output.is_dir() and any(output.iterdir()):
        raise UsageError(f"{output}: holds the results of an earlier test; delete it or choose another folder")
    folder = "/".join(label for label in (arguments.subject, arguments.session) if label)
    records = Records(
        results / "deid_log.csv", results / "deid_report.json", results / TRIAL_REPORT, results / "export.csv"
    )
    compiled = compiled_profile(arguments)
    subject = arguments.subject or ""
    task = Task(
        compiled,
        (arguments.source,),
        output,
        RunOptions(arguments.workers, residual=arguments.residual),
        folder,
        records,
        trial=True,
        subject=subject,
    )
    comparison = Comparison(output, Coverage(Purpose.of(compiled.profile.sections.get(DICOM))))
    if arguments.ocr:
        check_available()
        comparison.pixel_text = PixelText()
    with silenced():
        result = carry_out(task, Listener(comparison.finished, comparison.logged))
        _write(comparison, compiled.profile, results)
    _show(comparison, results)
    return result.exit_code


def _write(comparison: Comparison, profile: Profile, results: Path) -> None:
    """Write the table, the suggestions and the page of a trial."""
    coverage = comparison.coverage
    section = profile.sections.get(DICOM)
    suggested = suggestions(coverage.remaining, section) if section is not None else Suggestions()
    told = {
        "profile": profile,
        "coverage": coverage,
        "edition": EDITION,
        "suggestions": suggested,
        "leaking": comparison.leaking,
        "notes": [f"{note[0].upper()}{note[1:]}." for note in _notes(comparison)],
    }
    with creating(results):
        coverage.write(results / TABLE)
        (results / RULES).write_text("\n".join(_pasted(suggested)) + "\n", encoding="utf-8")
        comparison.page.write(results / PAGE, told)
        if comparison.pixel_text is not None:
            comparison.pixel_text.write(results)


def _pasted(suggested: Suggestions) -> Iterator[str]:
    """Yield the lines of ``suggestions.yaml``."""
    yield "# To be pasted under fields: of the dicom section of the profile, as far as it is wanted."
    if suggested.unnamed:
        yield f"# {suggested.unnamed} private elements no rule can name; remove-private-tags: true there removes them."
    yield from suggested.lines


def _notes(comparison: Comparison) -> Iterator[str]:
    if comparison.without_copy:
        yield f"files that have no copy, and are not compared: {comparison.without_copy}"
    if comparison.coverage.unread:
        yield f"not compared, because pydicom cannot read them: {comparison.coverage.unread}"
    if (text := comparison.pixel_text) is not None:
        yield f"words in the pixels of copies ({text.objects}): {text.words}, telling the subject: {text.telling}"
        if text.unread:
            yield f"pixels that cannot be decoded here, so nobody knows what they show: {text.unread} copies"


def _show(comparison: Comparison, results: Path) -> None:
    from rich.console import Console  # noqa: PLC0415  # slow to load, and no other command shows a table
    from rich.table import Table  # noqa: PLC0415  # the same

    coverage = comparison.coverage
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for note in _notes(comparison):
        console.print(note)
    console.print(f"before and after, to be looked at in a browser (identifying): {results / PAGE}")
    if not coverage.files:
        console.print("no DICOM object was compared, so coverage.csv is empty")
        return
    counts = coverage.counts
    done = ", ".join(
        f"{counts[each]} {'left as they were' if each is Done.KEPT else each}" for each in Done if counts[each]
    )
    console.print(f"elements identifying by PS3.15 Table E.1-1 ({EDITION}), in {coverage.files} DICOM objects: {done}")
    remaining = coverage.remaining
    if not remaining:
        console.print("nothing of it was left as it was")
        return
    shown = Table(title="left as it was", title_justify="left")
    for name in ("element", "where", "basic profile", "objects"):
        shown.add_column(name, overflow="fold")
    for each, count in list(coverage.rows())[: min(SHOWN, len(remaining))]:
        shown.add_row(each.tag, each.path, each.action, str(count))
    console.print(shown)
    if len(remaining) > SHOWN:
        console.print(f"and {len(remaining) - SHOWN} more; all of them are in {results / TABLE}")
    console.print(f"rules for them, to be pasted into the profile: {results / RULES}")

"""``fw-deid check``: an audit of data that is already there."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit.base import Audited, Settings
from fw_gear_deid.audit.passes import Audit
from fw_gear_deid.audit.people import People
from fw_gear_deid.audit.rules import Rules
from fw_gear_deid.audit.state import AuditState
from fw_gear_deid.commands.opening import api_key, check_file, creating, draft_of
from fw_gear_deid.commands.screen import Screen, say, warn
from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.engine.sources import LEFTOVER, walk
from fw_gear_deid.errors import SiteError, UsageError
from fw_gear_deid.formats.compiling import open_draft
from fw_gear_deid.report.audit import CERTAIN, POSSIBLE, AuditPage, shares, spots, write_table
from fw_gear_deid.scan.burned_in import check_available

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from fw_gear_deid.audit.base import Result
    from fw_gear_deid.audit.concerns import Row
    from fw_gear_deid.engine.base import Source

SITE: Final = "fw://"
SHOWN: Final = 20
KEY: Final = "held against the data; what a key changes cannot be told from them"
"""A secret key for profiles that need one: what it makes is compared, and never written."""

HASHED: Final = (
    "what rules with a key, a hash or a shift have made cannot be told from the data, so it is not held against them"
)


def command(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid check`` and return the exit code.

    Raises:
        UsageError: nothing could be looked at.
    """
    _check_places(arguments)
    if arguments.ocr:
        check_available()
    settings = Settings(
        arguments.sample,
        arguments.strict,
        arguments.show_values,
        arguments.workers,
        _rules(arguments),
        arguments.ocr,
    )
    with silenced(), ExitStack() as stack:
        state = stack.enter_context(_opened(arguments.state))
        screen = stack.enter_context(Screen(quiet=arguments.quiet))
        results: list[Result] = []
        looked_at, began = 0, time.monotonic()
        for people, sources in _groups(arguments.source, stack):
            audit = Audit(settings, people, state, screen.progress)
            results += audit.run(sources)
            looked_at += audit.looked_at
        seconds = time.monotonic() - began
    objects = sum(result.objects for result in results)
    pace = _pace(min(looked_at, objects), seconds)
    rows = [row for result in results for row in result.rows]
    if not objects:
        why = {row.why: None for row in rows}
        raise UsageError("; ".join(("there was nothing that could be looked at", *why)))
    notes = [*_notes(settings, arguments)]
    _write(arguments, rows, objects, notes)
    _show(rows, objects, [*notes, pace], arguments)
    return 1 if rows else 0


def _check_places(arguments: argparse.Namespace) -> None:
    """Refuse files that would lie among the data, or be one another."""
    wanted = [path.resolve() for path in (arguments.csv, arguments.html, arguments.state) if path is not None]
    if len(set(wanted)) < len(wanted):
        raise UsageError("of --csv, --html and --state two are the same file; give each its own")
    local = [Path(source).resolve() for source in arguments.source if not source.startswith(SITE)]
    for path in wanted:
        if any(source in (path, *path.parents) for source in local):
            raise UsageError(f"{path}: lies in a source; choose another place")
        check_file(path)
    if arguments.show_values and not (arguments.csv or arguments.html):
        raise UsageError("--show-values is for the files of --csv and --html; name one of them")


def _rules(arguments: argparse.Namespace) -> Rules | None:
    if arguments.profile is None:
        return None
    draft = draft_of(arguments, key=KEY)
    return Rules.of(open_draft(draft))


def _opened(path: Path | None) -> AuditState:
    if path is None:
        return AuditState()
    with creating(path):
        return AuditState(path)


# -- sources


def _groups(sources: Sequence[str], stack: ExitStack) -> Iterator[tuple[People, list[Audited]]]:
    """Yield the sources that may tell of each other, and who takes whom they are about."""
    paths = [Path(source) for source in sources if not source.startswith(SITE)]
    if paths:
        yield People(), [_local(each) for each in walk(paths)]
    places = [source for source in sources if source.startswith(SITE)]
    if places:
        yield from _of_site(places, stack)


def _of_site(addresses: Sequence[str], stack: ExitStack) -> Iterator[tuple[People, list[Audited]]]:
    """Yield what lies at places on a site; all of them are looked up before anything is read.

    Raises:
        UsageError: there is no key, or no such place.
        SiteError: the site does not answer.
    """
    from fw_gear_deid.site.auditing import groups, place_at  # noqa: PLC0415  # not needed for local data
    from fw_gear_deid.site.client import SiteClient  # noqa: PLC0415  # the same

    try:
        client = stack.enter_context(SiteClient(api_key()))
        roots = [place_at(client, each) for each in addresses]
    except SiteError as error:
        raise UsageError(f"{error}; nothing was looked at") from None
    for root in roots:
        yield from groups(client, root)


def _local(source: Source) -> Audited:
    found = source.path.stat() if source.path.exists() else None
    version = f"{source.path.resolve()}\0{found.st_size} {found.st_mtime_ns}" if found is not None else ""
    fault = "" if source.skip in {"", LEFTOVER} else f"not looked at: {source.skip}"
    return Audited(source.origin, version, source.folder, lambda: source.path.open("rb"), fault=fault)


# -- output


def _pace(count: int, seconds: float) -> str:
    told = f"{count} object{'' if count == 1 else 's'}"
    return (
        f"{told} in {seconds:.0f} s, {count / seconds:.0f} a second"
        if seconds >= 1
        else f"{told} in less than a second"
    )


def _notes(settings: Settings, arguments: argparse.Namespace) -> Iterator[str]:
    if settings.sample:
        yield f"of each archive {settings.sample} members were looked at, not all (--sample)"
    if settings.rules is not None:
        yield HASHED
    if not arguments.strict:
        yield "dates, UIDs, devices, institutions and faces were not counted; with --strict they are"


def _write(arguments: argparse.Namespace, rows: list[Row], objects: int, notes: list[str]) -> None:
    if arguments.csv is not None:
        with creating(arguments.csv):
            write_table(arguments.csv, rows, shows_values=arguments.show_values)
    if arguments.html is not None:
        with creating(arguments.html):
            AuditPage(rows, objects, notes, shows_values=arguments.show_values).write(arguments.html)


def _show(rows: list[Row], objects: int, notes: list[str], arguments: argparse.Namespace) -> None:
    if not arguments.quiet:
        for note in notes:
            warn(note)
    plural = "" if objects == 1 else "s"
    if not rows:
        say(f"{objects} object{plural}: nothing was found")
        return
    from rich.console import Console  # noqa: PLC0415  # slow to load
    from rich.table import Table  # noqa: PLC0415  # the same

    console = Console(markup=False, highlight=False, soft_wrap=True)
    shown = Table(title=f"found in {objects} object{plural}", title_justify="left")
    for name in ("kind", "certain", "possible"):
        shown.add_column(name, no_wrap=True)
    shown.add_column("what to do")
    for each in shares(rows):
        shown.add_row(each.name, str(each.certain), str(each.possible), each.step)
    console.print(shown)
    if arguments.quiet:
        return
    _show_places(rows, console)
    if not (arguments.csv or arguments.html):
        console.print("which files they are in: --csv FILE, --html FILE")


def _show_places(rows: list[Row], console: Console) -> None:
    from rich.table import Table  # noqa: PLC0415  # slow to load

    places = spots(rows)
    table = Table(title="places", title_justify="left")
    table.add_column("where", overflow="fold")
    for name in ("kind", "how sure", "times"):
        table.add_column(name)
    for spot in places[:SHOWN]:
        table.add_row(spot.where, spot.sort, CERTAIN if spot.certain else POSSIBLE, str(spot.times))
    console.print(table)
    if len(places) > SHOWN:
        console.print(f"and {len(places) - SHOWN} more places")

"""``fw-deid batch``: the gear over many sessions or acquisitions of a project, through the site's job engine."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from fw_gear_deid.commands.opening import api_key, creating
from fw_gear_deid.commands.screen import Screen, say, warn
from fw_gear_deid.errors import DestinationError, SiteError, UsageError
from fw_gear_deid.site.addresses import ProjectPath
from fw_gear_deid.site.batch.choosing import Choosing, PassedOver, Selection, Unit
from fw_gear_deid.site.batch.ordering import Order, check_gear, fixed_input, project_at, settings
from fw_gear_deid.site.batch.results import write_results
from fw_gear_deid.site.batch.state import BatchState
from fw_gear_deid.site.batch.wanted import read_wanted
from fw_gear_deid.site.batch.watching import Pace, Watch, is_hopeless
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.jobs import COMPLETE, JobEngine
from fw_gear_deid.site.rights import check_destination, check_queueing, destination_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from fw_gear_deid.site.containers import Container

LISTED: Final = 20
"""Jobs that did not end well and are named on the screen; the table names all."""

DELETING: Final = ("Cleanup", "Cleanup_force")


@dataclass(frozen=True, slots=True)
class _Prepared:
    project: Container
    order: Order
    selection: Selection


def command(arguments: argparse.Namespace) -> int:
    """Queue, watch and tell; return the exit code.

    Raises:
        UsageError: nothing was queued: wrong arguments, rights, or state file.
        SiteError: the site refuses, or does not answer for long; what is queued goes on.
    """
    with ExitStack() as opened:
        with _queueing_nothing():
            client = opened.enter_context(SiteClient(api_key(), arguments.pause))
            prepared = _prepared(client, arguments)
            if arguments.dry_run:
                return _plan(client, prepared, arguments)
            state = opened.enter_context(_opened(arguments, prepared.order))
            known = sum(state.counts().values())
            planned = _counted(client, prepared, state)
        results = _place(arguments)
        _confirm(planned, arguments, known)
        with Screen() as screen:
            _watch(client, prepared, state, arguments, _shown(screen, known + planned.new))
        _write(results, _choosing(client, prepared, with_labels=True), state)
        return 1 if _tell_end(state, results) or planned.mistakes else 0


@contextmanager
def _queueing_nothing() -> Iterator[None]:
    """Say of what the site refuses in the block that nothing was queued."""
    try:
        yield
    except SiteError as error:
        raise UsageError(f"{error}; nothing was queued") from None


def _prepared(client: SiteClient, arguments: argparse.Namespace) -> _Prepared:
    """Return what is to be done, after everything has been checked that can be."""
    try:
        source, target = ProjectPath.parse(arguments.project), ProjectPath.parse(arguments.to)
    except UsageError as error:
        raise UsageError(f"PROJECT, --to: {error}") from None
    wanted = read_wanted(arguments.csv) if arguments.csv else None
    gear = JobEngine(client).gear(arguments.gear)
    addresses = {"deid_profile": ("--profile", arguments.profile), "mapping_csv": ("--mapping", arguments.mapping)}
    given = {name: pair for name, pair in addresses.items() if pair[1]}
    check_gear(gear, arguments.level, tuple(given))
    config = settings(gear, arguments.config, arguments.to)
    project = project_at(client, source.group, source.label, "PROJECT")
    check_queueing(client, project)
    try:
        destination = destination_of(client, target)
        check_destination(client, destination, project.id, deletes=config.get("overwrite_files") in DELETING)
    except UsageError as error:
        raise UsageError(f"--to: {str(error).removeprefix('project_path: ')}") from None
    inputs = {name: fixed_input(client, address, option) for name, (option, address) in given.items()}
    order = Order(gear, project.id, destination.id, arguments.level, config, inputs)
    return _Prepared(project, order, Selection(arguments.level, tuple(arguments.filter), arguments.tag, wanted))


def _opened(arguments: argparse.Namespace, order: Order) -> BatchState:
    with creating(arguments.state):
        return BatchState(arguments.state, order.fingerprint, arguments.retries)


def _choosing(client: SiteClient, prepared: _Prepared, *, with_labels: bool = False) -> Choosing:
    return Choosing(client, prepared.project, prepared.selection, prepared.order.gear.name, with_labels)


def _plan(client: SiteClient, prepared: _Prepared, arguments: argparse.Namespace) -> int:
    """Tell what would be queued and what not, by ids, and queue nothing."""
    counts: Counter[str] = Counter()
    with _opened(arguments, prepared.order) if arguments.state.exists() else nullcontext() as state:
        for each in _choosing(client, prepared):
            _tell_planned(each, state, counts)
        if arguments.results:
            _write(_place(arguments), _choosing(client, prepared, with_labels=True), state)
    say(f"{_number(counts['new'])} would be queued, {counts['known']} queued before, {counts['passed']} passed over")
    return 1 if counts["mistakes"] else 0


def _tell_planned(each: Unit | PassedOver, state: BatchState | None, counts: Counter[str]) -> None:
    if isinstance(each, PassedOver):
        counts["passed"] += 1
        counts["mistakes"] += each.is_mistake
        say(f"passed over: {each.what}: {each.reason}")
    elif state and (work := state.work(each.key)):
        counts["known"] += 1
        say(f"queued before: {_named(each)}: {work.state}")
    else:
        counts["new"] += 1
        say(f"would be queued: {_named(each)}")


def _named(unit: Unit) -> str:
    return f"{unit.kind} {unit.container}" + (f", file {unit.file.file_id}" if unit.file else "")


def _number(jobs: int) -> str:
    return f"{jobs} job{'' if jobs == 1 else 's'}"


@dataclass(slots=True)
class _Planned:
    new: int = 0
    passed_over: int = 0
    mistakes: int = 0


def _counted(client: SiteClient, prepared: _Prepared, state: BatchState) -> _Planned:
    """Go through the project once, to know how much there is to do."""
    planned = _Planned()
    for each in _choosing(client, prepared):
        if isinstance(each, Unit):
            planned.new += not state.has(each.key)
            continue
        planned.passed_over += 1
        if each.is_mistake:
            planned.mistakes += 1
            warn(f"{each.what}: {each.reason}")
    return planned


def _confirm(planned: _Planned, arguments: argparse.Namespace, known: int) -> None:
    """Tell what is about to be queued, and ask whether it should be."""
    before = f"{known} queued before, " if known else ""
    pace = f"at most {arguments.at_once} at once"
    warn(f"{before}{_number(planned.new)} to queue, {pace}; {planned.passed_over} passed over")
    if arguments.yes or not planned.new:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked whether to queue these jobs; look at --dry-run, and say --yes")
    sys.stderr.write("Queue them? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing was queued")


def _watch(
    client: SiteClient,
    prepared: _Prepared,
    state: BatchState,
    arguments: argparse.Namespace,
    show: Callable[[Mapping[str, int], bool], None],
) -> None:
    """Queue and watch until all has ended."""
    pace = Pace(arguments.at_once, arguments.retries, lambda: arguments.pause(arguments.every))
    watch = Watch(JobEngine(client), prepared.order, state, pace, _choosing(client, prepared).units, show)
    try:
        watch.run()
    except SiteError as error:
        if state.counts() or error.is_passing:
            raise
        raise UsageError(f"{error}; nothing was queued") from None


def _place(arguments: argparse.Namespace) -> Path:
    """Return where the table of results goes, in a folder that is there."""
    results: Path = arguments.results or arguments.state.with_suffix(".csv")
    others = (arguments.state, *((arguments.csv,) if arguments.csv else ()))
    if results.resolve() in (each.resolve() for each in others):
        raise UsageError(f"{results}: would be overwritten by the table of results; name another with --results")
    with creating(results):
        return results


def _write(results: Path, chosen: Choosing, state: BatchState | None) -> None:
    try:
        write_results(results, chosen, state)
    except OSError as error:
        raise DestinationError(
            f"{results}: cannot be written ({error.strerror}); what has been queued goes on"
        ) from None


def _shown(screen: Screen, total: int) -> Callable[[Mapping[str, int], bool], None]:
    """Return what shows how a batch stands."""
    last: list[str] = []

    def show(counts: Mapping[str, int], answered: bool) -> None:  # noqa: FBT001  # as Watch calls it
        line = _counts(counts) if answered else "the site does not answer; the jobs go on, and it will be asked again"
        if [line] != last:
            last[:] = [line]
            screen.counted("jobs", counts.get(COMPLETE, 0), total, line)

    return show


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "nothing queued"


def _tell_end(state: BatchState, results: Path) -> int:
    """Tell how the batch ended, and return how many units did not end well."""
    counts = state.counts()
    say(f"{_number(sum(counts.values()))}: {_counts(counts)}")
    bad = list(islice((work for work in state.all() if work.state != COMPLETE), LISTED))
    if bad:
        say(f"{'container':24}  {'job':24}  attempts  state")
    for work in bad:
        say(f"{work.container:24}  {work.job or '-':24}  {work.attempts:8}  {work.state}")
    if is_hopeless(counts):
        say("no more is queued, since not one job is complete: read a job's log, mend, and name another --state")
    number = sum(counts.values()) - counts.get(COMPLETE, 0)
    if number > len(bad):
        say(f"… and {number - len(bad)} more")
    say(f"the table {results} names them all; it holds labels, keep it on the source's side")
    return number

"""The site's job engine: carries queued jobs out as the platform does, one after the other.

A job gets a fresh folder with the gear's code, its inputs and ``config.json``, the manifest's command and environment,
and a key that dies with it: a person's job that person's rights, a gear rule's job the rule's role in one project.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.flywheel_site.errors import RefusedError
from tests.flywheel_site.gear_folder import environment_of, lay_out
from tests.flywheel_site.outputs import save
from tests.flywheel_site.running import move_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.flywheel_site.serving import Running
    from tests.flywheel_site.site import Document

POLL = 0.05
"""Seconds between two looks at whether a running job was cancelled, or the queue has a new one."""

GRACE = 20.0
"""Seconds that a cancelled job has to end by itself."""

SYSTEM, STDOUT, STDERR = -1, 1, 2
"""What a line of a job's log came from."""


@dataclass(frozen=True)
class Kill:
    """A signal that a job gets in the middle of its work; after SIGKILL nothing of its output is saved.

    Attributes:
        after: seconds from its start.
        when: what must hold besides, such as that some copies have arrived.
    """

    after: float = 0.0
    signal: signal.Signals = signal.SIGTERM
    when: Callable[[], bool] = lambda: True


@dataclass
class Ran:
    """How a job went.

    Attributes:
        code: exit code; negative: the signal that ended it.
        outputs: what was in ``output/``, by path, whether it was saved or not.
    """

    job: Document
    code: int | None = None
    outputs: dict[str, bytes] = field(default_factory=dict)
    config: Document = field(default_factory=dict)

    @property
    def log(self) -> str:
        """The job's log."""
        return "".join(line["msg"] for line in self.job["$logs"])


class JobEngine:
    """Carries out the jobs of a site that serves.

    Args:
        folder: where jobs get their folders; each is removed when its job ends.
    """

    def __init__(self, running: Running, folder: Path) -> None:
        self._running = running
        self._folder = folder

    def run_all(self, kill: Kill | None = None) -> list[Ran]:
        """Carry out what is queued, in order, and what is queued meanwhile."""
        ran = []
        while (job := self._next()) is not None:
            ran.append(self.run(job, kill))
        return ran

    @contextlib.contextmanager
    def in_background(self) -> Iterator[None]:
        """Carry out jobs while the block lasts; a job that runs at its end gets SIGTERM."""
        stop = threading.Event()
        thread = threading.Thread(target=self._work_until, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _work_until(self, stop: threading.Event) -> None:
        while not stop.wait(POLL):
            if (job := self._next()) is not None:
                self.run(job, stop=stop)

    def _next(self) -> Document | None:
        """Return the oldest job that waits; it counts as running from now on."""
        site = self._running.site
        with site.lock:
            job = next((each for each in site.jobs.values() if each["state"] == "pending"), None)
            if job is not None:
                move_job(site, job, "scheduled")
                move_job(site, job, "running")
            return job

    def run(self, job: Document, kill: Kill | None = None, stop: threading.Event | None = None) -> Ran:
        """Carry out one job, and put it into the state in which it ends."""
        site, folder = self._running.site, self._folder / job["_id"]
        ran = Ran(job)
        job.update({"$logs": [], "saved_files": []})
        if job["gear_id"] not in site.images:
            self._end(ran, "the gear's image cannot be found")
            return ran
        key = f"key{site.new_id()}"
        site.keys[key] = replace(job["$who"], key=key, job=job["_id"])
        try:
            ran.config = lay_out(self._running, job, folder, key)
            self._carry_out(ran, folder, kill, stop)
            ran.outputs = _contents(folder / "output")
            self._finish(ran, folder / "output")
        except RefusedError as error:  # an input, or the destination, is there no more
            self._end(ran, error.message)
        finally:
            del site.keys[key]
            shutil.rmtree(folder, ignore_errors=True)
        return ran

    def _carry_out(self, ran: Ran, folder: Path, kill: Kill | None, stop: threading.Event | None) -> None:
        """Run the manifest's command until it ends, or is ended."""
        site, job = self._running.site, ran.job
        with subprocess.Popen(  # noqa: S602  # the platform starts the command in a shell, and so does this
            f"exec {site.gears[job['gear_id']]['gear'].get('command', './run')}",
            shell=True,
            cwd=folder,
            env=environment_of(site, job),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as process:
            began, ending = time.monotonic(), 0.0
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    stdout, stderr = process.communicate(timeout=POLL)
                    break
                now = time.monotonic()
                if kill is not None and now >= began + kill.after and kill.when():
                    process.send_signal(kill.signal)
                    kill = None
                if not ending and (job["state"] == "cancelled" or (stop is not None and stop.is_set())):
                    process.terminate()
                    ending = now + GRACE
                if ending and now >= ending:
                    process.kill()
            ran.code = process.returncode
        for descriptor, text in ((STDOUT, stdout), (STDERR, stderr)):
            job["$logs"] += [{"fd": descriptor, "msg": line} for line in text.splitlines(keepends=True)]

    def _finish(self, ran: Ran, output: Path) -> None:
        """Save what a job leaves; what a cancelled one, or one whose machine is lost, leaves is not saved."""
        if ran.job["state"] == "cancelled":
            self._end(ran)
        elif ran.code == -signal.SIGKILL:
            self._end(ran, "the machine was lost")
        else:
            saved = save(self._running.site, ran.job, output)
            ran.job["saved_files"] = saved.files
            ran.job["$logs"] += [{"fd": SYSTEM, "msg": f"{warning}\n"} for warning in saved.warnings]
            self._end(ran, saved.failure or (f"exit code {ran.code}" if ran.code else ""))

    def _end(self, ran: Ran, failure: str = "") -> None:
        site, job = self._running.site, ran.job
        job["$logs"].append({"fd": SYSTEM, "msg": f"{failure or 'ended'}\n"})
        if job["state"] == "cancelled":
            return
        with site.lock:
            job["failure_reason"] = failure or None
            move_job(site, job, "failed" if failure else "complete")


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

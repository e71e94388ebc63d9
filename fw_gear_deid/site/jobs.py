"""Gears, batches and jobs of a site, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from fw_gear_deid.errors import SiteError, UsageError
from fw_gear_deid.site.client import PAGE
from fw_gear_deid.site.connection import CONFLICT, FORBIDDEN, NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fw_gear_deid.site.client import SiteClient

COMPLETE, FAILED, CANCELLED = "complete", "failed", "cancelled"
PENDING: Final = "pending"


@dataclass(frozen=True, slots=True)
class Gear:
    """A gear in one version.

    Attributes:
        category: ``utility``, ``analysis``, …
        config: the manifest's description of each setting.
        inputs: the manifest's description of each input.
    """

    id: str
    name: str
    version: str
    category: str
    config: Mapping[str, Mapping[str, Any]]
    inputs: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands.

    Attributes:
        state: ``pending``, ``scheduled``, ``running``, ``complete``, ``failed`` or ``cancelled``.
        container: id of the container it was started on.
    """

    id: str
    state: str
    container: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return a job from what the API says of it."""
        destination = document.get("destination") or {}
        return cls(str(document["id"]), _word(document.get("state")), str(destination.get("id") or ""))


class JobEngine:
    """The part of a site that runs gears."""

    def __init__(self, client: SiteClient) -> None:
        self._client = client

    def gear(self, name: str) -> Gear:
        """Return a gear by ``NAME`` (its newest version) or ``NAME/VERSION``.

        Raises:
            UsageError: the site has no such gear.
            SiteError: the site does not answer.
        """
        try:
            found = self._client.ask("a gear", "lookup", ["gears", *name.split("/")])
        except SiteError as error:
            if error.status != NOT_FOUND:
                raise
            raise UsageError(
                f"--gear {name}: the site has no such gear or version; ask its administrator to install it"
            ) from None
        manifest = found.get("gear") or {}
        return Gear(
            str(found.get("id") or ""),
            str(manifest.get("name") or ""),
            str(manifest.get("version") or ""),
            _word(found.get("category")),
            manifest.get("config") or {},
            manifest.get("inputs") or {},
        )

    def propose(self, jobs: Sequence[Mapping[str, Any]]) -> str:
        """Prepare jobs as a batch, of which none runs before it is started; return its id."""
        answer = self._client.ask("to prepare a batch", "create_batch_job_from_jobs", {"jobs": list(jobs)})
        return str(answer["id"])

    def start(self, batch: str) -> None:
        """Queue the jobs of a batch. It is tried once; one that was started already is no error.

        Raises:
            SiteError: the site refuses, or its answer is lost, and then the batch may have been started.
        """
        try:
            self._client.ask_once("to start a batch", "start_batch", batch)
        except SiteError as error:
            if error.status != CONFLICT:
                raise

    def batch(self, batch: str) -> tuple[bool, tuple[str, ...]]:
        """Return whether a batch still waits to be started, and the ids of its jobs in their order."""
        answer = self._client.ask("a batch", "get_batch", batch)
        jobs = tuple(str(job) for job in answer.get("jobs") or ())
        return _word(answer.get("state")) == PENDING and not jobs, jobs

    def jobs(self, batch: str) -> Mapping[str, Job]:
        """Return the jobs of a batch that the site lists, by id.

        The SDK can ask for a batch with its jobs in it, but then takes them for ids.
        """
        found: dict[str, Job] = {}
        after: dict[str, str] = {}
        while True:
            page = self._listed(filter=f"batch={batch}", limit=PAGE, **after)
            found |= {job.id: job for job in page}
            if len(page) < PAGE:
                return found
            after = {"after_id": page[-1].id}

    def _listed(self, **query: Any) -> list[Job]:  # noqa: ANN401  # as the SDK takes it
        found = self._client.ask("jobs", "get_all_jobs", **query)
        return [Job.of(job) for job in (found.get("results") or () if isinstance(found, dict) else found)]

    def job(self, job: str) -> Job | None:
        """Return a job; None when there is none that the key may see."""
        try:
            return Job.of(self._client.ask("a job", "get_job", job))
        except SiteError as error:
            if error.status not in {NOT_FOUND, FORBIDDEN}:
                raise
            return None

    def retry(self, job: str) -> Job | None:
        """Run a failed job again, unless it has been already, by whomever; return the new job.

        Raises:
            SiteError: the site refuses, or its answer is lost; it can be asked again.
        """
        if again := self._listed(filter=f"previous_job_id={job}", limit=1):
            return again[0]
        made = self._client.ask_once("to retry a job", "retry_job", job)
        return self.job(str(made["id"] if isinstance(made, dict) else made))


def _word(value: object) -> str:
    """Return a word of the site, of which the SDK may have made an enumeration's member."""
    return str(getattr(value, "value", value) or "")

"""Whether a run may do what it is about to do, found out before any data is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import SiteError, UsageError
from fw_gear_deid.site.connection import FORBIDDEN, NOT_FOUND
from fw_gear_deid.site.walking import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.site.addresses import ProjectPath
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.walking import Place

READING: Final[Mapping[str, str]] = {
    "containers_view_metadata": "see its containers",
    "files_view_metadata": "see its files",
    "files_download": "download its files",
}
"""What is asked of the source project, in the site's words and in ours."""

WRITING: Final[Mapping[str, str]] = {
    **READING,
    "containers_create_hierarchy": "create subjects, sessions and acquisitions",
    "containers_modify_metadata": "change their metadata",
    "files_create_single": "upload files",
    "files_modify_metadata": "change the metadata of files",
}
"""What is asked of the destination project: copies are read back when the site's hash cannot be."""

QUEUEING: Final[Mapping[str, str]] = {**READING, "jobs_manage": "run gears", "jobs_view": "see jobs"}
"""What is asked of the source project by a batch."""

DELETING: Final[Mapping[str, str]] = {"files_delete_non_device_data": "delete files (overwrite_files: Cleanup)"}

_REFUSED: Final = frozenset({FORBIDDEN, NOT_FOUND})

_WAYS: Final = (
    "A job that a gear rule started knows only the project that holds the rule: give the gear a destination-key, or "
    "let the rule tag the files and start the gear by 'fw-deid batch' with an account that has rights in both projects."
)

_READS_MORE: Final = (
    "destination-key: its account may also download files of the source project, which the job itself may not; use an "
    "account that has rights in the destination project alone"
)


def destination_of(client: SiteClient, path: ProjectPath, key: str = "API key") -> Container:
    """Return the destination project.

    Args:
        client: with the key that writes.
        path: the project's address.
        key: what the key is called in messages.

    Raises:
        UsageError: there is none that the key may see.
        SiteError: the site does not answer.
    """
    found = client.lookup(path.group, path.label)
    if found is not None and found.kind == "project":
        return found
    ways = f" {_WAYS}" if client.account.is_job else ""
    raise UsageError(
        f"project_path: there is no such project, or the {key} may not see it; check the spelling, and ask its "
        f"administrator to add the account.{ways}"
    )


def check_destination(
    client: SiteClient, project: Container, source_project: str, *, deletes: bool, key: str = "API key"
) -> None:
    """Refuse a destination that the key may not write to, or that is the source itself.

    Args:
        client: with the key that writes.
        project: the destination project.
        source_project: id of the source project; empty when it is not known.
        deletes: whether earlier copies are to be deleted.
        key: what the key is called in messages.

    Raises:
        UsageError: what is missing, and how to get it.
        SiteError: the site does not answer.
    """
    if project.id == source_project:
        raise UsageError("project_path: is the project that holds the source; choose another destination")
    wanted = {**WRITING, **(DELETING if deletes else {})}
    if missing := _missing(client, project, wanted):
        raise UsageError(
            f"project_path: the account of the {key} may not {missing} in the destination project; ask the "
            "project's administrator for a role that has these rights, such as read-write"
        )


def source_of(client: SiteClient, container_id: str) -> Place:
    """Return the container that is exported, once it is known that the key may read what is in it.

    Raises:
        UsageError: what is missing, and how to get it.
        SiteError: the site does not answer.
    """
    try:
        root = place_of(client, container_id)
    except SiteError as error:
        if error.status not in _REFUSED:
            raise
        raise UsageError(_unreadable(READING["containers_view_metadata"])) from None
    actions = None if client.account.is_admin else client.actions(root.project)
    if actions is not None:
        missing = _wanting(actions, READING)
    else:
        missing = "" if client.account.is_admin else _found_missing(client, root)
    if missing:
        raise UsageError(_unreadable(missing))
    return root


def _unreadable(missing: str) -> str:
    return (
        f"the account of the API key may not {missing} in the source project; ask the project's administrator for a "
        "role that has these rights, such as read-only (a job of a gear rule has the role that the rule names)"
    )


def _found_missing(client: SiteClient, root: Place) -> str:
    """Return which right to read is missing, found by trying: a gear rule's job has no account to be looked up."""
    container = root.container
    right = "files_view_metadata"
    try:
        file = client.first_file(container.kind, container.id)
        right = "files_download"
        if file is not None:
            client.check_download(file)
    except SiteError as error:
        if error.status not in _REFUSED:
            raise
        return READING[right]
    return ""


def check_queueing(client: SiteClient, project: Container) -> None:
    """Refuse a source project in which the key may not run gears.

    Raises:
        UsageError: what is missing, and how to get it.
        SiteError: the site does not answer.
    """
    if missing := _missing(client, project, QUEUEING):
        raise UsageError(
            f"the account of the API key may not {missing} in the source project; ask the project's administrator for "
            "a role that has these rights, such as read-write"
        )


def _missing(client: SiteClient, project: Container, wanted: Mapping[str, str]) -> str:
    """Return which rights are missing, in words; ``""`` when none is, or when it cannot be known."""
    if client.account.is_admin:
        return ""
    actions = client.actions(project)
    return "" if actions is None else _wanting(actions, wanted)  # what may not be done, the site will refuse


def _wanting(actions: frozenset[str], wanted: Mapping[str, str]) -> str:
    return ", ".join(words for action, words in wanted.items() if action not in actions)


def check_destination_key(client: SiteClient, job: SiteClient, source_project: str) -> tuple[str, ...]:
    """Judge the key that writes to the destination instead of the job's own.

    Args:
        client: with the destination's key.
        job: with the job's own key.
        source_project: id of the source project; empty when it is not known.

    Returns:
        Warnings.

    Raises:
        UsageError: it is a site administrator's, or a job's.
        SiteError: the site does not answer.
    """
    if client.account.is_job:
        raise UsageError(
            "destination-key: is the key of a job, which ends with that job; make a key of an account that has rights "
            "in the destination project alone"
        )
    if client.account.is_admin:
        raise UsageError(
            "destination-key: belongs to a site administrator, so whoever reads it may read the whole site; make a key "
            "of an account that has rights in the destination project alone"
        )
    if source_project and _reads_more(client, job, source_project):
        return (_READS_MORE,)
    return ()


def _reads_more(client: SiteClient, job: SiteClient, source_project: str) -> bool:
    try:
        source = client.container(source_project)
    except SiteError as error:
        if error.is_passing:
            raise
        return False
    theirs = client.actions(source) or frozenset()
    own = job.actions(source)
    return "files_download" in theirs and (own is None or "files_download" not in own)

"""What a job on a site asks for: ``config.json`` with an API key, checked before any data is read.

A job with an ``input-file`` is about that file; one without it is about the container that it was started on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.engine.base import RunOptions
from fw_gear_deid.errors import ProfileError, UsageError
from fw_gear_deid.gear.job import INPUT_FILE, MAPPING_FILE, PROFILE_FILE, JobReading
from fw_gear_deid.profile.templates.mapping import read_mapping
from fw_gear_deid.profile.templates.variables import SESSION, SUBJECT
from fw_gear_deid.site.containers import mapping as as_object
from fw_gear_deid.site.exports import Overwrite
from fw_gear_deid.site.key_files import OPTIONS, places
from fw_gear_deid.site.levels import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.profile.templates.mapping import MappingTable
    from fw_gear_deid.site.addresses import ProjectPath

DESTINATION_KEY: Final = "destination-key"

MAX_KEY: Final = 4096


@dataclass(frozen=True, slots=True)
class SiteJob:
    """A job on a site that can be begun.

    Attributes:
        api_key: of the job.
        project: where the copies go.
        container: id of the container that is exported, or that holds the input file.
        wanted: which profile.
        mapping: values for its templates; None: none.
        overwrite: what happens to earlier copies.
        options: how the run works.
        destination_key: writes to the destination in the job's place; ``""``: the job's own key does.
        input_file: name and place of the one file that is meant; None: all files of the container and below.
        by_id: kinds of containers that are found by their origin alone.
        delete_reason: passed on where something is deleted.
        key_files: where on the site key files are, by name.
        tag: put on every source file, with ``-PASS`` or ``-FAIL`` behind it; ``""``: none.
    """

    api_key: str = field(repr=False)
    project: ProjectPath
    container: str
    wanted: Wanted
    mapping: MappingTable | None
    overwrite: Overwrite
    options: RunOptions
    destination_key: str = field(default="", repr=False)
    input_file: tuple[str, Path] | None = None
    by_id: frozenset[str] = frozenset()
    delete_reason: str = ""
    key_files: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """The input file that gets the job's result; known also of a job that is refused.

    Attributes:
        name: of the file.
        kind: kind of its container, as the platform's metadata names it.
        described: what ``config.json`` says of it.
        tag: put on it, with ``-PASS`` or ``-FAIL`` behind it; ``""``: none.
    """

    name: str
    kind: str
    described: Mapping[str, Any]
    tag: str = ""


def marked_by(config_json: object) -> Marked | None:
    """Return the file that a job marks; None when there is none, or in a dry run."""
    whole = as_object(config_json)
    entry = as_object(as_object(whole.get("inputs")).get(INPUT_FILE))
    config = as_object(whole.get("config"))
    path = as_object(entry.get("location")).get("path")
    if not isinstance(path, str) or config.get("dry_run") is True:
        return None
    kind, tag = as_object(entry.get("hierarchy")).get("type"), config.get("tag")
    return Marked(Path(path).name, str(kind or "acquisition"), as_object(entry.get("object")), str(tag or ""))


def api_key_of(config_json: object) -> str:
    """Return the API key of a job, ``""`` when it has none; it is found by its kind, whatever the input is called."""
    inputs = config_json.get("inputs") if isinstance(config_json, dict) else None
    for entry in inputs.values() if isinstance(inputs, dict) else ():
        if isinstance(entry, dict) and entry.get("base") == "api-key" and isinstance(entry.get("key"), str):
            return str(entry["key"])
    return ""


def read_site_job(config_json: object, manifest: Mapping[str, Any], folder: Path) -> SiteJob:
    """Check a job on a site as far as that is possible without asking the site.

    Args:
        config_json: what ``config.json`` holds.
        manifest: what ``manifest.json`` holds.
        folder: the gear's folder, which holds ``input``.

    Raises:
        UsageError: it cannot be done; the message has a line for each problem.
    """
    return _SiteReading(config_json, manifest, folder).site_job(config_json)


class _SiteReading(JobReading):
    """One pass over ``config.json`` that collects problems instead of stopping at the first."""

    def site_job(self, config_json: object) -> SiteJob:
        """Return the job, or raise with all that is wrong with it."""
        project = self.project()
        container, input_file = self._subject_matter(config_json)
        mapping = self._mapping()
        key = self._destination_key()
        profile = self.path(PROFILE_FILE)
        config = self.config
        if self.problems or project is None:
            raise UsageError("\n".join(self.problems))
        wanted = Wanted(
            config["profile_source"],
            None if profile is None else profile.read_bytes(),
            config["profile_name"],
            config["allow_no_deid"],
        )
        options = RunOptions(
            config["workers"],
            unmatched=config["unmatched_files"],
            dry_run=config["dry_run"],
            log=True,
            residual=config["residual_identifiers"],
        )
        return SiteJob(
            api_key=api_key_of(config_json),
            project=project,
            container=container,
            wanted=wanted,
            mapping=mapping,
            overwrite=Overwrite(config["overwrite_files"]),
            options=options,
            destination_key=key,
            input_file=input_file,
            by_id=frozenset(config["match_by_id"]),
            delete_reason=config["delete_reason"],
            key_files=_key_files(config),
            tag=config["tag"],
        )

    def _subject_matter(self, config_json: object) -> tuple[str, tuple[str, Path] | None]:
        """Return the id of the container that is meant, and the one file if only one is."""
        if INPUT_FILE in self.inputs:
            path = self.path(INPUT_FILE)
            hierarchy = as_object(as_object(self.inputs[INPUT_FILE]).get("hierarchy"))
            if not hierarchy.get("id") or not isinstance(hierarchy["id"], str):
                self.problems.append(
                    f"{INPUT_FILE}: config.json gives no id of its container; choose a file of the site"
                )
                return "", None
            return hierarchy["id"], None if path is None else (path.name, path)
        destination = config_json.get("destination") if isinstance(config_json, dict) else None
        found = destination.get("id") if isinstance(destination, dict) else None
        if not isinstance(found, str):
            self.problems.append(
                "config.json tells no destination; start the gear on a container, or choose an input-file"
            )
            return "", None
        return found, None

    def _mapping(self) -> MappingTable | None:
        path = self.path(MAPPING_FILE)
        if path is None:
            return None
        keys = (SUBJECT, SESSION) if self.config.get("session_level_profile") else (SUBJECT,)
        try:
            return read_mapping(path, keys, MAPPING_FILE)
        except ProfileError as error:
            self.problems += [problem.located(MAPPING_FILE) for problem in error.problems]
            return None

    def _destination_key(self) -> str:
        path = self.path(DESTINATION_KEY)
        if path is None:
            return ""
        text = path.read_bytes()[: MAX_KEY + 1]
        try:
            key = text.decode().strip()
        except UnicodeDecodeError:
            key = ""
        if not key or len(text) > MAX_KEY or any(character.isspace() for character in key):
            self.problems.append(f"{DESTINATION_KEY}: the file must hold one API key, as host:key, and nothing else")
            return ""
        return key


def _key_files(config: Mapping[str, Any]) -> dict[str, str]:
    return {name: place for option in OPTIONS for name, place in places(option, config[option]).items()}

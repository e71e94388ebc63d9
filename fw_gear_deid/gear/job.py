"""What a job asks for: ``config.json``, checked whole before any data is read.

No message repeats a value: a person's name may have been typed anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fw_gear_deid.engine.base import RunOptions
from fw_gear_deid.engine.subjects.map import SubjectMap
from fw_gear_deid.errors import ProfileError, UsageError
from fw_gear_deid.formats.compiling import objections, open_draft
from fw_gear_deid.gear.config import read_config
from fw_gear_deid.profile import Variables, builtin_names, is_builtin, read_draft
from fw_gear_deid.profile.templates.mapping import read_mapping
from fw_gear_deid.profile.templates.variables import LABELS, SESSION, SUBJECT
from fw_gear_deid.site.addresses import ProjectPath
from fw_gear_deid.site.containers import SiteFile
from fw_gear_deid.site.exports import Overwrite
from fw_gear_deid.site.lineage import LEVELS, Lineage
from fw_gear_deid.site.outputs import NO_SOURCE, is_output

if TYPE_CHECKING:
    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.profile import Draft

INPUT_FILE = "input-file"
PROFILE_FILE = "deid_profile"
MAPPING_FILE = "mapping_csv"
SITE_LEVELS = ("project", "group", "site")
"""Profile sources that only a site has."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file input of the job.

    Attributes:
        path: where it is.
        lineage: the containers it lies in.
        file_id: its id on the site; empty when it is not known.
        type: its type on the site; empty when it is not known.
        metadata: what ``config.json`` says of it. Identifying.
        labels: labels of its subject and session, as far as they are known.
    """

    path: Path
    lineage: Lineage
    file_id: str = ""
    type: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GearJob:
    """A job that can be done.

    Attributes:
        input_file: what is de-identified.
        compiled: the profile by which it is.
        project: where the copy goes.
        overwrite: what happens to earlier copies.
        options: how the run works.
        notes: what is odd about the job but no error, a sentence each.
    """

    input_file: InputFile
    compiled: CompiledProfile
    project: ProjectPath
    overwrite: Overwrite
    options: RunOptions
    notes: tuple[str, ...] = ()


def read_job(config_json: object, manifest: Mapping[str, Any], folder: Path) -> GearJob:
    """Check a job as a whole.

    Args:
        config_json: what ``config.json`` holds.
        manifest: what ``manifest.json`` holds.
        folder: the gear's folder, which holds ``input``.

    Raises:
        UsageError: it cannot be done; the message has a line for each problem.
    """
    return JobReading(config_json, manifest, folder).job()


class JobReading:
    """One pass over ``config.json`` that collects problems instead of stopping at the first.

    Attributes:
        problems: what is wrong, a line each.
        inputs: the job's inputs, by name.
        config: its configuration, the manifest's defaults included.
    """

    def __init__(self, config_json: object, manifest: Mapping[str, Any], folder: Path) -> None:
        self.problems: list[str] = []
        self._notes: list[str] = []
        self._folder = folder
        whole = self.as_object(config_json, "config.json")
        self.inputs = self.as_object(whole.get("inputs", {}), "config.json: 'inputs'")
        given = self.as_object(whole.get("config", {}), "config.json: 'config'")
        self.config, faults = read_config(given, manifest["config"])
        self.problems += faults
        for name in sorted(set(self.inputs) - set(manifest["inputs"])):
            self.problems.append(f"inputs: {name!r} is not an input of this version of the gear; leave it out")

    def job(self) -> GearJob:
        """Return the job, or raise with all that is wrong with it."""
        project = self.project()
        input_file = self._input_file()
        if self.config.get("secret_key"):
            self.problems.append(
                "secret_key: needs the site that has the file; without api-key, write secret-key into the profile"
            )
        draft = self._draft()
        profile = None if draft is None else self._filled(draft, None if input_file is None else input_file.labels)
        subjects = None if profile is None else self._subjects(profile)
        if self.problems or project is None or input_file is None or profile is None:
            raise UsageError("\n".join(self.problems))
        config = self.config
        options = RunOptions(
            workers=config["workers"],
            unmatched=config["unmatched_files"],
            dry_run=config["dry_run"],
            log=True,
            subjects=subjects,
            residual=config["residual_identifiers"],
        )
        overwrite = Overwrite(config["overwrite_files"])
        return GearJob(input_file, profile, project, overwrite, options, tuple(self._notes))

    def as_object(self, value: object, what: str) -> Mapping[str, Any]:
        """Return a JSON object; an empty one after noting that it is none."""
        if isinstance(value, Mapping):
            return value
        self.problems.append(f"{what} must be a JSON object; launch the gear again from the site")
        return {}

    def project(self) -> ProjectPath | None:
        """Return the destination project; None after noting what is wrong with it."""
        if "project_path" not in self.config:
            return None
        try:
            return ProjectPath.parse(self.config["project_path"])
        except UsageError as error:
            self.problems.append(f"project_path: {error}")
            return None

    def path(self, name: str) -> Path | None:
        """Return where a file input is; None if it was not given, or not in a way that can be used."""
        if name not in self.inputs:
            return None
        entry = self.as_object(self.inputs[name], f"inputs: {name!r}")
        location = self.as_object(entry.get("location", {}), f"inputs: {name!r}: 'location'")
        if entry.get("base") != "file" or not isinstance(location.get("path"), str):
            self.problems.append(f"{name}: must be a file; choose one and launch the gear again")
            return None
        path = Path(location["path"])
        here = self._folder / "input" / name / path.name  # the same file when the gear's folder was moved
        found = next((place for place in (path, here) if place.is_file()), None)
        if found is None:
            self.problems.append(f"{name}: the file is not where config.json says; launch the gear again")
        return found

    def _input_file(self) -> InputFile | None:
        path = self.path(INPUT_FILE)
        if path is None:
            if INPUT_FILE not in self.inputs:
                self.problems.append(f"{INPUT_FILE}: missing; choose the file or archive to de-identify")
            return None
        entry = self.inputs[INPUT_FILE]
        described = self.as_object(entry.get("object", {}), f"inputs: {INPUT_FILE!r}: 'object'")
        if is_output(SiteFile.of({**described, "name": path.name}, "")):
            self.problems.append(NO_SOURCE)
        lineage = self._lineage(entry.get("hierarchy", {}), described.get("parents"))
        if lineage is None:
            return None
        labels = self._labels(entry.get("hierarchy", {}), described)
        file_id, kind = _text(described.get("file_id")), _text(described.get("type"))
        return InputFile(path, lineage, file_id, kind, described, labels)

    def _lineage(self, hierarchy: object, parents: object) -> Lineage | None:
        found = self.as_object(hierarchy, f"inputs: {INPUT_FILE!r}: 'hierarchy'")
        above = found.get("parents") or parents or {}
        kind = _text(found.get("type")) or "acquisition"
        if kind not in LEVELS:
            levels = ", ".join(LEVELS)
            self.problems.append(f"{INPUT_FILE}: must be a file of one of: {levels}; choose such a file")
            return None
        ids = {level: _text(above.get(level)) for level in LEVELS} if isinstance(above, Mapping) else {}
        ids[kind] = _text(found.get("id"))
        if not ids[kind]:  # without it, what stands for the file at the destination could be guessed from its name
            self.problems.append(f"{INPUT_FILE}: config.json gives no id of its container; choose a file of the site")
            return None
        return Lineage(kind, {level: known for level, known in ids.items() if known})

    def _labels(self, *places: Any) -> dict[str, str]:  # noqa: ANN401  # config.json is what it is
        """Return the labels of subject and session. The platform does not tell them; a job made by hand can."""
        given: object = next(
            (place["labels"] for place in places if isinstance(place, Mapping) and "labels" in place), {}
        )
        known = self.as_object(given, f"inputs: {INPUT_FILE!r}: 'labels'")
        return {kind: label for kind in LABELS.values() if (label := _text(known.get(kind)).strip())}

    def _draft(self) -> Draft | None:
        path = self.path(PROFILE_FILE)
        source = self.config.get("profile_source")
        name = self.config.get("profile_name") or None
        if source == "builtin":
            if PROFILE_FILE in self.inputs:
                self._notes.append("the deid_profile input is not used, because profile_source is builtin")
            if name is None:
                self.problems.append("profile_name: missing; profile_source builtin needs the name of a profile")
                return None
            if not is_builtin(name):
                names = ", ".join(builtin_names())
                self.problems.append(f"profile_name: there is no such built-in profile; there are: {names}")
                return None
            return self._read(name, None)
        if source in SITE_LEVELS:
            self.problems.append(f"profile_source: {source} needs the site; launch the gear there, or choose another")
            return None
        if source is not None and PROFILE_FILE not in self.inputs:
            self.problems.append(
                f"{PROFILE_FILE}: missing; choose a profile file, or set profile_source to builtin and name one"
            )
        return None if path is None else self._read(path, name)

    def _subjects(self, compiled: CompiledProfile) -> SubjectMap | None:
        """Return the subject map; a job cannot begin one, because its own folder is gone when it ends."""
        if not compiled.profile.map_subjects:
            return None
        path = self._folder / compiled.profile.map_subjects
        if not path.is_file():
            self.problems.append("map-subjects: the subject map is not there; a job goes on from one, but begins none")
            return None
        if (self._folder / "output").resolve() in path.resolve().parents:
            self.problems.append("map-subjects: the subject map lies in output/, among the copies; put it elsewhere")
            return None
        try:
            return SubjectMap(path, keeps=not self.config.get("dry_run", False))
        except UsageError as error:
            self.problems.append(str(error).removeprefix(f"{path.resolve()}: "))
        return None

    def _read(self, profile: Path | str, name: str | None) -> Draft | None:
        try:
            return read_draft(profile, name=name, allow_no_deid=self.config.get("allow_no_deid", False))
        except ProfileError as error:
            self.problems += [problem.located(PROFILE_FILE) for problem in error.problems]
            return None

    def _filled(self, draft: Draft, labels: Mapping[str, str] | None) -> CompiledProfile | None:
        variables = None if labels is None else self._variables(draft, labels)
        try:
            if variables is not None:
                compiled = open_draft(draft, variables)
                if compiled.profile.deid_log:
                    self._notes.append("deid-log of the profile is not used: the gear's log is output/deid_log.csv")
                return compiled
            problems = draft.checked(None, objections)[1]
        except ProfileError as error:
            problems = error.problems
        self.problems += [problem.located(PROFILE_FILE) for problem in problems]
        return None

    def _variables(self, draft: Draft, labels: Mapping[str, str]) -> Variables | None:
        """Return what the profile is filled from; None after noting why it is not known."""
        containers = {kind: {"label": label} for kind, label in labels.items()}
        if MAPPING_FILE not in self.inputs:
            return Variables(None, containers)
        path = self.path(MAPPING_FILE)
        keys = (SUBJECT, SESSION) if self.config.get("session_level_profile") else (SUBJECT,)
        if unknown := [LABELS[key] for key in keys if LABELS[key] not in labels]:
            self.problems.append(
                f"{MAPPING_FILE}: config.json does not tell the label of the {' and '.join(unknown)}, so no row of it "
                "can be chosen; use fw-deid run with --mapping and --subject"
            )
        if path is None or unknown:
            return None
        try:
            table = read_mapping(path, keys, MAPPING_FILE)
            row = table.row({key: labels[LABELS[key]] for key in keys})
        except ProfileError as error:
            self.problems += [problem.located(MAPPING_FILE) for problem in error.problems]
            return None
        self._notes += [problem.located(MAPPING_FILE) for problem in table.unused(draft.names)]
        return Variables(row.cells, containers)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

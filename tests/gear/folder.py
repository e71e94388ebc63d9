"""A gear's folder as the platform lays it out, and a launch as the platform does it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_deid.gear import site_run

if TYPE_CHECKING:
    from tests.flywheel_site.lab import Lab

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((ROOT / "manifest.json").read_text())

IDS = {
    "project": "aaaaaaaaaaaaaaaaaaaaaa01",
    "subject": "aaaaaaaaaaaaaaaaaaaaaa02",
    "session": "aaaaaaaaaaaaaaaaaaaaaa03",
}
ACQUISITION = "aaaaaaaaaaaaaaaaaaaaaa04"
FILE = "aaaaaaaaaaaaaaaaaaaaaa05"


@dataclass
class GearFolder:
    """``/flywheel/v0`` of one job.

    Attributes:
        environment: variables beside those of the manifest.
    """

    path: Path
    config: dict = field(default_factory=lambda: {"project_path": "research/Copy"})
    inputs: dict = field(default_factory=dict)
    destination: dict = field(default_factory=lambda: {"type": "acquisition", "id": ACQUISITION})
    environment: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("input", "output", "work"):
            (self.path / name).mkdir(parents=True)
        for name in ("manifest.json", "run.py"):
            shutil.copy(ROOT / name, self.path)
        (self.path / "fw_gear_deid").symlink_to(ROOT / "fw_gear_deid")

    @property
    def output(self) -> Path:
        return self.path / "output"

    def add_input(self, name: str, file_name: str, content: bytes | str, kind: str = "archive") -> Path:
        path = self.path / "input" / name / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.inputs[name] = {
            "base": "file",
            "hierarchy": {"type": "acquisition", "id": ACQUISITION, "parents": {"group": "lab", **IDS}},
            "location": {"path": str(path), "name": file_name},
            "object": {"type": kind, "size": path.stat().st_size, "version": 1, "file_id": FILE, "info": {}},
        }
        return path

    def write_config(self) -> None:
        whole = {
            "config": self.config,
            "inputs": self.inputs,
            "destination": self.destination,
            "job": {"id": "aaaaaaaaaaaaaaaaaaaaaa06", "origin": {"type": "user", "id": "coordinator@example.org"}},
        }
        (self.path / "config.json").write_text(json.dumps(whole))

    def start(self) -> subprocess.Popen[bytes]:
        """Start the manifest's command with the manifest's environment and nothing else but what was set."""
        self.write_config()
        environment = MANIFEST["environment"] | self.environment
        # In the image, the interpreter is the first on this path; here it is wherever the tests run.
        environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
        return subprocess.Popen(  # noqa: S602  # the platform starts the command in a shell, and so does this
            MANIFEST["command"],
            shell=True,
            cwd=self.path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def launch(self) -> Launched:
        process = self.start()
        stdout, stderr = process.communicate(timeout=120)
        return Launched(process.returncode, stdout.decode(), stderr.decode())

    def copies(self) -> dict[str, bytes]:
        """The files of the embedded tree, by path below the project."""
        tree = self.output / "research" / "Copy"
        return {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Launched:
    """How a job ended."""

    code: int
    stdout: str
    stderr: str


def on_site(path: Path, lab: Lab, profile: str, **config: object) -> GearFolder:
    """Return a job of the site's owner on the source project, whose copies go to the destination."""
    made = GearFolder(path, {"project_path": "lab/Destination", "residual_identifiers": "ignore", **config})
    made.inputs["api-key"] = {"base": "api-key", "key": lab.running.api_key(lab.keys["owner"])}
    made.add_input("deid_profile", "profile.yaml", profile, "source code")
    made.destination = {"type": "project", "id": lab.source["_id"]}
    return made


def done(job: GearFolder) -> int:
    """Do a job on a site in this process and return the exit code."""
    job.write_config()
    config = json.loads((job.path / "config.json").read_text(encoding="utf-8"))
    return site_run.do(config, MANIFEST, job.output, lambda: False)

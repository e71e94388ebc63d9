"""``flywheel-migration`` as an oracle: the same profile and the same file through Flywheel's own engine."""

from __future__ import annotations

import csv
import json
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def its_warnings() -> Iterator[None]:
    """Let the oracle, and the pydicom below it, warn: only while they run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


with its_warnings():
    from flywheel_migration.deidentify import DeIdProfile
    from fs.osfs import OSFS


@dataclass(frozen=True)
class Result:
    """What an engine made of one file.

    Attributes:
        files: the copies, by name; none when the file was left out.
        before: values before, by field; as in the log.
        after: values after.
        refusal: why there is no copy.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    refusal: str = ""

    @property
    def name(self) -> str:
        (name,) = self.files
        return name

    @property
    def data(self) -> bytes:
        (data,) = self.files.values()
        return data


def deidentify(profile: dict[str, Any], name: str, data: bytes) -> Result:
    """Run the oracle over one file."""
    with TemporaryDirectory() as folder, its_warnings():
        source, target, log = Path(folder, "source"), Path(folder, "target"), Path(folder, "log.csv")
        source.mkdir()
        target.mkdir()
        (source / name).write_bytes(data)
        engine = DeIdProfile()
        engine.load_config(json.loads(json.dumps(profile | {"deid-log": str(log)})))
        problems = engine.validate()
        assert not problems, problems
        refusal = _run(engine, source, name, target)
        files = {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}
        if refusal or not files:
            return Result(refusal=refusal or "left out")
        before, after = _rows(log)
        return Result(files, before, after)


def _run(engine: DeIdProfile, source: Path, name: str, target: Path) -> str:
    engine.initialize()
    try:
        engine.process_file(OSFS(str(source)), name, OSFS(str(target)))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it raises is its answer
        return f"{type(error).__name__}: {error}"
    finally:
        engine.finalize()
    return ""


def _rows(log: Path) -> tuple[dict[str, str], dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    csv.field_size_limit(1 << 30)  # it logs whole pixel data
    with log.open(newline="") as file:
        for row in csv.DictReader(file):
            del row["path"]
            rows[row.pop("type")] = row
    return rows.get("before", {}), rows.get("after", {})

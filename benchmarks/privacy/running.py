"""Runs the product from outside, by its command line, and says where each source went."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

CLI: Final = "import sys; from fw_gear_deid.cli import main; sys.exit(main())"
KEY: Final = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
"""Secret key of the benchmark: no secret."""
PIXEL_RULE: Final = {
    "pixels": [{"when": "equals BurnedInAnnotation YES + equals Modality US|OT", "remove": [0, 0, 160, 24]}]
}
"""Where the benchmark burns text in; no built-in profile can know that."""
PAIRS: Final = ["*.nii", "*.nii.gz", "*.hdr", "*.hdr.gz", "*.img", "*.img.gz"]
"""The names of NIfTI files and pairs; built-in profiles take no pairs, for files of other kinds have such names."""
KEY_VALUE: Final = {
    "delimiter": r"\s*=\s*",
    "fields": [
        {"name": "PatientName", "remove": True},
        {"name": "PatientID", "pseudonym": True},
        {"name": "Comment", "clean": True},
    ],
}
"""Rules for text of keys and values, of which built-in profiles know none."""
REPORTS: Final = "reports"


class ProductError(Exception):
    """The command line ended with an error of its own."""


@dataclass(frozen=True, slots=True)
class Output:
    """What became of one source or member: its bytes and new name, or why there are none."""

    name: str = ""
    content: bytes | None = field(default=None, repr=False)
    reason: str = ""


def command(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run ``fw-deid`` from the repository's root."""
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", CLI, *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


def profile(name: str, folder: Path) -> Path:
    """Write the profile that is measured, with the benchmark's own rules and key, and return its path.

    Raises:
        ProductError: there is no such profile.
    """
    if Path(name).is_file():
        text = Path(name).read_text("utf-8")
    else:
        shown = command("profile", "show", name)
        if shown.returncode:
            raise ProductError(shown.stderr.decode().strip())
        text = shown.stdout.decode()
    tree = yaml.safe_load(text)
    tree.setdefault("dicom", {}).setdefault("alter_pixels", PIXEL_RULE)
    tree.setdefault("nifti", {}).setdefault("file-filter", PAIRS)
    tree.setdefault("key-value-text-file", KEY_VALUE)
    tree.setdefault("secret-key", KEY)
    path = folder / "profile.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def run(name: str, root: Path, folder: Path, arguments: Sequence[str] = ()) -> dict[str, Output]:
    """De-identify a tree, and return what became of each file and archive member.

    Raises:
        ProductError: the run could not begin.
    """
    reports = folder / REPORTS
    reports.mkdir(parents=True)
    where, out = folder / "table.csv", folder / "out"
    asked: list[str | Path] = ["run", profile(name, folder), root, "-o", out, "--table", where]
    asked += ["--report", reports / "deid_report.json", "--quiet", *arguments]
    if "--html" in command("run", "--help").stdout.decode():
        asked += ["--html", reports / "deid_report.html"]
    done = command(*asked)
    (folder / "said.txt").write_bytes(done.stdout + done.stderr)
    if not where.exists():
        raise ProductError(done.stderr.decode().strip())
    return _outputs(where, out)


def _outputs(table: Path, out: Path) -> dict[str, Output]:
    outputs: dict[str, Output] = {}
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            source = _joined(row["origin_parent"], row["origin_filename"])
            if row["state"] != "exported":
                outputs[source] = Output(reason=f"{row['state']}: {row['reason']}")
                continue
            copy = _joined(row["export_parent"], row["export_filename"])
            content = (out / copy).read_bytes()
            outputs[source] = Output(copy, content)
            if copy.endswith((".zip", ".tar", ".tar.gz")):
                outputs |= _members(source, content)
    return outputs


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder not in {"", "."} else name


def _members(source: str, content: bytes) -> dict[str, Output]:
    return {f"{source}!{number}": Output(name, data) for number, (name, data) in enumerate(members(content))}


def members(content: bytes) -> list[tuple[str, bytes]]:
    """Return names and bytes of the members of an archive."""
    return _of_zip(content) if content[:2] == b"PK" else _of_tar(content)


def _of_zip(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist() if not entry.is_dir()]


def _of_tar(content: bytes) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [(entry.name, file.read()) for entry in archive if (file := archive.extractfile(entry)) is not None]

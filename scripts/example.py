"""Set up ``.venv``, then run the gear on made-up data, as the platform would.

``python3 scripts/example.py`` lays out ``example_output/`` as a gear's folder (manifest, config.json, input/, output/)
and starts the manifest's command there. Another profile of ``example_config/profiles`` can be named:
``python3 scripts/example.py small``.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from environment import BINARIES, ROOT, prepare, run, stop

EXAMPLE: Final = ROOT / "example_config"
SCRATCH: Final = ROOT / "example_output"
OUTPUT: Final = SCRATCH / "output"
SHOWN: Final = (
    ("deid_log.csv", "every value before and after; on real data this is what identifies the patient"),
    ("*_export.csv", "what became of each file, and why"),
    ("deid_report.json", "what was done, by which rule, without any value"),
    ("deid_report.html", "the same as a page"),
)


def main() -> int:
    """Prepare, run, and say where to look; return the gear's exit code."""
    config = json.loads((EXAMPLE / "config.json").read_text(encoding="utf-8"))
    if sys.argv[1:]:
        profile = profile_of(sys.argv[1])
        if not profile.is_file():
            known = ", ".join(sorted(path.stem for path in profile.parent.glob("*.yaml")))
            return stop(f"There is no such profile in example_config/profiles. There are: {known}.")
        location = config["inputs"]["deid_profile"]["location"]
        location.update(name=profile.name, path=f"/flywheel/v0/input/deid_profile/{profile.name}")
    prepare("runtime", "build")
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    if SCRATCH.exists():
        shutil.rmtree(SCRATCH)
    lay_out(config, SCRATCH)
    print("Running the gear on example_config/ …\n", flush=True)
    program, *arguments = shlex.split(manifest["command"])
    code = run(program, *arguments, cwd=SCRATCH, env=environment(manifest))
    tell(code)
    return code


def profile_of(name: str) -> Path:
    """Return where a profile of the example is, by its name, with or without its suffix."""
    return EXAMPLE / "profiles" / f"{Path(name).name.removesuffix('.yaml')}.yaml"


def lay_out(config: dict[str, Any], folder: Path) -> None:
    """Write the folder in which the platform starts a gear, with the inputs in their places.

    Args:
        config: what becomes ``config.json``; the inputs' locations are set.
        folder: it must not hold a gear's folder yet.
    """
    for name in ("output", "work"):
        (folder / name).mkdir(parents=True)
    for name in ("manifest.json", "run.py"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / "fw_gear_deid", folder / "fw_gear_deid", ignore=shutil.ignore_patterns("__pycache__"))
    for key, entry in config["inputs"].items():
        if entry["base"] != "file":
            continue
        name = entry["location"]["name"]
        place = folder / "input" / key / name
        place.parent.mkdir(parents=True)
        shutil.copy2(next(EXAMPLE.glob(f"*/{name}")), place)
        entry["location"]["path"] = str(place)
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def environment(manifest: dict[str, Any]) -> dict[str, str]:
    """Return the variables that the manifest gives a gear, with this environment's programs first."""
    variables: dict[str, str] = manifest.get("environment", {})
    path = os.pathsep.join((str(BINARIES), os.environ.get("PATH", "")))
    system = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    return {**variables, **system, "PATH": path}


def tell(code: int) -> None:
    """Print what the run has left, and where."""
    if code:
        print(f"\nThe gear ended with exit code {code}; its messages above say why.")
    print("\nWhere to look")
    for project in sorted(path for path in OUTPUT.glob("*/*") if path.is_dir()):
        print(f"  {project.relative_to(ROOT)}{os.sep}")
        print("      the de-identified tree, as a project of that name would hold it")
        files = sorted(path.relative_to(project) for path in project.rglob("*") if path.is_file())
        for path in files:
            if not path.name.endswith(".metadata.json"):
                print(f"        {path}")
    for pattern, meaning in SHOWN:
        for path in sorted(OUTPUT.glob(pattern)):
            print(f"  {path.relative_to(ROOT)}\n      {meaning}")


if __name__ == "__main__":
    sys.exit(main())

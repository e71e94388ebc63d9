"""One run of ``flywheel-migration``: ``python oracle.py PROFILE SOURCE FOLDER``, by an interpreter that has it.

Imports nothing of this project, as it may run in another environment.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its file system layer imports pkg_resources
    from flywheel_migration.deidentify import load_profile  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from fs.osfs import OSFS  # type: ignore[import-not-found,import-untyped,unused-ignore]


def main() -> None:
    """De-identify one file. What it answers does not tell whether an archive was handled: the output does."""
    parser = argparse.ArgumentParser(prog="oracle.py")
    parser.add_argument("profile", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    profile = load_profile(str(options.profile))
    profile.initialize()
    profile.process_file(OSFS(str(options.source.parent)), options.source.name, OSFS(str(options.folder)))
    profile.finalize()


if __name__ == "__main__":
    main()

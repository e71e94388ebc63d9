"""``python -m tests.flywheel_site``: a site to try things on by hand.

Prints one line of JSON with host, port and keys once it serves, and ends on SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.flywheel_site.engine import JobEngine
from tests.flywheel_site.faults import NAMES
from tests.flywheel_site.folder import dump, load
from tests.flywheel_site.serving import serving
from tests.flywheel_site.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.flywheel_site.serving import Running

OWNER, READER, ADMINISTRATOR = "owner@example.org", "reader@example.org", "admin@example.org"


def main() -> int:
    """Serve until told to stop; return the exit code."""
    arguments = _arguments()
    site = Site(signed_urls=not arguments.plain_uploads)
    if arguments.load is not None:
        load(site, arguments.load)
    keys = with_people(site)
    for fault in arguments.fault:
        site.faults.switch_on(fault)
    if arguments.run_jobs:
        site.install(Path(__file__).resolve().parents[2])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with serving(site, arguments.port) as running, _jobs(running) if arguments.run_jobs else contextlib.nullcontext():
        api_keys = {name: running.api_key(secret) for name, secret in keys.items()}
        told = {"host": "127.0.0.1", "port": running.port, "keys": api_keys}
        print(json.dumps(told), flush=True)  # noqa: T201  # whoever started it reads this line
        stop.wait()
    if arguments.dump is not None:
        dump(site, arguments.dump)
    return 0


@contextlib.contextmanager
def _jobs(running: Running) -> Iterator[None]:
    """Carry jobs out in the background."""
    with tempfile.TemporaryDirectory() as folder, JobEngine(running, Path(folder)).in_background():
        yield


def with_people(site: Site) -> dict[str, str]:
    """Give every project an owner and a reader; return secrets: owner, reader, admin, rule (in the first project)."""
    projects = [each for each in site.containers.values() if each["container_type"] == "project"]
    keys = {"owner": site.add_user(OWNER), "reader": site.add_user(READER)}
    keys["admin"] = site.add_user(ADMINISTRATOR, is_admin=True)
    for project in projects:
        project["permissions"] = [
            {"_id": OWNER, "role_ids": [site.role("admin").id]},
            {"_id": READER, "role_ids": [site.role("read-only").id]},
        ]
    if projects:
        keys["rule"] = site.add_rule_key(projects[0]["_id"])
    return keys


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.flywheel_site", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port of the loopback interface; a free one if not given")
    parser.add_argument(
        "--load", type=Path, metavar="FOLDER", help="group/project/subject/session/acquisition to begin with"
    )
    parser.add_argument("--dump", type=Path, metavar="FOLDER", help="where the final state goes")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(NAMES), help="a fault to switch on")
    parser.add_argument("--run-jobs", action="store_true", help="install this checkout's gear, and carry its jobs out")
    parser.add_argument("--plain-uploads", action="store_true", help="a site without signed URLs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

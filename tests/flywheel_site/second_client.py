"""Flywheel's own export gear against the site for tests: a second client, with its own, older SDK.

It judges the site, not our gear: what ``fw-gear-deid-export`` asks for must be there and be answered as it expects.
That package needs Python 3.12 and versions that differ from ours, so it runs in an environment of its own, which
``scripts/second_client.py`` makes; ``test_second_client.py`` runs it there. By hand:

    $(python3 scripts/second_client.py) -m tests.flywheel_site.second_client

Each scenario prints what it found; the exit code is 0 when all of them went as they should.
"""

from __future__ import annotations

import csv
import io
import logging
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.__main__ import with_people
from tests.flywheel_site.files import store
from tests.flywheel_site.serving import serving
from tests.flywheel_site.site import Site
from tests.synthetic import ALICE, BJORN, mr_series, zip_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROFILE = """
name: second client
dicom:
  fields:
    - name: PatientName
      replace-with: Nobody
    - name: PatientID
      hash: true
zip:
  fields:
    - name: comment
      replace-with: none
only-config-profiles: true
flywheel:
  subject: {all: false, fields: [{name: sex, keep: true}, {name: label, %s}]}
  session: {all: true, fields: [{name: operator, remove: true}]}
  acquisition: {all: true}
  file: {all: true}
"""
KEEP, HASH, VARIABLE = "keep: true", "hash: true", 'replace-with: "{{ NEW }}"'


class Trial:
    """A site with a project to export, and the export gear's client.

    Attributes:
        csv: where the gear writes what became of each file.
    """

    def __init__(self, site: Site, client: Any, folder: Path) -> None:
        self.site, self.client, self.folder = site, client, folder
        self.source, self.destination = client.lookup("lab/Source"), client.lookup("lab/Destination")
        self.csv = folder / "export.csv"

    def export(self, origin: Any = None, label: str = KEEP, **options: Any) -> list[dict[str, str]]:
        """Export a container and return the rows of the gear's table."""
        from fw_gear_deid_export.container_export import export_container  # noqa: PLC0415  # not a dependency

        profile = self.folder / "profile.yaml"
        profile.write_text(PROFILE % label, encoding="utf-8")
        self.csv.unlink(missing_ok=True)
        arguments = {"jinja_var_df": None, "key_dict": {}, "session_level_profile": False, "overwrite": "Replace"}
        export_container(
            fw_client=self.client,
            container_id=(origin or self.source).id,
            dest_proj_id=self.destination.id,
            template_path=str(profile),
            csv_output_path=str(self.csv),
            **{**arguments, **options},
        )
        return list(csv.DictReader(io.StringIO(self.csv.read_text(encoding="utf-8"))))

    def labels(self, kind: str) -> list[str]:
        """Return the labels of the destination's containers of a kind."""
        return sorted(each["label"] for each in self.site.children(self.destination.id, kind))

    def copies(self) -> list[Any]:
        """Return the files of the destination."""
        made = {each["_id"] for kind in ("subject", "session", "acquisition") for each in self._children(kind)}
        return [file for file in self.site.files.values() if file.parent in made and not file.deleted]

    def _children(self, kind: str) -> list[dict[str, Any]]:
        return self.site.children(self.destination.id, kind)


@contextmanager
def trial(*, signed_urls: bool = True) -> Iterator[Trial]:
    """Open a site with two subjects, one of them with a comma in its label."""
    import flywheel  # noqa: PLC0415  # of the other environment

    site = Site(signed_urls=signed_urls)
    site.add_container("group", None, {"label": "Lab"}, "lab")
    source = site.add_container("project", "lab", {"label": "Source"})
    site.add_container("project", "lab", {"label": "Destination"})
    for number, (label, patient) in enumerate({"S1": ALICE, "Two, S": BJORN}.items()):
        fields = {"label": label, "code": label, "sex": "female", "firstname": "Canary"}
        subject = site.add_container("subject", source["_id"], fields)
        visit = {"label": "V1", "timestamp": "2020-01-02T03:04:05.000+00:00", "operator": "Canary", "age": 1000}
        session = site.add_container("session", subject["_id"], visit)
        for name in ("T1", "T2"):
            acquisition = site.add_container("acquisition", session["_id"], {"label": name, "tags": ["seen"]})
            scan = zip_archive(mr_series(patient, slices=1, rows=8, columns=8))
            words = {"modality": "MR", "classification": {"Measurement": [name]}, "info": {"number": number}}
            store(site, acquisition, f"{name}.dicom.zip", scan, metadata={**words, "tags": ["kept"]})
    keys = with_people(site)
    with serving(site) as running, tempfile.TemporaryDirectory() as folder:
        yield Trial(site, flywheel.Client(running.api_key(keys["owner"])), Path(folder))


def states(rows: list[dict[str, str]]) -> list[str]:
    """Return how each file ended."""
    return [row["state"] for row in rows]


# -- scenarios


def a_project_is_exported_with_signed_and_plain_uploads() -> None:
    """Containers, files and metadata arrive."""
    for signed in (True, False):
        with trial(signed_urls=signed) as open_trial:
            assert states(open_trial.export()) == ["exported"] * 4
            assert open_trial.labels("subject") == ["S1", "Two, S"]
            subject = open_trial.client.lookup("lab/Destination/S1").reload()
            assert (subject.sex, subject.firstname) == ("female", None), subject
            session = subject.sessions.find_first().reload()
            assert (session.label, session.age, session.operator or "") == ("V1", 1000, ""), session
            assert session.timestamp.isoformat() == "2020-01-02T03:04:05+00:00", session.timestamp
            acquisition = session.acquisitions.find_one("label=T1").reload()
            (file,) = acquisition.files
            assert (file.modality, file.classification) == ("MR", {"Measurement": ["T1"]}), file
            assert (file.tags, acquisition.tags) == (["kept"], ["seen"]), file
            assert set(file.info) == {"number", "export"}, file.info


def a_second_run_finds_what_is_there() -> None:
    """Each overwrite policy does to files what it says."""
    with trial() as open_trial:
        open_trial.export()
        first = {file.name + file.parent: file.id for file in open_trial.copies()}
        assert states(open_trial.export(overwrite="Skip")) == ["skipped"] * 4
        assert {len(file.versions) for file in open_trial.copies()} == {1}
        assert states(open_trial.export(overwrite="Replace")) == ["exported"] * 4
        assert {len(file.versions) for file in open_trial.copies()} == {2}
        assert {file.name + file.parent: file.id for file in open_trial.copies()} == first
        for policy in ("Cleanup", "Cleanup_force"):
            assert states(open_trial.export(overwrite=policy, delete_reason="test_data")) == ["exported"] * 4
            assert {len(file.versions) for file in open_trial.copies()} == {1}
        assert {each["reason"] for each in open_trial.site.deleted} == {"test_data"}
        assert (len(open_trial.labels("session")), len(open_trial.labels("acquisition"))) == (2, 4)


def containers_are_found_by_the_id_of_their_origin() -> None:
    """With labels that change, ``match_by_id`` makes nothing twice."""
    kinds = ["subject", "session", "acquisition"]
    with trial() as open_trial:
        assert states(open_trial.export(match_by_id=kinds)) == ["exported"] * 4
        assert states(open_trial.export(match_by_id=kinds, label=HASH)) == ["exported"] * 4
        assert open_trial.labels("subject") == ["S1", "Two, S"]
        assert states(open_trial.export(label=HASH)) == ["exported"] * 4
        assert len(open_trial.labels("subject")) == 4


def a_copied_file_is_deleted_by_force_alone() -> None:
    """A file that smart copies were made of refuses to go."""
    with trial() as open_trial:
        open_trial.export()
        original, other = open_trial.copies()[:2]
        other.document["copy_of"] = {"file_id": original.id, "version": 1}
        found = states(open_trial.export(overwrite="Cleanup"))
        assert sorted(found) == ["error", "exported", "exported", "exported"], found
        assert states(open_trial.export(overwrite="Cleanup_force")) == ["exported"] * 4


def a_mapping_fills_the_profile() -> None:
    """A table with new labels, and a subject that it does not name."""
    from fw_gear_deid_export.var_utils import create_jinja_var_df  # noqa: PLC0415  # not a dependency

    with trial() as open_trial:
        table = open_trial.folder / "mapping.csv"
        table.write_text('subject.label,NEW\n"Two, S",N2\n', encoding="utf-8")
        profile = open_trial.folder / "profile.yaml"
        profile.write_text(PROFILE % VARIABLE, encoding="utf-8")
        frame = create_jinja_var_df(str(profile), open_trial.source, str(table), False, open_trial.source)  # noqa: FBT003
        rows = open_trial.export(label=VARIABLE, jinja_var_df=frame)
        assert states(rows) == ["exported"] * 2
        assert open_trial.labels("subject") == ["N2"]


def parts_of_a_project_are_exported() -> None:
    """A subject, then a session."""
    with trial() as open_trial:
        subject = open_trial.client.lookup("lab/Source/S1")
        assert states(open_trial.export(subject)) == ["exported"] * 2
        session = open_trial.source.subjects.find_first('label="Two\\, S"').sessions.find_first()
        assert states(open_trial.export(session)) == ["exported"] * 2
        assert open_trial.labels("subject") == ["S1", "Two, S"]


def the_gear_finds_its_projects_and_keys() -> None:
    """What it asks for before it begins."""
    from fw_gear_deid_export import parser  # noqa: PLC0415  # not a dependency

    with trial() as open_trial:
        client = open_trial.client
        assert parser.lookup_project(client, "lab/Nowhere") is None
        assert parser.lookup_project(client, "lab/Source/S1") is None
        assert parser.user_has_project_permissions(client, parser.lookup_project(client, "lab/Destination"))
        session = client.lookup("lab/Source/S1/V1")
        analysis = session.add_analysis(label="export")
        assert parser.get_analysis_parent(client, analysis.id).id == session.id
        import flywheel  # noqa: PLC0415  # of the other environment

        open_trial.source.upload_file(flywheel.FileSpec("key.pem", b"not a key"))
        for path in ("lab/Source/files/key.pem", "lab/Source/key.pem"):
            found = parser.get_keys_from_path(client, path, "private", str(open_trial.folder))
            assert Path(found).read_bytes() == b"not a key"


def it_goes_on_when_the_site_stumbles() -> None:
    """Faults that the gear itself copes with."""
    with trial() as open_trial:
        open_trial.site.faults.switch_on("502", every=40)
        assert states(open_trial.export()) == ["exported"] * 4
        assert open_trial.site.faults.struck["502"] > 0
        assert (len(open_trial.labels("session")), len(open_trial.labels("acquisition"))) == (2, 4)


SCENARIOS: tuple[Callable[[], None], ...] = (
    a_project_is_exported_with_signed_and_plain_uploads,
    a_second_run_finds_what_is_there,
    containers_are_found_by_the_id_of_their_origin,
    a_copied_file_is_deleted_by_force_alone,
    a_mapping_fills_the_profile,
    parts_of_a_project_are_exported,
    the_gear_finds_its_projects_and_keys,
    it_goes_on_when_the_site_stumbles,
)


def main() -> int:
    """Carry out the scenarios named on the command line, or all of them."""
    logging.disable(logging.CRITICAL)
    failed = 0
    wanted = sys.argv[1:]
    for scenario in SCENARIOS:
        if wanted and scenario.__name__ not in wanted:
            continue
        ended = "ok"
        try:
            scenario()
        except Exception:  # noqa: BLE001  # told, and counted
            failed += 1
            ended = f"FAILED\n{traceback.format_exc()}"
        print(f"{scenario.__name__.replace('_', ' ')}: {ended}", flush=True)  # noqa: T201  # for whoever started it
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())

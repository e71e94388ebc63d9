"""What a profile's top level asks of ``fw-deid run``: the place of the log, and a profile that changes nothing."""

from __future__ import annotations

import csv
import json
import stat
import zipfile

import pytest

from fw_gear_deid.cli import main
from tests.cli.made import PROFILE, UNSEARCHED, profile, sidecar, tree, write
from tests.synthetic import ALICE, Series, image_series, zip_archive

((NAME, IMAGE),) = image_series(ALICE, Series(slices=1))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with two files in ``in``, which is the current folder."""
    write(tmp_path / "in" / "a.json", sidecar())
    write(tmp_path / "in" / NAME, IMAGE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(place, *options, text="deid-log: private/log.csv\n" + PROFILE):
    return main(["run", *UNSEARCHED, str(profile(place, text)), "in", "-o", "out", *options])


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_log_is_written_where_the_profile_says(place):
    assert run(place) == 0
    path = place / "private" / "log.csv"
    assert [row["type"] for row in rows(path)] == ["before", "after"] * 2
    assert {row["PatientName"] for row in rows(path) if row["type"] == "before"} == {"CANARY^ALICE"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_profiles_log_grows_from_run_to_run_as_flywheels_does(place):
    assert run(place) == 0
    first = (place / "private" / "log.csv").read_bytes()
    assert run(place) == 0
    both = (place / "private" / "log.csv").read_bytes()
    assert both == first + first.partition(b"\r\n")[2]


def test_a_log_of_another_profile_is_not_gone_on_from(place, capsys):
    write(place / "private" / "log.csv", b"path,type,CANARY\r\n")
    assert run(place) == 2
    assert "no log of this profile" in capsys.readouterr().err
    assert (place / "private" / "log.csv").read_bytes() == b"path,type,CANARY\r\n"
    assert tree(place / "out") == {}


def test_the_command_line_says_where_the_log_goes_before_the_profile_does(place, capsys):
    assert run(place, "--log", "own.csv") == 0
    assert "deid-log of the profile is not used" in capsys.readouterr().err
    assert len(rows(place / "own.csv")) == 4
    assert not (place / "private").exists()


@pytest.mark.parametrize("log", ["out/log.csv", "in/log.csv"])
def test_the_profiles_log_is_refused_among_copies_and_sources(place, log):
    assert run(place, text=f"deid-log: {log}\n{PROFILE}") == 2
    assert not (place / "out").exists()
    assert sorted(path.name for path in (place / "in").iterdir()) == sorted(["a.json", NAME])


def test_a_trial_writes_its_own_log(place):
    made = profile(place, "deid-log: private/log.csv\n" + PROFILE)
    assert main(["test", "in", str(made), "results"]) == 0
    assert (place / "results" / "deid_log.csv").is_file()
    assert not (place / "private").exists()


def test_the_profile_none_copies_what_there_is_once_it_is_allowed(place, capsys):
    write(place / "in" / "any.xyz", b"CANARY")
    write(place / "in" / "a.zip", zip_archive([("b.json", sidecar()), (NAME, IMAGE)]))
    assert main(["run", *UNSEARCHED, "none", "in", "-o", "out"]) == 2
    assert "--allow-no-deid" in capsys.readouterr().err
    assert not (place / "out").exists()
    assert main(["run", *UNSEARCHED, "none", "in", "-o", "out", "--allow-no-deid"]) == 0
    for name in ("a.json", "any.xyz", NAME):
        assert (place / "out" / name).read_bytes() == (place / "in" / name).read_bytes()
    with zipfile.ZipFile(place / "out" / "a.zip") as copy:
        assert {name: copy.read(name) for name in copy.namelist()} == {"b.json": sidecar(), NAME: IMAGE}


def test_a_profile_of_an_ingest_config_is_chosen_by_its_name(place):
    config = {
        "template": [{"pattern": "{subject}"}],
        "deid-profiles": [
            {"name": "one", "json": {"fields": [{"name": "EchoTime", "remove": True}]}},
            {"name": "two", "json": {"fields": [{"name": "PatientName", "remove": True}]}},
        ],
    }
    write(place / "ingest.json", json.dumps(config).encode())
    arguments = ["run", "ingest.json", "in/a.json", "-o", "out"]
    assert main(arguments) == 2
    assert main([*arguments, "--profile-name", "two"]) == 0
    assert json.loads((place / "out" / "a.json").read_text()) == {"EchoTime": 0.03}

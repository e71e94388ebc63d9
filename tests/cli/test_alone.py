"""Local data are worked on without any connection."""

from __future__ import annotations

import socket

import pytest

from fw_gear_deid.cli import main
from tests.cli.made import profile, sidecar, write
from tests.synthetic import mr_series, zip_archive


@pytest.fixture
def unplugged(monkeypatch):
    def refused(*_arguments, **_options):
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "profile.yaml", "in", "-o", "out", "--residual", "warn", "--log", "log.csv", "--html", "r.html"),
        ("test", "in", "profile.yaml", "results"),
        ("validate", "profile.yaml"),
        ("profile", "show", "ps3.15-basic-clean"),
        ("check", "in", "--csv", "f.csv", "--html", "f.html"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_on_local_data_asks_for_no_connection(tmp_path, monkeypatch, unplugged, arguments):
    assert unplugged is None
    profile(tmp_path)
    write(tmp_path / "in" / "a.zip", zip_archive([*mr_series(slices=2), ("a.json", sidecar())]))
    monkeypatch.chdir(tmp_path)
    assert main(list(arguments)) == (1 if arguments[0] == "check" else 0)

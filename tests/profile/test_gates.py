"""``gates`` in a profile: one policy for each, warn where nothing is said."""

from __future__ import annotations

import pytest
import yaml

from fw_gear_deid.profile import check_text, show
from fw_gear_deid.profile.gates import Gate, Policy

DICOM = "dicom: {fields: [{name: PatientName, remove: true}]}\n"


def read(text):
    profile, problems = check_text(text + DICOM, "p")
    return profile, [problem.located("p") for problem in problems]


def test_every_gate_warns_unless_told_otherwise():
    assert read("")[0].sections["dicom"].gates == dict.fromkeys(Gate, Policy.WARN)
    told = read("gates: {face: pass, document: withhold}\n")[0].sections["dicom"].gates
    assert told == {
        Gate.BURNED_IN: Policy.WARN,
        Gate.FACE: Policy.PASS,
        Gate.DOCUMENT: Policy.WITHHOLD,
        Gate.OVERLAY: Policy.WARN,
    }


@pytest.mark.parametrize(
    ("gates", "problem"),
    [
        ("{faces: pass}", "p:1:9: there is no gate faces; did you mean face?"),
        ("{face: stop}", "p:1:15: face must be one of: pass, warn, withhold"),
        ("withhold", "p:1:8: gates must hold one line for each gate, such as burned-in: withhold"),
    ],
)
def test_a_gate_that_is_none_is_told(gates, problem):
    profile, problems = read(f"gates: {gates}\n")
    assert profile is None
    assert problems == [problem]


def test_gates_without_a_dicom_section_are_doubted():
    profile, problems = check_text("gates: {face: pass}\njson: {fields: [{name: a, remove: true}]}\n", "p")
    assert profile is not None
    assert ["gates look at DICOM objects alone" in problem.message for problem in problems] == [True]


def test_gates_are_shown_again():
    profile = read("gates: {face: pass, overlay: warn}\n")[0]
    assert yaml.safe_load(show(profile))["gates"] == {"face": "pass"}
    assert check_text(show(profile))[0] == profile

from __future__ import annotations

import io

import pytest
import yaml

from fw_gear_deid.profile import check_text
from fw_gear_deid.trial.coverage import Coverage, Covered, Done
from fw_gear_deid.trial.purpose import Purpose
from fw_gear_deid.trial.suggesting import suggestions
from tests.formats.dicom.running import copy_of
from tests.synthetic import ALICE, Series, encoded, image

SETTINGS = ("recurse-sequence: true", "date-increment: -17")
FIRST = "    - {name: PatientName, replace-with: ANON}\n"


def profile(fields, *settings):
    lines = "".join(f"  {setting}\n" for setting in (*settings, "salt: pepper", "uid-suffix-fields: 0"))
    text = f"name: trial\ndicom:\n{lines}  fields:\n{fields}"
    found, problems = check_text(text)
    assert found is not None, [problem.message for problem in problems]
    return found.sections["dicom"]


def covered(section, source):
    coverage = Coverage(Purpose.of(section))
    coverage.compare(io.BytesIO(source), io.BytesIO(copy_of(section, source)))
    assert coverage.unread == 0
    return coverage


def suggested(section, source):
    return suggestions(covered(section, source).remaining, section)


@pytest.fixture(scope="module")
def source():
    return encoded(image(ALICE, Series(header="full")))


@pytest.mark.parametrize("settings", [SETTINGS, SETTINGS[:1], SETTINGS[1:], ()])
def test_a_profile_with_all_suggestions_pasted_leaves_nothing_that_it_can_name(source, settings):
    before = profile(FIRST, *settings)
    found = suggested(before, source)
    assert found.count > 20
    pasted = profile(FIRST + "\n".join(found.lines) + "\n", *settings)
    left = covered(pasted, source).remaining
    again = suggestions(left, pasted)
    assert (again.lines, again.unnamed) == ((), len(left)), "nothing is suggested twice"
    assert {each.path for each in left if "." not in each.path or "xx" not in each.path} == set()
    assert not left or "recurse-sequence: true" not in settings
    rest = profile(FIRST + "\n".join(found.lines) + "\n", "remove-private-tags: true", *settings)
    assert covered(rest, source).remaining == {}


def test_lines_are_yaml_with_the_code_they_come_from(source):
    found = suggested(profile(FIRST, *SETTINGS), source)
    rules = {rule.pop("name"): rule for rule in yaml.safe_load("\n".join(found.lines))}
    assert len(rules) == found.count
    assert rules["StudyInstanceUID"] == {"hashuid": True}
    assert rules["StudyDate"] == {"increment-date": True}
    assert rules["PatientBirthDate"] == {"replace-with": "", "replace-with-insert": False}
    assert rules["ReferringPhysicianName"] == {"replace-with": "", "replace-with-insert": False}
    assert rules["InstitutionName"]
    assert "PatientName" not in rules
    assert "  # PS3.15: Z" in next(line for line in found.lines if "ReferringPhysicianName" in line)


def test_dates_move_also_where_each_subject_has_its_own_shift(source):
    settings = ("date-increment: subject", 'secret-key: "a long secret text of a project"')
    assert "increment-date" in "\n".join(suggested(profile(FIRST, *settings), source).lines)


def test_without_a_shift_dates_are_not_moved(source):
    found = suggested(profile(FIRST), source)
    assert "increment-date" not in "\n".join(found.lines)


def test_private_elements_are_named_by_their_creator(source):
    found = suggested(profile(FIRST), source)
    private = [line for line in found.lines if "name: (" in line and '"' in line]
    assert private
    assert not any("xx" in line for line in private)


@pytest.mark.parametrize("name", ["StudyDate", "studydate", '"(0008,0020)"', '"00080020"', '"0x00080020"'])
def test_what_a_profile_keeps_on_purpose_is_not_suggested(source, name):
    section = profile(FIRST + f"    - {{name: {name}, keep: true}}\n")
    assert {each.done for each in covered(section, source).elements if each.path == "StudyDate"} == {"kept on purpose"}
    found = suggested(section, source)
    assert "name: StudyDate " not in "\n".join(found.lines)
    assert "name: SeriesDate " in "\n".join(found.lines)


def test_a_name_at_every_depth_is_kept_on_purpose_only_if_rules_act_there():
    for settings, meant in ((SETTINGS[:1], True), ((), False)):
        purpose = Purpose.of(profile(FIRST + "    - {name: CodeMeaning, keep: true}\n", *settings))
        assert purpose.keeps("00080104", "CodeMeaning", "")
        assert purpose.keeps("00080104", "ProcedureCodeSequence.*.CodeMeaning", "") is meant


def test_safe_private_elements_are_kept_on_purpose(source):
    section = profile(FIRST, "safe-private: tcia", "remove-private-tags: true")
    found = covered(section, source)
    private = {each.done for each in found.elements if each.keyword == "PrivateAttributes"}
    assert private == {"kept on purpose", "removed"}
    assert not [line for line in suggested(section, source).lines if "name: (" in line]


def test_a_private_element_that_a_rule_keeps_is_kept_on_purpose():
    section = profile(FIRST + """    - {name: '(0029,"CANARY HEADER",10)', keep: true}\n""")
    assert Purpose.of(section).keeps("0029xx10", "0029xx10", "CANARY HEADER")
    assert not Purpose.of(section).keeps("0029xx10", "0029xx10", "CANARY OTHER")


def test_what_is_in_a_sequence_that_goes_is_not_suggested_beside_it():
    sequence = Covered("00081110", "S", "AdmittingDiagnosesCodeSequence", "X", Done.KEPT, "SQ")
    inner = Covered("00080104", "M", "AdmittingDiagnosesCodeSequence.*.CodeMeaning", "X", Done.KEPT, "LO")
    found = suggestions([inner, sequence], profile(FIRST))
    assert [line.split()[2] for line in found.lines if "name" in line] == ["AdmittingDiagnosesCodeSequence"]


def test_a_private_element_without_a_creator_is_counted_because_no_rule_can_name_it():
    orphan = Covered("0029xx10", "PrivateAttributes", "0029xx10", "X", Done.KEPT, "UN")
    assert suggestions([orphan], profile(FIRST)).unnamed == 1
    assert suggestions([orphan], profile(FIRST)).lines == ()


@pytest.mark.parametrize("rule", ["clean: true", "action-code: C", "action-code: K"])
def test_what_a_rule_cleans_and_finds_harmless_is_left_on_purpose(rule):
    section = profile(FIRST + f"    - {{name: SeriesDescription, {rule}}}\n    - {{name: StudyID, action-code: Z}}\n")
    assert Purpose.of(section).keeps("0008103e", "SeriesDescription", "")
    assert not Purpose.of(section).keeps("00200010", "StudyID", "")

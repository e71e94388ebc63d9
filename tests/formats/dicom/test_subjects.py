"""Who an object is about, as actions are told."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import pytest
from pydicom import dcmread
from pydicom.datadict import dictionary_VR

from fw_gear_deid.actions import Remove
from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat
from fw_gear_deid.formats.dicom.rules import MAX_SUBJECTS
from fw_gear_deid.identity import NOBODY, Identifier, Kind, subject_of
from fw_gear_deid.identity.elements import ELEMENTS
from tests.formats.dicom.encoding import EXPLICIT, Sequence, dicom_file, text
from tests.formats.dicom.running import section
from tests.formats.samples import Whose, named, renaming

if TYPE_CHECKING:
    from fw_gear_deid.actions import Answer, Occurrence, Scalar

CHARACTER_SET, INSTITUTION, NAME, ID = 0x00080005, 0x00080080, 0x00100010, 0x00100020
REQUEST, DESCRIPTION = 0x00400275, 0x00321060
RULES = named(("PatientID", Remove()), ("InstitutionName", Whose()), ("RequestedProcedureDescription", Whose()))


@dataclass(frozen=True, slots=True)
class Hear:
    """Leaves everything as it is, and keeps what it was told."""

    key: ClassVar[str] = "hash"
    inserts = False
    repeats = False
    personal = True
    heard: list[object] = field(default_factory=list)

    def apply(self, _value: Scalar | None, at: Occurrence) -> Answer:
        self.heard.append(at.subject)


def scan(patient: str, name: str = "Canary^Zebra", character_set: str = "ISO_IR 100") -> bytes:
    return dicom_file(
        (
            text(CHARACTER_SET, "CS", character_set),
            text(0x00080018, "UI", "1.2.3"),
            text(INSTITUTION, "LO", "Clinic"),
            text(NAME, "PN", name, "latin-1"),
            text(ID, "LO", patient),
            Sequence(REQUEST, ((text(DESCRIPTION, "LO", "Knee"),),)),
        ),
        EXPLICIT,
    )


def edited(plan, data, subject=NOBODY):
    return plan.apply(MemoryContent(data), FileContext("sub-Canary01_scan.dcm", subject=subject))


def told(plan, data, subject=NOBODY) -> set[str]:
    """Return what a copy says in the data set and in an item of a sequence."""
    copy = dcmread(io.BytesIO(b"".join(edited(plan, data, subject).output.chunks())))
    return {copy.InstitutionName, copy.RequestAttributesSequence[0].RequestedProcedureDescription}


def plan_of(*rules, **more):
    return DicomFormat().compile(section(*rules, **{"recurse-sequence": True, **more}))


def test_the_subject_that_a_file_is_given_with_counts_before_its_own_patient_id():
    plan = plan_of(*RULES)
    assert told(plan, scan("CANARY-7"), subject_of("sub-S01")) == {"of s01"}


def test_a_file_on_its_own_is_about_its_patient_though_a_rule_removes_the_id():
    plan = plan_of(*RULES)
    assert told(plan, scan("CANARY-7")) == {"of canary-7"}


def test_a_file_without_patient_id_is_about_nobody():
    assert told(plan_of(*RULES), scan("")) == {"of"}


def test_one_plan_never_gives_a_subject_what_was_made_for_another():
    plan = plan_of(*RULES)
    for number in [*range(MAX_SUBJECTS + 3), 0, 1]:  # more than are remembered, and the first once more
        assert told(plan, scan(f"CANARY-{number}")) == {f"of canary-{number}"}
        assert told(plan, scan(f"CANARY-{number}")) == {f"of canary-{number}"}


def test_a_group_of_the_files_name_is_about_the_same_subject():
    rule = renaming("{who}.dcm", r"sub-(?P<who>[^_]+)_.*", who=Whose())
    plan = plan_of(filenames=(rule,))
    assert edited(plan, scan("CANARY-7")).name == "of canary-7.dcm"
    assert edited(plan, scan("CANARY-7"), subject_of("S01")).name == "of s01.dcm"


def test_what_the_object_tells_of_its_person_is_known_to_actions_beside_what_was_known_before():
    hear, before = Hear(), Identifier(Kind.ADDRESS, "1 Canary Street")
    edited(plan_of(*named(("InstitutionName", hear))), scan("CANARY-7"), subject_of("S01", frozenset({before})))
    (subject,) = hear.heard
    assert subject.key == "s01"
    own = {Identifier(Kind.NAME, "Canary^Zebra"), Identifier(Kind.ID, "CANARY-7")}
    assert subject.identifiers == {before, *own}


def test_every_element_that_the_scan_looks_for_is_known_to_actions():
    """Else scrub would leave in a comment what the scan then withholds the copy for."""
    hear = Hear()
    values = {tag: "19500102" if kind is Kind.BIRTH_DATE else f"CANARY{tag}" for tag, (_, kind) in ELEMENTS.items()}
    elements = [text(tag, dictionary_VR(tag), value) for tag, value in values.items()]
    elements += [text(0x00080018, "UI", "1.2.3"), text(INSTITUTION, "LO", "Clinic")]
    edited(
        plan_of(*named(("InstitutionName", hear))), dicom_file(sorted(elements, key=lambda each: each.tag), EXPLICIT)
    )
    (subject,) = hear.heard
    assert subject.identifiers == {Identifier(kind, values[tag]) for tag, (_, kind) in ELEMENTS.items()}


def test_an_object_whose_patient_cannot_be_read_is_withheld_and_the_message_repeats_nothing():
    with pytest.raises(ActionError) as caught:
        edited(plan_of(*RULES, decode=False), scan("CANARY-7", "Zo\xeb^Canary", "ISO_IR 192"))
    assert "Canary" not in str(caught.value)

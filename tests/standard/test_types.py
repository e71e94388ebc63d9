from __future__ import annotations

import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.uid import CTImageStorage, EnhancedMRImageStorage

from fw_gear_deid.standard.types import TOP, Need, need, valued_anywhere

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
PRESENTATION_STATE = "1.2.840.10008.5.1.4.1.1.11.1"


def asked(sop_class, keyword, sequence=""):
    return need(sop_class, tag_for_keyword(sequence) if sequence else TOP, tag_for_keyword(keyword))


@pytest.mark.parametrize(
    ("sop_class", "keyword", "answer"),
    [
        (CTImageStorage, "ContentDate", Need.ELEMENT),  # PS3.3 C.7.6.1: 2C
        (EnhancedMRImageStorage, "ContentDate", Need.VALUE),  # C.7.6.16: 1
        (CTImageStorage, "SeriesDate", Need.NOTHING),  # C.7.3.1: 3
        (EnhancedMRImageStorage, "DeviceSerialNumber", Need.VALUE),  # C.7.5.2: 1
        (CTImageStorage, "DeviceSerialNumber", Need.NOTHING),  # C.7.5.1: 3
        (SEGMENTATION, "DeviceSerialNumber", Need.VALUE),
        (PRESENTATION_STATE, "PresentationCreationDate", Need.VALUE),  # C.11.10: 1
        (CTImageStorage, "PresentationCreationDate", Need.NOTHING),
    ],
)
def test_a_class_needs_what_its_modules_say(sop_class, keyword, answer):
    assert asked(sop_class, keyword) is answer


def test_a_class_that_is_not_known_needs_what_any_does():
    assert asked("1.3.12.2.1107.5.9.1", "DeviceSerialNumber") is Need.VALUE
    assert asked("", "ContentDate") is Need.VALUE
    assert asked("1.3.12.2.1107.5.9.1", "InstitutionAddress") is Need.NOTHING


def test_within_a_sequence_its_own_types_count():
    assert asked(CTImageStorage, "RequestedProcedureID", "RequestAttributesSequence") is Need.VALUE
    assert asked(CTImageStorage, "RequestedProcedureID") is Need.NOTHING


def test_few_attributes_are_needed_with_a_value():
    assert 20 < len(valued_anywhere()) < 80
    assert tag_for_keyword("PatientName") not in valued_anywhere()

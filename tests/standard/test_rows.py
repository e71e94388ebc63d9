"""Every row of Table E.1-1, filled in, at the top of an object and within a sequence: what the table says, happens."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from fw_gear_deid.profile.builtin.ps3_15 import BASIC, CLEAN, options_of
from fw_gear_deid.standard.confidentiality import CURVES, PRIVATE, table
from fw_gear_deid.standard.types import TOP, need
from tests.standard.profiles import PROFILES, copy_of, read

HOLDER = 0x00081115  # ReferencedSeriesSequence, of which the table says nothing
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
ROWS = [row for row in table().values() if row.tag != PRIVATE and row.tag[:4] not in {"0000", "0002"}]
TEXTS = {"LO", "SH", "ST", "LT", "UT", "UC"}
HARMLESS = "FIELD 7"
"""Text of rows that an option keeps: in anything else scrub would look for the patient."""
VALUES = {
    "AE": "CANARY",
    "AS": "037Y",
    "CS": "CANARY",
    "DA": "20230417",
    "DS": "70",
    "DT": "20230417101112",
    "IS": "7",
    "OB": b"CANARY",
    "OW": b"CANARY",
    "PN": "CANARY^ZEBRA",
    "TM": "101112",
    "UI": "1.2.826.0.1.3680043.10.1234",
    "UN": b"CANARY",
    "UR": "http://canary.invalid",
    "US": 7,
}
ITEM = {"CodeValue": "CANARY", "CodingSchemeDesignator": "99CANARY", "CodeMeaning": "brain CANARY"}
REFERENCE = {"ReferencedSOPClassUID": CTImageStorage, "ReferencedSOPInstanceUID": VALUES["UI"]}


def tag_of(row):
    return 0x50003000 if row.tag == CURVES else int(row.tag.replace("x", "0"), 16)


def vr_of(row):
    return row.representation or {"50": "OW", "60": "LT"}.get(row.tag[:2], "LO")


def value_of(row):
    vr = vr_of(row)
    if row.tag == "60xx3000":
        return "OW", b"CANARY"
    if vr == "SQ":
        item = Dataset()
        for keyword, value in (REFERENCE if row.action.endswith("*") else ITEM).items():
            setattr(item, keyword, value)
        return vr, Sequence([item])
    if vr in TEXTS | {"AE", "CS"} and "K" in row.options.values():
        return vr, HARMLESS
    return vr, VALUES.get(vr, "brain CANARY" if "C" in row.options.values() else "CANARY")


def fill(dataset):
    for row in ROWS:
        dataset.add(DataElement(tag_of(row), *value_of(row)))


def made(sop_class):
    dataset, inner = Dataset(), Dataset()
    fill(dataset)
    fill(inner)
    dataset.SOPClassUID = sop_class
    dataset.PatientID, dataset.PatientName = "CANARY-1", "CANARY^ZEBRA"
    dataset.add(DataElement(HOLDER, "SQ", Sequence([inner])))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.SourceApplicationEntityTitle = "CANARY"
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def deed_of(row, options, needed):  # noqa: PLR0911  # one return for each code
    """Return the code that counts for a row, as PS3.15 has it: options first, then what the object must have."""
    codes = {option: code for option, code in row.options.items() if option in options}
    vr = vr_of(row)
    if "retain-modified-dates" in codes and vr in {"DA", "DT"}:
        return "moved"
    if "retain-modified-dates" in codes and vr in {"TM", "SH"}:
        return "K"
    if "K" in codes.values():
        return "K"
    if "C" in codes.values() and vr in TEXTS | {"SQ"} and row.tag[:2] not in {"50", "60"}:
        return "K" if vr == "SQ" else "C"
    order = {3: "XZDU", 2: "ZDUX", 1: "DUZX"}[needed]
    allowed = row.action.rstrip("*").split("/")
    if row.action in {"X", "Z", "X/Z"} and needed < 3:  # widened, so that the object stays valid
        return {2: "Z", 1: "D"}[needed]
    if row.action == "X/Z/U*":
        return {3: "X", 2: "U*", 1: "U*"}[needed]
    return min(allowed, key=order.index)


def texts(element):
    if element.VR == "SQ":
        return " ".join(texts(each) for item in element.value for each in item)
    return element.value.decode("latin-1") if isinstance(element.value, bytes) else str(element.value)


def check(deed, row, before, after):  # one branch for each code
    if deed == "X":
        assert after is None
        return
    assert after is not None
    canary = "canary" in texts(after).lower()
    match deed:
        case "Z":
            assert not after.value
        case "D":
            assert after.value or after.VM
            assert not canary
            assert after.value != before.value or row.representation == "US"
        case "U":
            assert after.value != before.value
            assert UID(after.value).is_valid
        case "U*":
            assert after.value[0].ReferencedSOPClassUID == CTImageStorage
            assert UID(after.value[0].ReferencedSOPInstanceUID).is_valid
            assert after.value[0].ReferencedSOPInstanceUID != VALUES["UI"]
        case "moved":
            days = [dt.datetime.strptime(str(each.value)[:8], "%Y%m%d") for each in (before, after)]  # noqa: DTZ007
            assert 1 <= (days[0] - days[1]).days <= 3650
            assert str(after.value)[8:] == str(before.value)[8:]
        case "C":
            assert after.value == "brain"
        case "K":
            assert after.VR == "SQ" or after.value == before.value


@pytest.mark.parametrize("sop_class", [CTImageStorage, ENHANCED_MR, "1.2.3.4"])
@pytest.mark.parametrize("name", [*PROFILES, CLEAN])
def test_what_the_table_says_happens_at_every_depth(name, sop_class):
    source = made(sop_class)
    before, after = read(source), read(copy_of(name, source))
    options = options_of(name)
    levels = [(TOP, before, after), (HOLDER, before[HOLDER].value[0], after[HOLDER].value[0])]
    wrong = []
    for sequence, old, new in levels:
        for row in ROWS:
            tag = tag_of(row)
            if row.keyword == "PatientID":
                assert new.PatientID not in {"", old.PatientID}
                continue
            deed = deed_of(row, options, need(sop_class, sequence, tag))
            try:
                check(deed, row, old[tag], new.get_item(tag) and new[tag])
            except AssertionError as error:
                wrong.append((row.keyword, hex(sequence), deed, str(error)[:80]))
    assert wrong == []
    assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID
    assert (after.SOPInstanceUID == before.SOPInstanceUID) is ("retain-uids" in options)
    assert "SourceApplicationEntityTitle" not in after.file_meta


def test_no_canary_is_left_by_the_basic_profile():
    source = made(CTImageStorage)
    assert b"CANARY" in source
    copy = copy_of(BASIC, source).upper()
    assert b"CANARY" not in copy
    assert HARMLESS.encode() not in copy

"""What identifies a person is read from sources, and what a copy lost of it is told."""

import json
import struct
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import uid

from fw_gear_deid.identity import Identifier, Kind
from fw_gear_deid.identity.elements import ELEMENTS
from fw_gear_deid.scan.dicom_bytes import Syntax, identifying_values
from fw_gear_deid.scan.fields import column_kind
from fw_gear_deid.scan.harvesting import identifiers_of, identifiers_of_container
from fw_gear_deid.standard.confidentiality import identifying
from tests.synthetic import ALICE, BJORN, YUKI, Series, bids_sidecar, encoded, image, participants_tsv

SYNTAXES = (
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
)


def dicom(patient=ALICE, syntax=uid.ExplicitVRLittleEndian, header="full", change=None):
    dataset = image(patient, Series(header=header, transfer_syntax=syntax))
    if change is not None:
        change(dataset)
    return encoded(dataset, syntax)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize("patient", [ALICE, BJORN, YUKI], ids=lambda patient: patient.patient_id)
def test_a_dicom_object_tells_its_patient_and_those_around(patient, syntax):
    harvest = identifiers_of(dicom(patient, syntax), "a.dcm")
    wanted = {
        Identifier(Kind.NAME, patient.name),
        Identifier(Kind.ID, patient.patient_id),
        Identifier(Kind.BIRTH_DATE, patient.birthday),
        Identifier(Kind.ACCESSION, patient.accession_number),
        Identifier(Kind.PERSON, patient.physician),
        Identifier(Kind.PERSON, patient.operator),
        Identifier(Kind.ADDRESS, patient.address),
        Identifier(Kind.TELEPHONE, patient.telephone),
        Identifier(Kind.ID, patient.other_id),
    }
    assert wanted <= harvest.identifiers


@given(
    st.lists(st.tuples(st.sampled_from(sorted(ELEMENTS)), st.text("CANRYZEB^", min_size=1, max_size=9)), max_size=40),
    st.binary(max_size=40).filter(lambda noise: not any(sign in noise for sign in b"\x08\x10\x0e\x30248@p")),
    st.sampled_from([(True, False), (False, False), (True, True)]),
)
def test_every_identifying_element_is_read_whatever_stands_between(elements, noise, form):
    explicit, big = form
    data = b""
    for tag, value in elements:
        order, size = ">" if big else "<", "2sH" if explicit else "I"
        lengths = (b"LO", len(value)) if explicit else (len(value),)
        data += noise + struct.pack(f"{order}HH{size}", tag >> 16, tag & 0xFFFF, *lengths) + value.encode()
    found = Counter(identifying_values(data, Syntax(0, explicit, big)))
    assert found == Counter((tag, value.encode()) for tag, value in elements)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize(("group", "value"), [(0x0007, 8), (0x0009, 16), (0x0031, 50), (0x003F, 64)])
def test_an_element_is_read_behind_a_number_that_looks_like_its_group(syntax, group, value):
    def write(dataset):
        dataset.private_block(group, "SYNTHETIC CREATOR", create=True).add_new(0x01, "US", value)

    assert identifiers_of(dicom(change=write, syntax=syntax), "a.dcm") == identifiers_of(dicom(syntax=syntax), "a.dcm")


def test_the_key_is_the_one_patient_id():
    assert identifiers_of(dicom(header="plain"), "a.dcm").key == ALICE.patient_id
    assert identifiers_of(dicom(), "a.dcm").key == ALICE.patient_id


def test_every_element_that_is_harvested_is_one_that_the_standard_calls_identifying():
    assert [hex(tag) for tag in ELEMENTS if identifying(tag) is None] == []


def test_a_kept_element_is_not_removed_and_one_of_two_is():
    source = dicom(change=lambda dataset: setattr(dataset, "OtherPatientNames", "OTHERONE^OLGA"))

    def change(dataset):
        dataset.OtherPatientNames = "OTHERONE^OLGA"
        dataset.PatientName = "ANON"
        dataset.PatientID = ALICE.patient_id

    copy = dicom(change=change)
    removed = identifiers_of(source, "a.dcm").removed(identifiers_of(copy, "a.dcm"))
    assert removed == {Identifier(Kind.NAME, ALICE.name)}  # it still stands in a sequence
    assert Identifier(Kind.NAME, ALICE.name) in identifiers_of(copy, "a.dcm").identifiers


def test_placeholders_and_single_characters_tell_nobody():
    def change(dataset):
        dataset.PatientName = "^"
        dataset.PatientID = "Anonymous"
        dataset.AccessionNumber = "1"
        dataset.ReferringPhysicianName = "n/a"

    assert identifiers_of(dicom(header="plain", change=change), "a.dcm").identifiers == {
        Identifier(Kind.BIRTH_DATE, ALICE.birthday)
    }


def test_the_fields_of_a_sidecar_are_found_at_every_depth():
    sidecar = {"PatientName": "X", "a": [{"OtherPatientIDs": "SYN-77"}], "global": {"const": {"PatientID": "SYN-78"}}}
    harvest = identifiers_of(json.dumps(sidecar).encode(), "a.json")
    assert harvest.identifiers == {Identifier(Kind.ID, "SYN-77"), Identifier(Kind.ID, "SYN-78")}
    assert harvest.key == "SYN-78"
    assert identifiers_of(bids_sidecar(ALICE).encode(), "a.json").identifiers


@pytest.mark.parametrize("listed", [False, True])
def test_the_key_of_json_is_the_records_own_number_and_none_of_those_within(listed):
    other = {"vr": "SQ", "Value": [{"00100020": {"vr": "LO", "Value": ["OLD-1"]}}]}
    record = {"00101002": other, "00100020": {"vr": "LO", "Value": ["SYN-1"]}}
    harvest = identifiers_of(json.dumps([record, record] if listed else record).encode(), "a.json")
    assert harvest.key == "SYN-1"
    assert Identifier(Kind.ID, "OLD-1") in harvest.identifiers


def test_json_of_records_of_several_patients_has_no_key():
    harvest = identifiers_of(b'[{"PatientID": "SYN-1"}, {"PatientID": "SYN-2"}]', "a.json")
    assert harvest.key == ""
    assert harvest.is_of_several


def test_dicom_json_is_read():
    model = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "CANARY^X"}]},
        "00100020": {"vr": "LO", "Value": ["S-1"]},
    }
    assert identifiers_of(json.dumps([model]).encode(), "a.json").identifiers == {
        Identifier(Kind.NAME, "CANARY^X"),
        Identifier(Kind.ID, "S-1"),
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PatientName", Kind.NAME),
        ("Date of Birth", Kind.BIRTH_DATE),
        ("participant_id", Kind.ID),
        ("e-mail", Kind.EMAIL),
        ("age", None),
        ("sex", None),
        ("weight", None),
    ],
)
def test_columns_are_known_by_their_names(name, kind):
    assert column_kind(name) is kind


def test_the_columns_of_a_table_are_read():
    data = b'participant_id\tname\tage\r\nsub-77a\t"Canary, Alice"\t40\r\nsub-78b\tn/a\t41\r\n'
    assert identifiers_of(data, "participants.tsv").identifiers == {
        Identifier(Kind.ID, "77a"),
        Identifier(Kind.ID, "78b"),
        Identifier(Kind.NAME, "Canary, Alice"),
    }
    assert identifiers_of(participants_tsv(ALICE).encode(), "participants.tsv").identifiers


def test_xml_elements_and_attributes_are_read():
    data = b'<?xml version="1.0"?><d:a PatientID="SYN-77"><d:PatientName>Canary</d:PatientName><age>40</age></d:a>'
    assert identifiers_of(data, "a.xml").identifiers == {Identifier(Kind.ID, "SYN-77"), Identifier(Kind.NAME, "Canary")}


def test_the_metadata_of_a_container_is_read():
    metadata = {
        "label": "sub-01",
        "firstname": "Alice",
        "lastname": "Canary",
        "date_of_birth": "1970-01-31",
        "age": 1,
        "info": {"header": {"dicom": {"PatientID": "SYN-77"}}, "metadata": {"mrn": 1234567, "flag": True}},
    }
    assert identifiers_of_container(metadata) == {
        Identifier(Kind.NAME, "Alice"),
        Identifier(Kind.NAME, "Canary"),
        Identifier(Kind.BIRTH_DATE, "1970-01-31"),
        Identifier(Kind.ID, "SYN-77"),
        Identifier(Kind.ID, "1234567"),
    }


@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.dcm", "a.xml", "a.bin"])
@pytest.mark.parametrize("data", [b"", b"{", b"\xff" * 400, b"[" * 100_000, b'"', bytes(132)], ids=range(6))
def test_what_cannot_be_read_tells_nothing(name, data):
    assert identifiers_of(data, name).identifiers == frozenset()


def test_a_harvest_does_not_show_its_values():
    harvest = identifiers_of(dicom(), "a.dcm")
    assert "CANARY" not in repr(harvest)
    assert ALICE.patient_id not in repr(list(harvest.found))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dataset_description.json", '{"Name": "Kolibri brains", "GeneratedBy": [{"Name": "heudiconv"}]}'),
        ("participants.json", '{"group": {"Levels": {"patient": "patients with Parkinson disease"}}}'),
        ("sub-01_channels.tsv", "name\ttype\nKolibrez1\tEEG\n"),
        ("seg.xml", '<?xml version="1.0"?><all><p name="EchoTime"/><region><name>Left Kolibrium</name></region></all>'),
    ],
)
def test_names_of_things_tell_nobody(name, text):
    assert identifiers_of(text.encode(), name).identifiers == frozenset()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"patient": {"Name": "Canary Zebra"}}'),
        ("a.json", '{"patient": "Canary Zebra"}'),
        ("a.csv", "name,dob\nCanary Zebra,\n"),
        ("a.xml", "<?xml version='1.0'?><patient><id>7</id><name>Canary Zebra</name></patient>"),
        ("a.xml", '<?xml version="1.0"?><h:Patient id="7" name="Canary Zebra"/>'),
    ],
)
def test_names_of_persons_tell_them(name, text):
    assert identifiers_of(text.encode(), name).identifiers == {Identifier(Kind.NAME, "Canary Zebra")}


def test_the_same_bytes_are_another_name_in_another_character_set():
    raw = b"Canary^\xb7\xd5\xd1\xe0\xd0\xd1"
    sets = {"ISO_IR 100": "iso8859-1", "ISO_IR 144": "iso8859-5", "ISO_IR 126": "iso8859-7", "GB18030": "gb18030"}

    def told(charset):
        def change(dataset):
            dataset.PatientName, dataset.SpecificCharacterSet = "CANARY^ZEBRA0", charset

        return identifiers_of(dicom(header="plain", change=change).replace(b"CANARY^ZEBRA0", raw), "a.dcm").identifiers

    found = {charset: told(charset) for charset in sets}
    assert found == {charset: told(charset) for charset in reversed(sets)}
    assert {each: Identifier(Kind.NAME, raw.decode(sets[each])) in found[each] for each in sets} == dict.fromkeys(
        sets, True
    )


@pytest.mark.parametrize(
    ("declared", "written"),
    [*product(("", "ISO_IR 100"), ("utf-8", "cp1252")), ("ISO_IR 192", "cp1252")],
)
def test_a_name_in_another_character_set_than_declared_is_read(declared, written):
    name = "Gro\u00dfm\u00e4hler^\u0160ime"

    def change(dataset):
        dataset.PatientName = "CANARY^PLACEHOLDER"
        if declared:
            dataset.SpecificCharacterSet = declared
        else:
            del dataset.SpecificCharacterSet

    raw = name.encode(written)
    placeholder = b"CANARY^PLACEHOLDER"
    data = dicom(header="plain", change=change).replace(placeholder, raw.ljust(len(placeholder)))
    assert Identifier(Kind.NAME, name) in identifiers_of(data, "a.dcm").identifiers

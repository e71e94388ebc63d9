"""Labels and metadata of the destination: deny by default, and nothing that tells who the subject is."""

import datetime as dt
from hashlib import sha256

import pytest

from fw_gear_deid.errors import DestinationError
from fw_gear_deid.profile import check_text
from fw_gear_deid.site.containers import Container, SiteFile
from fw_gear_deid.site.identifiers import of_bytes, of_header, of_subject, repeated
from fw_gear_deid.site.lineage import origin_id
from fw_gear_deid.site.planning import Planning
from fw_gear_deid.site.walking import Place
from tests.synthetic.dicom import encoded
from tests.synthetic.header import filled

JSON = "json: {fields: [{name: a, remove: true}]}"
PROFILE = """
json: {fields: [{name: a, remove: true}]}
flywheel:
  subject: {fields: [{name: label, hash: true}, {name: sex, keep: true}]}
  session:
    date-increment: -10
    fields:
      - {name: timestamp, increment-datetime: true, datetime-format: '%Y-%m-%d %H:%M:%S%z'}
      - {name: info.k, keep: true}
  file: {fields: [{name: modality, keep: true}, {name: info.header.dicom.PatientName, keep: true}]}
"""


def rules(text=PROFILE):
    profile, problems = check_text(text)
    assert profile is not None, problems
    return profile.containers


def place(subject="S1", session="V1", **metadata):
    def container(kind, label, **fields):
        return Container(kind, f"id of {kind}", label, {}, {"label": label, **fields})

    file = SiteFile("f1", "a.dcm", "id of session", metadata={"modality": "MR", "info": {"header": {"dicom": {}}}})
    below = container("session", session, timestamp="2024-03-15T09:30:00+00:00", info={"k": 1, "other": 2})
    below = Container(below.kind, below.id, below.label, {}, below.metadata, (file,))
    return Place((container("project", "Source"), container("subject", subject, **metadata), below))


def test_without_a_flywheel_section_only_labels_are_copied():
    (subject, session) = Planning({}).chain(place())
    assert (subject.label, subject.fields, session.label, session.fields) == ("S1", {}, "V1", {})
    assert subject.origin_id == origin_id("id of subject", "id of project")


def test_the_flywheel_section_decides_what_else():
    (subject, session) = Planning(rules()).chain(place(sex="female", lastname="Zebra"))
    assert subject.label == sha256(b"S1").hexdigest()[:16]
    assert (len(subject.label), subject.fields) == (16, {"sex": "female"})
    assert session.fields["timestamp"].startswith("2024-03-05 09:30:00")
    assert session.fields["info"] == {"k": 1}
    (source,) = Planning(rules()).sources(place())
    assert source.metadata == {"modality": "MR"}
    assert (source.name, source.folder, source.fault) == ("a.dcm", f"{subject.label}/V1", "")


@pytest.mark.parametrize("label", ["Zebra-01", "sub_ZEBRA", "canary zebra", "MRN0012345", "19800102", "x1980-01-02y"])
def test_a_label_that_tells_who_it_is_stops_the_subject(label):
    known = of_header({"PatientName": "Zebra^Canary", "PatientID": "MRN0012345", "PatientBirthDate": "19800102"})
    planning = Planning({}, known)
    with pytest.raises(DestinationError, match=r"label of the subject .*flywheel: subject") as caught:
        planning.chain(place(label))
    assert label not in str(caught.value)
    (source,) = planning.sources(place(label))
    assert "identifies the subject" in source.fault
    assert Planning({}, known, subject_label="ex01").chain(place(label))[0].label == "ex01"
    assert Planning(rules(), known).chain(place(label))[0].label != label


@pytest.mark.parametrize("label", ["S1", "Leeds-01", "control", "1980"])
def test_a_label_that_only_resembles_is_copied(label):
    known = of_header({"PatientName": "Lee^Con", "PatientID": "12345", "PatientBirthDate": "19800102"})
    assert not repeated(label, known)


def test_a_label_of_a_session_is_judged_too():
    with pytest.raises(DestinationError, match="label of the session"):
        Planning({}, frozenset({"zebra"})).chain(place(session="visit of Zebra"))


@pytest.mark.parametrize("rule", ["remove: true", "replace-with: ''", "replace-with: ' '"])
def test_a_rule_that_takes_the_label_away_does_not_leave_the_sources(rule):
    planning = Planning(rules(f"flywheel: {{session: {{fields: [{{name: label, {rule}}}]}}}}\n{JSON}"))
    with pytest.raises(DestinationError, match="leaves the session no label") as caught:
        planning.chain(place(session="Canary"))
    assert "Canary" not in str(caught.value)


def test_a_label_is_found_again_though_its_rule_ends_in_white_space():
    planning = Planning(rules(f"flywheel: {{session: {{fields: [{{name: label, replace-with: ' V '}}]}}}}\n{JSON}"))
    assert planning.chain(place())[1].label == "V"


def test_metadata_that_nests_too_deeply_fails_the_files_below_it_alone():
    deep = {"name": "Canary"}
    for _ in range(600):
        deep = {"a": deep}
    planning = Planning(rules(f"flywheel: {{subject: {{all: true}}, file: {{all: true}}}}\n{JSON}"))
    (source,) = planning.sources(place(info=deep))
    assert source.fault.startswith("metadata of the subject: ")
    assert "Canary" not in source.fault


def test_two_long_labels_do_not_become_one():
    """The site takes 64 characters; what differs behind them would be cut off."""
    for number in "12":
        with pytest.raises(DestinationError, match="label of the subject has more than 64 characters") as caught:
            Planning({}).chain(place("S" * 64 + number))
        assert "SSSS" not in str(caught.value)
    assert Planning({}).chain(place("S" * 64))[0].label == "S" * 64


@pytest.mark.parametrize("birthday", ["1980-01-02T00:00:00+00:00", dt.datetime(1980, 1, 2, tzinfo=dt.UTC)])
def test_a_birth_date_is_known_without_its_time(birthday):
    assert of_subject({"date_of_birth": birthday}) == {"19800102"}


@pytest.mark.parametrize(
    ("label", "known"),
    [("STUDY-42", {"study42"}), ("sub-C042", {"subc042", "c042"}), ("001", set()), ("12345", {"12345"}), ("S1", set())],
)
def test_a_label_that_a_rule_replaces_identifies_the_subject(label, known):
    assert Planning(rules()).replaced(place(label)) == known
    kept = rules(f"flywheel: {{subject: {{fields: [{{name: label, keep: true}}]}}}}\n{JSON}")
    assert Planning(kept).replaced(place(label)) == Planning({}).replaced(place(label)) == set()


def test_what_a_subject_is_known_by():
    assert of_subject({"firstname": "Cañary", "lastname": "van Zebra", "date_of_birth": "1980-01-02"}) == {
        "canary",
        "van",
        "zebra",
        "19800102",
    }
    dicom = encoded(
        filled(
            {
                "PatientName": "Zebra^Canary",
                "PatientID": "MRN 77",
                "SOPInstanceUID": "1.2.3",
                "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4",
            }
        )
    )
    assert of_bytes(dicom) == {"zebra", "canary", "mrn77"}
    assert of_bytes(b"not DICOM") == frozenset()

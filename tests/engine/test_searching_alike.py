"""A copy is searched alike whatever was searched before it, in however many threads, with however much remembered."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import uid

from fw_gear_deid.engine import residuals
from fw_gear_deid.engine.residuals import Residuals
from fw_gear_deid.identity import Identifier, Kind
from tests.synthetic import Patient, Series, encoded, image

ANNA = Patient(name="CANARYZEBRA^HANNIBALO", patient_id="SYN-4471882", accession_number="ACC-5512093")
OTTO = Patient(name="OKAPITESTER^OTTOKAR", patient_id="SYN-6600117", accession_number="ACC-7712888")
PERSONS = (
    Identifier(Kind.NAME, "CANARYZEBRA^HANNIBALO"),
    Identifier(Kind.PERSON, "Okapitester^Ottokar"),
    Identifier(Kind.NAME, "Müllercanary^Jörge"),
    Identifier(Kind.NAME, "Yamada^Tarou=金糸雀^試子"),
    Identifier(Kind.ID, "SYN-4471882"),
    Identifier(Kind.ID, "SYN-6600117"),
    Identifier(Kind.ACCESSION, "6600117"),
    Identifier(Kind.BIRTH_DATE, "19510619"),
    Identifier(Kind.ADDRESS, "1 Canary Street, Zebraville"),
    Identifier(Kind.TELEPHONE, "+47 555 01 4471"),
)
MENTIONS = (
    b"for Hannibalo Canaryzebra", b"canaryzebra.h", "Jörge Müllercanary".encode("latin-1"), "金糸雀 試子".encode(),
    b"SYN 4471882", b"6600117", b"born 19.6.1951", b"19 Jun 1951", b"1 canary street", b"47 555 01 4471", b"T1 axial",
    "Okapitester".encode("utf-16-le"), b"nobody at all",
)  # fmt: skip


def dicom(patient, mention, syntax):
    dataset = image(patient, Series(rows=8, columns=8, transfer_syntax=syntax))
    dataset.private_block(0x0071, "SYNTHETIC CREATOR", create=True).add_new(
        0x20, "OB", mention + b" " * (len(mention) % 2)
    )
    return encoded(dataset, syntax)


SOURCES = tuple(
    dicom(patient, b"nobody", syntax)
    for patient in (ANNA, OTTO)
    for syntax in (uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian)
)
COPIES = tuple(dicom(ANNA, each, uid.ExplicitVRLittleEndian) for each in MENTIONS) + MENTIONS
CHECKS = st.lists(
    st.tuples(
        st.sampled_from(SOURCES) | st.just(b"a,b\n1,2\n"),
        st.sampled_from(COPIES),
        st.sampled_from(("a.dcm", "a.csv", "a.json")),
        st.frozensets(st.sampled_from(PERSONS)),
    ),
    min_size=1,
    max_size=6,
)
modest = settings(derandomize=True, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def forget():
    for name, module in list(sys.modules.items()):
        if name.startswith(("fw_gear_deid.scan.", "fw_gear_deid.engine.")):
            for each in vars(module).values():
                if hasattr(each, "cache_clear"):
                    each.cache_clear()


def checked_anew(each):
    forget()
    return Residuals().check(*each)


@modest
@given(CHECKS)
def test_a_copy_is_searched_alike_whatever_was_searched_before(checks):
    anew = [checked_anew(each) for each in checks]
    forget()
    assert [Residuals().check(*each) for each in checks] == anew
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda each: Residuals().check(*each), checks * 4)) == anew * 4


@modest
@given(CHECKS, st.integers(1, 4))
def test_identifiers_are_looked_for_alike_in_blocks_of_any_size(checks, size):
    anew = [checked_anew(each) for each in checks]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(residuals, "BLOCK", size)
        inparts = [checked_anew(each) for each in checks]
    forget()
    for one, other in zip(anew, inparts, strict=True):
        assert (one.removed, one.searched) == (other.removed, other.searched)
        assert {(each.where, each.certain) for each in one.findings} <= {
            (each.where, each.certain) for each in other.findings
        }


@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.kind)
def test_every_mention_of_a_person_is_met_by_the_vocabulary_of_all(person):
    forget()
    alone = [Residuals().search(each, "a.csv", frozenset({person})) for each in COPIES]
    together = [Residuals().search(each, "a.csv", frozenset(PERSONS)) for each in COPIES]
    assert any(alone)
    for one, other in zip(alone, together, strict=True):
        assert {each.where for each in one} <= {each.where for each in other}

"""``safe-private``: private elements that are known to be safe stay, by creator, at every depth."""

from __future__ import annotations

import pytest

from fw_gear_deid.standard.private import Disposition, Source, safe_elements
from tests.formats.dicom.encoding import SYNTAXES, Plain, Sequence, text
from tests.formats.dicom.running import expected, profiled, result

everywhere = pytest.mark.parametrize("syntax", SYNTAXES)
B_VALUE = (text(0x00190010, "LO", "SIEMENS MR HEADER"), text(0x0019100C, "IS", "1000"))
CSA = (text(0x00290010, "LO", "SIEMENS CSA HEADER"), Plain(0x00291010, "OB", b"CANARY"))


def private(source, **settings):
    return profiled(
        [{"name": "PatientName", "remove": True}], remove_private_tags=True, safe_private=source, **settings
    )


@everywhere
@pytest.mark.parametrize("source", Source)
def test_known_elements_stay_and_others_go_with_their_creators(syntax, source):
    unknown = text(0x001910A0, "LO", "CANARY")
    before = (*B_VALUE, unknown, *CSA)
    copy = result(private(source), *before, Sequence(0x00400275, (before,)), syntax=syntax)
    assert copy == expected(*B_VALUE, Sequence(0x00400275, (B_VALUE,)), syntax=syntax)


@everywhere
def test_the_creator_counts_not_the_block(syntax):
    swapped = (
        text(0x00190010, "LO", "SYNTH OTHER"),
        text(0x00190011, "LO", "SIEMENS MR HEADER"),
        text(0x0019100C, "IS", "666"),
        text(0x0019110C, "IS", "1000"),
    )
    assert result(private("dicom"), *swapped, syntax=syntax) == expected(swapped[1], swapped[3], syntax=syntax)


FDMS = text(0x00090010, "LO", "FDMS 1.0")
GE = text(0x00090010, "LO", "GEMS_PETD_01")


def of_tcia(**settings):
    return private("tcia", recurse_sequence=True, uid_method="uuid", salt="s", **settings)


def test_a_private_uid_becomes_what_the_same_public_one_does():
    rules = profiled(
        [{"name": "SOPInstanceUID", "hashuid": True}],
        remove_private_tags=True, safe_private="tcia", recurse_sequence=True, uid_method="uuid", salt="s",
    )  # fmt: skip
    copy = result(rules, text(0x00080018, "UI", "1.2.3.4"), FDMS, text(0x00091005, "UI", "1.2.3.4"))
    new = copy[8 : 8 + copy[6]].rstrip(b"\0")
    assert new.startswith(b"2.25.")
    assert copy.count(new) == 2


def test_a_private_uid_in_bytes_that_are_no_text_is_removed_rather_than_the_file_withheld():
    assert result(of_tcia(), FDMS, Plain(0x00091005, "OB", b"1.2.3.4\0")) == expected(FDMS)


@pytest.mark.parametrize(("vr", "after"), [("DT", "20230410120000.00"), ("LO", "20230410120000.00")])
def test_a_private_date_moves_with_the_others(vr, after):
    copy = result(
        profiled(
            [{"name": "StudyDate", "increment-date": True}],
            remove_private_tags=True, safe_private="tcia", recurse_sequence=True, date_increment=-7,
            uid_method="uuid", salt="s",
        ),
        GE,
        text(0x00091005, vr, "20230417120000.00"),
    )  # fmt: skip
    assert copy == expected(GE, text(0x00091005, vr, after))


def test_a_private_date_goes_where_no_date_moves():
    assert result(of_tcia(), GE, text(0x00091005, "DT", "20230417")) == expected(GE)


def test_what_changes_goes_where_rules_do_not_reach_into_sequences():
    rules = private("tcia", uid_method="uuid", salt="s")
    assert result(rules, FDMS, text(0x00091005, "UI", "1.2.3.4")) == expected(FDMS)


def test_a_rule_of_the_profile_comes_before_the_table():
    rules = profiled(
        [{"name": '(0019, "SIEMENS MR HEADER", 0C)', "replace-with": "7"}],
        remove_private_tags=True,
        safe_private="dicom",
    )
    assert result(rules, *B_VALUE) == expected(B_VALUE[0], text(0x0019100C, "IS", "7"))


def test_what_the_tables_hold():
    dicom, tcia = (safe_elements(source) for source in (Source.DICOM, Source.TCIA))
    assert len(dicom) == 479
    assert {element.disposition for element in dicom} == {Disposition.KEEP}
    assert len(tcia) > 2000
    assert all(element.group % 2 and element.creator.strip() == element.creator != "" for element in (*dicom, *tcia))

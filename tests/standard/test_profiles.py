"""The built-in profiles of PS3.15: what each row of the table says is what happens, at every depth."""

from __future__ import annotations

import pytest

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.profile import builtin_description, builtin_text, check_text
from fw_gear_deid.profile.builtin.ps3_15 import BASIC, entries, is_standard, name_of
from fw_gear_deid.standard.confidentiality import table
from tests.standard.profiles import OPTIONS, plan_of


def test_the_basic_profile_has_an_entry_for_each_row():
    named = dict(entries(frozenset()))
    missing = [row.keyword for row in table().values() if name_of(row) not in named]
    assert missing == [
        "AffectedSOPInstanceUID",  # of messages
        "RequestedSOPInstanceUID",
        "MediaStorageSOPInstanceUID",  # the engine lets it follow SOPInstanceUID
        "OverlayData",  # by the entry for (60xx,xxxx)
        "OverlayComments",
        "PrivateAttributes",  # by remove-private-tags
    ]


def test_it_needs_a_key():
    profile, problems = check_text(builtin_text(BASIC))
    assert profile is None
    assert "need a secret-key" in problems[0].message


def test_a_name_that_is_not_the_standards_is_not():
    assert is_standard("ps3.15-basic+nonsense")
    assert not is_standard("ps3.15-basics")


def test_an_option_that_there_is_not_is_told_with_those_there_are():
    with pytest.raises(ProfileError) as told:
        builtin_text("ps3.15-basic+clean-descriptor")
    assert "did you mean clean-descriptors?" in str(told.value)
    assert all(option in str(told.value) for option in OPTIONS)


def test_options_that_contradict_each_other_are_refused():
    with pytest.raises(ProfileError, match="retain-full-dates and retain-modified-dates contradict each other"):
        builtin_text("ps3.15-basic+retain-modified-dates+retain-full-dates")


def test_the_order_of_options_does_not_matter():
    one, other = (
        builtin_text(f"{BASIC}+{'+'.join(options)}").splitlines()[3:]
        for options in (("retain-uids", "clean-descriptors"), ("clean-descriptors", "retain-uids"))
    )
    assert one == other


def test_the_description_says_what_runs():
    assert builtin_description("ps3.15-basic+retain-uids") == "DICOM PS3.15 2025c Basic Profile with retain-uids."


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_a_profile_without_a_doubt(option):
    assert plan_of(f"{BASIC}+{option}").rules.coded

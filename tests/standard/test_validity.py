from __future__ import annotations

import pytest

from fw_gear_deid.profile.builtin.ps3_15 import CLEAN
from tests.programs import needed
from tests.standard.profiles import PROFILES
from tests.standard.validity import OTHERS, files, new_errors

EVERYTHING = (
    "ps3.15-basic+retain-safe-private-tcia+retain-uids+retain-device-identity+retain-institution-identity"
    "+retain-patient-characteristics+retain-full-dates+clean-descriptors+clean-structured-content+clean-graphics"
)


@needed("dciodvfy")
@pytest.mark.parametrize("profile", [*PROFILES, CLEAN, EVERYTHING, *OTHERS])
def test_objects_that_were_valid_stay_valid(profile):
    """Eleven of the files name no patient, so that their dates cannot be moved by a subject."""
    judged = {name: new_errors(profile, name) for name in files()}
    assert sum(new is not None for new in judged.values()) >= 141
    assert {name: new for name, new in judged.items() if new} == {}

from __future__ import annotations

import yaml

from fw_gear_deid.profile.ps3_15 import standard_text


def test_the_profiles_of_the_standard_scrub_what_their_entries_leave():
    assert yaml.safe_load(standard_text("ps3.15-basic"))["scrub"] is True


def test_device_names_that_stay_have_no_entry_so_that_a_patients_name_goes_from_them():
    text = standard_text("ps3.15-basic+retain-device-identity")
    named = {entry["name"] for entry in yaml.safe_load(text)["dicom"]["fields"]}
    assert named.isdisjoint({"StationName", "DeviceSerialNumber"})
    assert "# StationName stays, but for what is known to tell the subject." in text
    assert "DeviceUID" in named

from __future__ import annotations

import yaml

from fw_gear_deid.profile.builtin.ps3_15 import standard_text


def test_the_profiles_of_the_standard_scrub_what_their_entries_leave():
    assert yaml.safe_load(standard_text("ps3.15-basic"))["scrub"] is True


def test_texts_about_devices_are_kept_but_for_what_tells_the_patient():
    text = standard_text("ps3.15-basic+retain-device-identity")
    entries = {entry["name"]: entry for entry in yaml.safe_load(text)["dicom"]["fields"]}
    assert entries["StationName"] == {"name": "StationName", "action-code": "K"}
    assert entries["DeviceUID"] == {"name": "DeviceUID", "keep": True}

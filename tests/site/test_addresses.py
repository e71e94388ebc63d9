from __future__ import annotations

import pytest

from fw_gear_deid.errors import UsageError
from fw_gear_deid.site.addresses import ProjectPath


@pytest.mark.parametrize("text", ["lab/Study", "a/b", "my_lab-1/Copy of Study (2024)", "lab/Étude", "lab/" + "x" * 64])
def test_a_group_and_a_label_name_a_project(text):
    assert ProjectPath.parse(text).folder == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "CANARYlab",
        "lab/",
        "/Study",
        "lab/a/b",
        "../Study",
        "lab/..",
        "lab/.",
        "lab/ Study",
        "lab/Study ",
        "lab/a\\b",
        "lab/a\nb",
        "lab/a\0b",
        "Lab/Study",
        ".lab/Study",
        "la b/Study",
        "lab/" + "x" * 65,
    ],
)
def test_anything_else_is_refused_without_repeating_it(text):
    with pytest.raises(UsageError) as caught:
        ProjectPath.parse(text)
    assert len(text) < 6 or text not in str(caught.value)

"""Recipes in the format of deid, those that come with this package among them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pydicom.datadict import dictionary_VR

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.compiling import open_profile
from fw_gear_deid.profile import check_text, show
from fw_gear_deid.profile.pixels.conditions import Comparison, comparisons, holds
from fw_gear_deid.profile.pixels.recipes import Paint, RecipeError, Rectangle, parse_recipe, recipe_names, recipe_text
from tests.formats.dicom.pixels.images import blanked, copy_of, file_of, image, noise

HEAD = "FORMAT dicom\n%filter graylist\n"


def test_a_recipe_becomes_labels():
    first, second, third = parse_recipe(
        """\
# scanners
FORMAT dicom
%header
REMOVE PatientID
%filter graylist   # known
LABEL One # somebody
  contains Modality US
  Coordinates 1, 2,3,4
  ctpcoordinates 1,2,3,4
%filter Blacklist
label Two
  equals Modality OT
%FILTER graylist
LABEL Three
  keepcoordinates from:SequenceOfUltrasoundRegions
  ctpkeepcoordinates 0,0,5,5
  coordinates all
%labels
ADD Maintainer Nobody
"""
    )
    assert (first.group, first.line) == ("graylist", 6)
    assert first.paints == (
        Paint(blank=True, part=Rectangle(1, 2, 3, 4)),
        Paint(blank=True, part=Rectangle(1, 2, 4, 6)),
    )
    assert (second.group, second.line, second.when) == ("graylist", 14, None)
    assert second.paints == (
        Paint(blank=False, regions="SequenceOfUltrasoundRegions"),
        Paint(blank=False, part=Rectangle(0, 0, 5, 5)),
        Paint(blank=True),
    )
    assert (third.group, third.when, third.paints) == ("blacklist", Comparison("equals", "Modality", "OT"), ())


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("contains Modality US", "line 1: what a recipe says"),
        ("FORMAT nifti", "line 1: what a recipe says"),
        (HEAD + "coordinates 1,2,3,4", "line 3: what a recipe says"),
        ("%filter\n", "line 1: %filter needs a name"),
        (HEAD + "LABEL a\ncoordinates 1,2,3\n", "line 4: coordinates are four whole numbers"),
        (HEAD + "LABEL a\ncoordinates 3,2,3,4\n", "line 4: a region must have"),
        (HEAD + "LABEL a\nctpcoordinates 3,2,0,4\n", "line 4: a region must have"),
        (HEAD + "LABEL a\n  CANARY Modality\n", "line 4: a comparison begins with"),
        (HEAD + "LABEL a\n+ contains Modality (CANARY\n", "line 4: the value of contains is not"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_without_its_text(recipe, message):
    with pytest.raises(RecipeError, match=re.escape(message)) as caught:
        parse_recipe(recipe)
    assert "CANARY" not in str(caught.value)


def written(tmp_path, text):
    path = tmp_path / "scanners.recipe"
    path.write_text(HEAD + text)
    return {"detect": [str(path)]}


def test_an_object_of_the_blacklist_is_withheld(tmp_path):
    recipe = written(tmp_path, "LABEL a\n coordinates 0,0,1,1\n%filter blacklist\nLABEL b\n contains Modality US\n")
    with pytest.raises(ActionError, match=r"blacklists such objects \(line 6\)"):
        copy_of(recipe, file_of(image(noise(4, 4))))


@pytest.mark.parametrize("group", ["graylist", "whitelist", "mine"])
def test_a_label_before_the_blacklist_lets_an_object_pass(tmp_path, group):
    text = f"%filter {group}\nLABEL a\n present Modality\n%filter blacklist\nLABEL b\n contains Modality US\n"
    file = file_of(image(noise(4, 4)))
    assert copy_of(written(tmp_path, text), file) == file


def test_recipes_add_up(tmp_path):
    one = written(tmp_path, "LABEL a\n coordinates 0,0,4,1\n")
    pixels = [{"when": "present Modality", "keep": [0, 0, 4, 3]}]
    found = blanked({**one, "pixels": pixels}, image(noise(4, 4)))
    expected = noise(4, 4)
    expected[0], expected[3] = 0, 0
    assert (found.pixel_array == expected).all()


def test_a_field_that_is_no_element_is_warned_of_in_a_recipe_and_an_error_in_the_profile(tmp_path):
    (path,) = written(tmp_path, "LABEL a\n contains Manfacturer GE\n coordinates 0,0,1,1\n")["detect"]
    profile = tmp_path / "profile.yaml"
    profile.write_text(f"name: x\ndicom:\n  alter_pixels:\n    detect: ['{path}']\n")
    (warning,) = open_profile(str(profile)).profile.warnings
    why = "line 3: “Manfacturer” is not a DICOM keyword or tag; did you mean Manufacturer (0008,0070)?"
    assert warning.message == f"{path} {why}"
    file = file_of(image(noise(4, 4)))
    assert copy_of({"detect": [path]}, file) == file


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("present Manfacturer", "“Manfacturer” is not a DICOM keyword or tag; did you mean Manufacturer"),
        ("contains PixelData a", "PixelData is an element of OB or OW, which can be tested only by: missing, present"),
        ("equals ReferencedImageSequence a", "ReferencedImageSequence is an element of SQ, which can be tested only"),
        ("present ReferencedImageSequence.0.PatientID", "must be one top-level element"),
        ("present 60xx3000", "must be one top-level element"),
    ],
)
def test_a_condition_on_what_cannot_be_asked_is_an_error(tmp_path, when, message):
    profile = tmp_path / "profile.yaml"
    profile.write_text(
        f"name: x\ndicom:\n  alter_pixels:\n    pixels:\n    - when: {when}\n      remove: [0, 0, 1, 1]\n"
    )
    with pytest.raises(Exception, match=message) as caught:
        open_profile(str(profile))
    assert ":5:7: when: " in str(caught.value)


def test_a_shown_profile_asks_for_the_same():
    text = """\
name: x
dicom:
  alter_pixels:
    pixels:
    - {when: "present Modality\\n+ equals Rows 5", remove: [0, 0, 1, 1]}
    - {when: present Rows, keep: [[0, 0, 1, 1], [1, 1, 2, 2]]}
    detect: [burned-in]
"""
    profile, problems = check_text(text)
    again, _ = check_text(show(profile))
    assert not problems
    assert again == profile
    assert profile.sections["dicom"].pixels is not None


@pytest.mark.parametrize("name", recipe_names())
def test_a_built_in_recipe_names_elements_and_blanks(name):
    labels = parse_recipe(recipe_text(name))
    for label in labels:
        assert any(paint.blank for paint in label.paints)
        assert all(dictionary_VR(each.field) for each in comparisons(label.when))


class Example:
    """An object that has what a label's condition asks for, where it is plain enough to tell."""

    def __init__(self, condition):
        self._values = {}
        for each in comparisons(condition):
            self._values.setdefault(each.field, re.sub(r"[|?$].*", "", each.value))

    def has(self, field):
        return field in self._values

    def is_empty(self, field):
        return not self._values.get(field, "x")

    def values(self, field):
        return [self._values[field]] if field in self._values else []


def test_every_label_of_the_recipe_of_known_scanners_can_hold():
    labels = parse_recipe(recipe_text("burned-in"))
    assert len(labels) > 70
    for label in labels:
        assert holds(label.when, Example(label.when)), label
        sizes = [each.value for each in comparisons(label.when) if each.field == "Rows" and each.word == "equals"]
        for size in sizes:
            assert all(paint.part.top < int(size.split("|")[0]) for paint in label.paints), label


def test_the_recipe_of_known_scanners_blanks_a_banner_and_leaves_other_images():
    array = noise(600, 80)
    known = image(array, Manufacturer="Philips Medical Systems", ManufacturerModelName="iU22")
    expected = array.copy()
    expected[:59] = 0
    assert (blanked({"detect": ["burned-in"]}, known).pixel_array == expected).all()
    other = file_of(image(array, Manufacturer="Synthetic Sonics"))
    assert copy_of({"detect": ["burned-in"]}, other) == other
    assert np.count_nonzero(expected)

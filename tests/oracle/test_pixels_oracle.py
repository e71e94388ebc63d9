"""Conditions, recipes and blanked pixels: the same as deid's, and as Flywheel's engine's, where these are right."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder

from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.errors import FileError
from fw_gear_deid.formats.dicom.layout import lay_out
from fw_gear_deid.formats.dicom.names import parse_name
from fw_gear_deid.formats.dicom.pixels.matching import Observed
from fw_gear_deid.formats.dicom.scanner import Scanner
from fw_gear_deid.formats.dicom.texts import Texts
from fw_gear_deid.profile.pixels.conditions import comparisons, parse_condition
from fw_gear_deid.profile.pixels.conditions import holds as holds_here
from tests.formats.dicom.pixels.images import blanked, copy_of, file_of, image, noise, read, rule
from tests.oracle import deid, flywheel
from tests.oracle.files import dicom_files

FIELDS = ("Manufacturer", "ImageType", "SeriesDescription", "Rows", "PatientName", "WindowCenter", "ImageComments")
VALUES = ("GE", "ge medical", "SAVE", "save screen", "512", "51", "a", ".", "[EG]", "^ge", "medical$", "1.5")


def observed(data):
    layout = lay_out(data)
    elements, _ = Scanner(layout.data).data_set(layout.start, layout.stop, layout.syntax)
    return layout, Texts(layout, elements, lenient=True)


def holds(condition, data):
    """Return whether a condition holds here."""
    parsed = parse_condition(condition)
    tags = {each.field: parse_name(each.field).tags[0] for each in comparisons(parsed)}
    return holds_here(parsed, Observed(*observed(data), tags))


def dataset_of(values):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    for name, value in values.items():
        setattr(dataset, name, value)
    return file_of(dataset)


TEXT = st.sampled_from(["", "GE", "GE MEDICAL ", "save", "Screen Save", "a\\b", "512"])
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "Manufacturer": TEXT.filter(lambda text: "\\" not in text),
        "ImageType": st.sampled_from([["ORIGINAL", "PRIMARY"], ["DERIVED", "SCREEN SAVE", "GE"], "SAVE"]),
        "SeriesDescription": TEXT.filter(lambda text: "\\" not in text),
        "Rows": st.sampled_from([512, 51, 1]),
        "PatientName": st.sampled_from(["Canary^Zebra", "GE", ""]),
        "WindowCenter": st.sampled_from(["1.5", ["1.5", "512"]]),
        "ImageComments": TEXT,
    },
)
COMPARISONS = st.builds(
    " ".join,
    st.tuples(st.sampled_from(["contains", "notcontains"]), st.sampled_from(FIELDS), st.sampled_from(VALUES)),
) | st.builds(
    " ".join,
    st.tuples(
        st.sampled_from(["equals", "notequals"]),
        # One value of several is equal here, not there.
        st.sampled_from([name for name in FIELDS if name not in {"ImageType", "WindowCenter"}]),
        st.sampled_from(VALUES),
    ),
)
UNVALUED = st.builds(" ".join, st.tuples(st.sampled_from(["missing", "present", "empty"]), st.sampled_from(FIELDS)))
LINES = st.lists(st.tuples(COMPARISONS, st.sampled_from([" + ", " || ", "+", "||"])), min_size=1, max_size=4).map(
    lambda pairs: "".join(part for pair in pairs for part in pair).rstrip(" +|")
)


@given(LINES | UNVALUED, OBJECTS)
@settings(max_examples=50, deadline=None)
def test_a_line_holds_as_in_deid(line, values):
    data = dataset_of(values)
    assert holds(line, data) == deid.holds(line, data)


@given(st.lists(LINES, min_size=2, max_size=3), OBJECTS)
@settings(max_examples=25, deadline=None)
def test_lines_joined_by_and_hold_as_in_deid(lines, values):
    data = dataset_of(values)
    condition = "\n+ ".join(lines)
    assert holds(condition, data) == deid.holds(condition, data)


DIFFERENCES = [
    (
        "contains Manufacturer GE\n|| contains ImageType SAVE",
        {"ImageType": "SAVE"},
        "a line that begins with || is joined by or",
    ),
    ("equals ImageType PRIMARY", {"ImageType": ["ORIGINAL", "PRIMARY"]}, "one of several values may be the equal one"),
    (
        "contains ImageType ^PRIMARY",
        {"ImageType": ["ORIGINAL", "PRIMARY"]},
        "each of several values is searched by itself",
    ),
    ("equals Rows 600|512", {"Rows": 512}, "equals takes alternatives"),
    (
        "missing Manufacturer || contains ImageType SAVE",
        {"Manufacturer": "GE", "ImageType": "SAVE"},
        "a value after missing is found",
    ),
    ("equals 0x00080060 US", {"Modality": "US"}, "a tag is compared by its value"),
    (r"contains SeriesDescription ^\S+$", {"SeriesDescription": "axial"}, r"classes such as \S keep their meaning"),
    ("contains ImplementationVersionName SYNTH", {}, "elements of the file meta information count"),
    ("present Rows", {"Rows": None}, "a number without a value is there"),
]


@pytest.mark.parametrize(("condition", "values", "why"), DIFFERENCES, ids=[row[2] for row in DIFFERENCES])
def test_conditions_that_hold_here_and_not_in_deid(condition, values, why):
    data = dataset_of(values)
    assert holds(condition, data), why
    assert not deid.holds(condition, data), why


def test_nought_is_a_value_here():
    data = dataset_of({"Rows": 0})
    assert not holds("empty Rows", data)
    assert deid.holds("empty Rows", data)


@pytest.mark.parametrize("shape", [(12, 16), (3, 12, 16), (12, 16, 3), (2, 12, 16, 3)])
@pytest.mark.parametrize("region", [[2, 1, 7, 4], [0, 0, 16, 3], [10, 8, 99, 99]])
def test_flywheels_engine_blanks_the_same_pixels(shape, region):
    array = noise(*shape)
    data = file_of(image(array, samples=3 if shape[-1] == 3 else 1))
    profile = {"name": "x", "dicom": {"alter_pixels": rule("contains Modality US", remove=region)}}
    theirs = read(flywheel.deidentify(profile, "a.dcm", data).data)
    ours = blanked(rule("contains Modality US", remove=region), read(data))
    assert (ours.pixel_array == theirs.pixel_array).all()
    assert (ours.pixel_array != array).any()


def test_flywheels_engine_keeps_everything_when_it_is_to_keep_a_region():
    array = noise(12, 16)
    alter_pixels = rule("contains Modality US", keep=[2, 1, 7, 4])
    profile = {"name": "x", "dicom": {"alter_pixels": alter_pixels}}
    theirs = read(flywheel.deidentify(profile, "a.dcm", file_of(image(array))).data)
    assert (theirs.pixel_array == array).all()
    ours = blanked(alter_pixels, image(array)).pixel_array
    assert (ours[1:4, 2:7] == array[1:4, 2:7]).all()
    assert ours.sum(dtype=int) == array[1:4, 2:7].sum(dtype=int)


def test_flywheels_engine_mixes_up_the_colours_of_ybr():
    array = noise(12, 16, 3)
    data = file_of(image(array, samples=3, PhotometricInterpretation="YBR_FULL"))
    profile = {"name": "x", "dicom": {"alter_pixels": rule("contains Modality US", remove=[2, 1, 7, 4])}}
    theirs = read(flywheel.deidentify(profile, "a.dcm", data).data)
    assert theirs.PhotometricInterpretation == "YBR_FULL"
    assert theirs.PixelData[:3] != array.tobytes()[:3]
    ours = blanked(rule("contains Modality US", remove=[2, 1, 7, 4]), read(data))
    assert ours.PixelData[:3] == array.tobytes()[:3]


RECIPES = {
    "one after the other": """\
LABEL first
  contains Modality US
  coordinates 1,1,9,9
  keepcoordinates 3,3,5,5
LABEL second
  present Modality
  + equals Rows 12
  coordinates 0,10,16,12
LABEL third
  contains Modality CT
  coordinates 0,0,16,12
""",
    "sizes": "LABEL sizes\npresent Modality\nctpcoordinates 2,3,4,5\nLABEL back\nctpkeepcoordinates 3,4,1,1\n",
    "regions": """\
LABEL all
  contains Modality US
  coordinates all
LABEL regions
  present SequenceOfUltrasoundRegions
  keepcoordinates from:SequenceOfUltrasoundRegions
""",
}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("shape", [(12, 16), (2, 12, 16, 3)])
def test_a_recipe_blanks_the_same_pixels_as_deid(name, shape, tmp_path):
    array = noise(*shape)
    dataset = image(array, samples=3 if shape[-1] == 3 else 1)
    dataset.SequenceOfUltrasoundRegions = [region(2, 1, 6, 5), region(8, 4, 15, 11)]
    recipe = f"FORMAT dicom\n%filter graylist\n{RECIPES[name]}%header\nREMOVE PatientID\n"
    path = tmp_path / "scanners.recipe"
    path.write_text(recipe)
    data = file_of(dataset)
    theirs = deid.cleaned(recipe, data)
    assert (blanked({"detect": [str(path)]}, dataset).pixel_array == theirs).all()
    assert (theirs != array).any()
    assert np.count_nonzero(theirs)


def region(left, top, right, bottom):
    item = Dataset()
    item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right, bottom
    return item


WITHHELD = {
    "JPEG-lossy.dcm": "cannot be decoded",  # 12 bits
    "JPGExtended.dcm": "cannot be decoded",  # 12 bits
    "JPEG2000-embedded-sequence-delimiter.dcm": "cannot be decoded",
    "MR_truncated.dcm": "truncated",
    "badVR.dcm": "a value of IS cannot be read",
    "meta_missing_tsyntax.dcm": "not a DICOM file",
    "nested_priv_SQ.dcm": "is missing or no number",
    "synthetic_encapsulated.dcm": "cannot be decoded",  # made-up fragments
}


def pixels_of(data):
    """Return samples as pydicom decodes them, without a change of colours; None where there are no pixels."""
    dataset = pydicom.dcmread(io.BytesIO(data), force=True)
    if not {"PixelData", "FloatPixelData", "DoubleFloatPixelData"} & {element.keyword for element in dataset}:
        return None
    return get_decoder(dataset.file_meta.TransferSyntaxUID).as_array(dataset, raw=True)


def test_of_pydicoms_own_files_only_the_region_changes():
    everything = rule("present SOPClassUID || missing SOPClassUID", remove=[0, 0, 2, 2])
    seen = 0
    for name, data in dicom_files().items():
        with silenced():
            if name in WITHHELD:
                with pytest.raises(FileError, match=WITHHELD[name]):
                    copy_of(everything, data)
                continue
            before = pixels_of(data) if "DICOMDIR" not in name else None
            if before is None:
                continue
            (old, properties), (new, _) = before, pixels_of(copy_of(everything, data))
        region = (slice(None),) * (properties["number_of_frames"] > 1) + (slice(0, 2), slice(0, 2))
        outside = np.ones(old.shape, bool)
        outside[region] = False
        assert old.shape == new.shape, name
        assert (old[outside] == new[outside]).all(), name
        black = {0, 128} if properties["photometric_interpretation"].startswith("YBR") else {0}
        assert set(np.unique(new[region]).tolist()) <= black, name
        seen += 1
    assert seen > 60

"""Which pixels are blanked, checked against painting an array."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.formats.dicom.pixels.area import Stroke, moved, painted
from fw_gear_deid.profile.pixels.recipes import Rectangle

EDGE = st.integers(0, 12)


@st.composite
def rectangles(draw):
    left, top = draw(EDGE), draw(EDGE)
    return Rectangle(left, top, left + draw(st.integers(1, 9)), top + draw(st.integers(1, 9)))


STROKES = st.lists(st.builds(Stroke, st.booleans(), st.none() | rectangles()), max_size=5)
LAYERS = st.lists(STROKES, max_size=3)


def mask(layers, columns, rows):
    """Paint as deid does: sections of an array are set one after the other."""
    blanked = np.zeros((rows, columns), bool)
    for layer in layers:
        canvas = np.zeros((rows, columns), bool)
        for stroke in layer:
            part = stroke.part or Rectangle(0, 0, columns, rows)
            canvas[part.top : part.bottom, part.left : part.right] = stroke.blank
        blanked |= canvas
    return blanked


def filled(area, columns, rows):
    flat = np.zeros(rows * columns, bool)
    for start, stop in area.runs(columns):
        assert not flat[start:stop].any()
        flat[start:stop] = True
    return flat.reshape(rows, columns)


@given(LAYERS, st.integers(1, 14), st.integers(1, 14))
def test_runs_of_pixels_are_what_painting_blanks(layers, columns, rows):
    area = painted(layers, columns, rows)
    assert (filled(area, columns, rows) == mask(layers, columns, rows)).all()
    assert bool(area) == mask(layers, columns, rows).any()


@given(LAYERS, st.integers(1, 7), st.integers(1, 9))
def test_a_widened_area_covers_whole_pairs(layers, pairs, rows):
    columns = 2 * pairs
    wide = filled(painted(layers, columns, rows).widened(2), columns, rows).reshape(rows, pairs, 2)
    exact = mask(layers, columns, rows).reshape(rows, pairs, 2)
    assert (wide == exact.any(axis=2, keepdims=True)).all()


@given(STROKES, st.integers(0, 5), st.integers(0, 5))
def test_a_canvas_elsewhere_sees_the_same_pixels(strokes, right, down):
    whole = mask([strokes], 20, 20)
    part = filled(painted([moved(strokes, -right, -down)], 20 - right, 20 - down), 20 - right, 20 - down)
    assert (part == whole[down:, right:]).all()


def test_rows_blanked_in_full_are_one_run():
    area = painted([[Stroke(blank=True, part=Rectangle(0, 2, 99, 4))]], 10, 8)
    assert list(area.runs(10)) == [(20, 40)]

"""How much cleaning takes that it must leave, and leaves that it must take: ``python -m benchmarks.cleaning``."""

from __future__ import annotations

import pytest

from benchmarks.cleaning import apart
from benchmarks.cleaning.rates import changed, leaks, losses
from benchmarks.cleaning.texts import found, harmless, known, mixtures, unknown


def test_the_texts_are_enough():
    assert len(harmless()) >= 500
    assert len(found()) >= 150
    assert len(list(known())) + len(list(unknown())) >= 900


def test_of_two_hundred_harmless_descriptors_all_but_one_come_through():
    wrong = changed(harmless())
    assert len(wrong) * 200 <= len(harmless()), wrong


def test_descriptors_of_files_that_others_wrote_come_through():
    wrong = changed(found())
    assert len(wrong) * 100 <= len(found()), wrong


def test_harmless_words_come_through_in_any_order():
    wrong = changed(mixtures())
    assert len(wrong) <= 10, wrong


def test_known_identifiers_never_stay():
    assert leaks(known()) == []


def test_of_a_hundred_texts_about_somebody_nobody_told_of_all_but_two_tell_nothing():
    texts = list(unknown())
    assert len(leaks(texts)) * 50 <= len(texts)


@pytest.mark.parametrize("texts", [known, unknown])
def test_harmless_words_stay_beside_what_goes(texts):
    told = list(texts())
    assert len(losses(told)) * 100 <= len(told)


@pytest.mark.parametrize(("half", "harmed", "told"), [("seen", 6, 0), ("held out", 8, 13)])
def test_texts_written_apart_are_no_worse_than_they_were(half, harmed, told):
    assert len(apart.harmless(half)) + len(apart.told(half)) >= 200
    assert len(changed(apart.harmless(half))) <= harmed
    assert len(leaks(apart.told(half))) <= told
    assert losses(apart.told(half)) == []

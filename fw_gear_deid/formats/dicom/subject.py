"""Who a DICOM object says it is about, in its own data set, before any rule acts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.dicom.values import Coding, implicit_vr, parts
from fw_gear_deid.identity import Identifier, Subject, key_of
from fw_gear_deid.identity.elements import ELEMENTS

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.texts import Texts

PATIENT_ID: Final = 0x00100020

_TELLING: Final = tuple(sorted(ELEMENTS))


KEPT: Final = 256
"""Answers that are kept: the objects of a series say the same."""


def own_subject(texts: Texts, given: Subject) -> Subject:
    """Return who an object is about: the subject it was given with, else the patient of its own PatientID.

    Its own identifiers count in both cases.

    Raises:
        ActionError: an element that tells the person cannot be read.
    """
    told = texts.stated(_TELLING)
    return _subject(told, texts.coding, given, lenient=texts.lenient)


@lru_cache(maxsize=KEPT)
def _subject(told: tuple[tuple[int, bytes, bytes], ...], coding: Coding, given: Subject, *, lenient: bool) -> Subject:
    """Return whom elements tell of, each by its tag, its representation and its encoded value."""
    texts = {
        tag: parts(vr.decode("ascii") or implicit_vr(tag, None), raw, coding, lenient=lenient) for tag, vr, raw in told
    }
    found = ((ELEMENTS[tag][1], each.strip()) for tag, several in texts.items() for each in several)
    own = frozenset(Identifier(kind, each) for kind, each in found if each)
    return Subject(given.key or key_of(",".join(texts.get(PATIENT_ID, ()))), given.identifiers | own)

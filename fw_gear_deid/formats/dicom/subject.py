"""Who a DICOM object says it is about, in its own data set, before any rule acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity import Identifier, Subject, key_of
from fw_gear_deid.identity.elements import ELEMENTS

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.texts import Texts

PATIENT_ID: Final = 0x00100020

_TELLING: Final = frozenset(ELEMENTS)


def own_subject(texts: Texts, given: Subject) -> Subject:
    """Return who an object is about: the subject it was given with, else the patient of its own PatientID.

    Its own identifiers count in both cases.

    Raises:
        ActionError: an element that tells the person cannot be read.
    """
    parts = ((ELEMENTS[tag][1], part.strip()) for tag in texts.present(_TELLING) for part in texts.parts(tag))
    own = frozenset(Identifier(kind, part) for kind, part in parts if part)
    return Subject(given.key or key_of(texts.text(PATIENT_ID)), given.identifiers | own)

"""The fields whose values tell a person: what sidecars, tables and containers call what DICOM has elements for."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity import Kind
from fw_gear_deid.identity.elements import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYWORDS: Final[Mapping[str, Kind]] = MappingProxyType(dict(ELEMENTS.values()))
"""Kinds of elements by their keywords: BIDS sidecars and Flywheel's ``info`` call their fields so."""

TAGS: Final[Mapping[str, str]] = MappingProxyType({f"{tag:08X}": name for tag, (name, _) in ELEMENTS.items()})
"""Keywords by the eight digits that name an element in DICOM JSON (PS3.18 annex F)."""

_OTHER_NAMES: Final = {
    Kind.NAME: (
        "name",
        "firstname",
        "givenname",
        "lastname",
        "familyname",
        "surname",
        "fullname",
        "patient",
        "subjectname",
        "participantname",
        "maidenname",
        "birthname",
        "mothername",
    ),
    Kind.ID: (
        "participantid",
        "subjectid",
        "subject",
        "mrn",
        "medicalrecordnumber",
        "patientnumber",
        "hospitalnumber",
        "ssn",
        "socialsecuritynumber",
        "nhsnumber",
        "mastercode",
    ),
    Kind.BIRTH_DATE: ("dob", "birthdate", "dateofbirth", "birthday", "birth"),
    Kind.ACCESSION: ("accession", "accessionno"),
    Kind.ADDRESS: ("address", "homeaddress", "street", "streetaddress"),
    Kind.TELEPHONE: ("telephone", "phone", "telephonenumber", "phonenumber", "mobile", "mobilephone"),
    Kind.EMAIL: ("email", "emailaddress", "mail"),
    Kind.PERSON: ("physician", "referringphysician", "operator", "operatorname", "radiologist"),
}
_COLUMNS: Final = {
    **{name.casefold(): kind for name, kind in KEYWORDS.items()},
    **{name: kind for kind, names in _OTHER_NAMES.items() for name in names},
}
_APART: Final = re.compile(r"[\W_]+")


def column_kind(name: str) -> Kind | None:
    """Return what a column of a table, or a field of a container, holds by its name; None: nothing that tells a person.

    Small and capital letters, blanks, ``_`` and ``-`` make no difference: ``Date of Birth`` is ``date_of_birth``.
    """
    return _COLUMNS.get(_APART.sub("", name).casefold())

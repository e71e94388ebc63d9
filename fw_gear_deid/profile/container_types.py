"""The tables of the ``flywheel`` section: containers, the fields that can be set on them, and what these may hold.

Source: Flywheel's data model as its API accepts it, and the settings of Flywheel's export gear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import EMPTY_CELL, Kind, Option
from fw_gear_deid.profile.settings import COMMON, SECTIONS, SectionType

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA: Final = "flywheel"
"""The key of the section."""
OLD_METADATA: Final = "export"
"""The key it had in Flywheel's first export gear."""


class Holds(StrEnum):
    """What a field of a container may hold."""

    TEXT = "text"
    WORD = "a word of a closed list"
    NUMBER = "a number"
    WHOLE_NUMBER = "a whole number"
    MOMENT = "a date"
    TEXTS = "a list of texts"
    FIELDS = "fields"


_WHOLE: Final = ("keep", "identity", "remove")
ALLOWED: Final[Mapping[Holds, tuple[str, ...]]] = MappingProxyType(
    {
        Holds.WORD: (*_WHOLE, "replace-with"),
        Holds.NUMBER: (*_WHOLE, "replace-with", "jitter"),
        Holds.WHOLE_NUMBER: (*_WHOLE, "replace-with", "jitter"),
        Holds.MOMENT: (*_WHOLE, "replace-with", "increment-date", "increment-datetime"),
        Holds.TEXTS: (*_WHOLE, "replace-with"),
        Holds.FIELDS: _WHOLE,
    }
)
"""The actions whose results the API accepts, by what a field holds; any action where nothing is said."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a container.

    Attributes:
        holds: what it may hold.
        words: the only texts it may hold.
    """

    holds: Holds = Holds.TEXT
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerType:
    """A container, or a file, and what a profile may set on it.

    Attributes:
        settings: the settings of its entry.
        fields: the fields that can be set, by name.
    """

    settings: SectionType
    fields: Mapping[str, Field] = field(default_factory=dict)


_TEXT: Final = Field()
_MOMENT: Final = Field(Holds.MOMENT)
_NUMBER: Final = Field(Holds.NUMBER)
_INFO: Final = Field(Holds.FIELDS)
_TAGS: Final = Field(Holds.TEXTS)
_RACES: Final = (
    "American Indian or Alaska Native",
    "Asian",
    "Native Hawaiian or Other Pacific Islander",
    "Black or African American",
    "White",
    "More Than One Race",
    "Unknown or Not Reported",
)
_ETHNICITIES: Final = ("Hispanic or Latino", "Not Hispanic or Latino", "Unknown or Not Reported")
_SUBJECT: Final = {
    "label": _TEXT,
    "firstname": _TEXT,
    "lastname": _TEXT,
    "date_of_birth": _MOMENT,
    "sex": Field(Holds.WORD, ("male", "female", "other", "unknown")),
    "cohort": Field(Holds.WORD, ("Control", "Study")),
    "mlset": Field(Holds.WORD, ("Training", "Testing", "Validation")),
    "ethnicity": Field(Holds.WORD, _ETHNICITIES),
    "race": Field(Holds.WORD, _RACES),
    "species": _TEXT,
    "strain": _TEXT,
    "type": Field(Holds.WORD, ("human", "animal", "phantom")),
    "info": _INFO,
    "tags": _TAGS,
}
_SESSION: Final = {
    "label": _TEXT,
    "age": Field(Holds.WHOLE_NUMBER),
    "operator": _TEXT,
    "timestamp": _MOMENT,
    "timezone": _TEXT,
    "uid": _TEXT,
    "weight": _NUMBER,
    "info": _INFO,
    "tags": _TAGS,
}
_ACQUISITION: Final = {
    "label": _TEXT,
    "timestamp": _MOMENT,
    "timezone": _TEXT,
    "uid": _TEXT,
    "info": _INFO,
    "tags": _TAGS,
}

ALL: Final = Option("all", Kind.FLAG, default=False, doc="export every field that can be set, not only those named")
HEADER: Final = Option("include-info-header", Kind.FLAG, default=False, doc="do not leave out info.header")
_OF_FILES: Final = frozenset({"file-filter", "enforce-file-filter", "filenames", "alter_pixels"})


def _type(name: str, fields: Mapping[str, Field], *own: Option) -> ContainerType:
    json = SECTIONS["json"].settings
    shared = {option.name: json[option.name] for option in (*COMMON, *json.values()) if option.name not in _OF_FILES}
    settings = MappingProxyType(shared | {option.name: option for option in (ALL, *own)})
    kind = SectionType(name, settings, regex=True, missing=EMPTY_CELL, values="json")
    return ContainerType(kind, MappingProxyType(dict(fields)))


_TYPES: Final = (
    _type("project", {"info": _INFO, "description": _TEXT, "tags": _TAGS}),
    _type("subject", _SUBJECT),
    _type("session", _SESSION),
    _type("acquisition", _ACQUISITION),
    _type("file", {"classification": _INFO, "info": _INFO, "modality": _TEXT, "type": _TEXT}, HEADER),
)

CONTAINERS: Final[Mapping[str, ContainerType]] = MappingProxyType({kind.settings.name: kind for kind in _TYPES})
"""Every container, from the top down, and its files."""

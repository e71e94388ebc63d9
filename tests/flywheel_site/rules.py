"""What the platform accepts in labels, enumerations, classifications and keys of ``info``."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.errors import InvalidError
from tests.flywheel_site.site import MAX_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.flywheel_site.site import Document

ENUMERATIONS: Mapping[str, tuple[str, ...]] = {
    "sex": ("male", "female", "other", "unknown"),
    "cohort": ("Control", "Study"),
    "mlset": ("Training", "Testing", "Validation"),
    "type": ("human", "animal", "phantom"),
    "state": ("In utero", "Alive", "Dead"),
    "ethnicity": ("Not Hispanic or Latino", "Hispanic or Latino", "Unknown or Not Reported"),
    "race": (
        "American Indian or Alaska Native",
        "Asian",
        "Native Hawaiian or Other Pacific Islander",
        "Black or African American",
        "White",
        "More Than One Race",
        "Unknown or Not Reported",
    ),
}
"""Fields of a subject that take only certain words."""

FIELDS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "group": {"label": str, "tags": list, "info": dict},
    "project": {"label": str, "description": str, "group": str, "info": dict, "tags": list, "copyable": bool},
    "subject": {
        **dict.fromkeys(("label", "code", "master_code", "firstname", "lastname", "species", "strain", "project"), str),
        **dict.fromkeys((*ENUMERATIONS, "date_of_birth"), str),
        "tags": list,
        "info": dict,
    },
    "session": {
        **dict.fromkeys(("label", "uid", "timestamp", "timezone", "operator", "project"), str),
        "age": int,
        "weight": (int, float),
        "info": dict,
        "tags": list,
        "subject": (str, dict),
        "project_has_template": bool,
    },
    "acquisition": {
        **dict.fromkeys(("label", "uid", "timestamp", "timezone", "session"), str),
        "info": dict,
        "metadata": dict,
    },
    "analysis": {"label": str, "description": str, "info": dict, "inputs": list, "job": dict},
}
"""What may be set on a container, and its type."""

_MODALITY = re.compile("[ 0-9a-zA-Z_-]{2,64}")
CLASSIFICATIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "MR": {
        "Intent": (
            "Localizer",
            "Shim",
            "Calibration",
            "Fieldmap",
            "Structural",
            "Functional",
            "Screenshot",
            "Non-Image",
        ),
        "Measurement": ("B0", "B1", "T1", "T2", "T2*", "PD", "MT", "ASL", "Perfusion", "Diffusion", "Susceptibility"),
        "Features": (
            "Quantitative",
            "Multi-Shell",
            "Multi-Echo",
            "Multi-Flip",
            "Magnitude",
            "Phase",
            "Navigation",
            "3D",
        ),
    },
    "CT": {"Intent": ("Localizer", "Structural", "Functional"), "Scan Orientation": ("Axial", "Coronal", "Sagittal")},
}
"""The words for each aspect, by modality; any other modality takes only ``Custom``."""


def checked(kind: str, fields: Document, *, changing: bool = False) -> Document:
    """Return the fields of a container that may be set; the platform leaves unknown ones out.

    Raises:
        InvalidError: one has a value that it may not have.
    """
    known = FIELDS[kind]
    kept = {name: value for name, value in fields.items() if name in known and value is not None}
    for name, value in kept.items():
        if not isinstance(value, known[name]) or (isinstance(value, bool) and known[name] in (int, (int, float))):
            raise InvalidError(f"{name}: wrong type")
        if kind == "subject" and name in ENUMERATIONS and value not in ENUMERATIONS[name]:
            raise InvalidError(f"{name}: value is not a valid enumeration member; permitted: {ENUMERATIONS[name]}")
    if "label" in kept or not changing:
        check_label(kept.get("label", ""))
    for name, kind_of in (("timestamp", datetime), ("date_of_birth", date)):
        if name in kept:
            _check_moment(name, kept[name], kind_of)
    if "info" in kept:
        kept["info"] = sanitised(kept["info"])
    return kept


def check_label(label: str) -> None:
    """Refuse a label that is blank or too long."""
    if not label.strip():
        raise InvalidError("label: ensure this value has at least 1 characters")
    if len(label) > MAX_LABEL:
        raise InvalidError(f"label: ensure this value has at most {MAX_LABEL} characters")


def _check_moment(name: str, text: str, kind: type[date]) -> None:
    try:
        datetime.fromisoformat(text) if kind is datetime else date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidError(f"{name}: invalid format") from None


def sanitised(info: Any) -> Any:
    """Return ``info`` with keys as the platform stores them: no dots, no dollar signs."""
    if isinstance(info, dict):
        return {str(key).replace("$", "-").replace(".", "_"): sanitised(value) for key, value in info.items()}
    return [sanitised(item) for item in info] if isinstance(info, list) else info


def check_modality(modality: str | None) -> None:
    """Refuse what cannot name a modality."""
    if modality is not None and not _MODALITY.fullmatch(modality):
        raise InvalidError("modality: string does not match regex")


def check_classification(modality: str | None, classification: Any) -> None:
    """Refuse words that a modality does not have.

    Raises:
        InvalidError: an aspect or a word is unknown.
    """
    if not isinstance(classification, dict):
        raise InvalidError("classification: must be an object")
    known = CLASSIFICATIONS.get(modality or "", {})
    for aspect, words in classification.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise InvalidError(f"classification: {aspect} must be a list of words")
        if aspect == "Custom":
            continue
        if aspect not in known:
            raise InvalidError(f"classification: {aspect} is not allowed for modality {modality}")
        if unknown := [word for word in words if word not in known[aspect]]:
            raise InvalidError(f"classification: {unknown} are not allowed for {aspect}")


def check_tags(tags: Any) -> list[str]:
    """Return tags as they are stored."""
    if not isinstance(tags, list) or not all(isinstance(tag, str) and 0 < len(tag) <= 255 for tag in tags):
        raise InvalidError("tags: must be a list of texts")
    return list(dict.fromkeys(tags))


MISSING = object()


def at(document: Any, path: str, *, default: Any = None) -> Any:
    """Return what stands at a dotted path of a document."""
    for key in path.split("."):
        if not isinstance(document, dict) or key not in document:
            return default
        document = document[key]
    return document

"""Audit: what is wrong with one object, from its bytes, its name and what is known of its subject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit import dicom, sidecars
from fw_gear_deid.audit.concerns import Concern, Sort, certainly, possibly, shortened
from fw_gear_deid.audit.telling import is_telling, without_pseudonyms
from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.scan.dicom_bytes import is_dicom
from fw_gear_deid.scan.searching import search, search_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_deid.audit.sidecars import Field
    from fw_gear_deid.problems import Finding
    from fw_gear_deid.scan.vocabulary import Vocabulary


_REPORTS: Final = re.compile(
    rb'\{\s*"versions": \{\s*"fw-gear-deid": "|\s*<!DOCTYPE html>.{,2000}<title>De-identification report</title>',
    re.DOTALL,
)


def is_report(data: bytes) -> bool:
    """Whether a file is a report of this package: it tells how often fields were met that are called after persons."""
    return _REPORTS.match(bytes(data[: 1 << 12])) is not None


def audit(data: bytes, name: str, vocabulary: Vocabulary, *, strict: bool) -> list[Concern]:
    """Return what is wrong with an object.

    Args:
        data: its bytes.
        name: its base name; a suffix tells what bytes do not.
        vocabulary: what tells its subject.
        strict: whether dates, UIDs, devices, institutions and faces count.
    """
    try:
        if is_report(data):
            found = list[Concern]()
        elif is_dicom(data):
            found = list(dicom.concerns(data, strict=strict))
        elif (fields := sidecars.fields(data, name)) is not None:
            return _of_fields(fields, vocabulary, strict=strict)
        else:
            found = list(sidecars.concerns(data, name, strict=strict))
    except UnreadableError as error:
        found = [certainly(Sort.UNREADABLE, "the file", str(error))]
    try:
        found += misplaced(search(data, name, vocabulary), found)
    except UnreadableError as error:
        found.append(certainly(Sort.UNREADABLE, "the file", str(error)))
    return _each_once(found)


def _of_fields(fields: Iterator[Field], vocabulary: Vocabulary, *, strict: bool) -> list[Concern]:
    found: list[Concern] = []
    for each in fields:
        concern = each.concern(strict=strict)
        if concern is not None:
            found.append(concern)
        if concern is None or concern.sort is not Sort.DIRECT:
            found += misplaced(search_text(each.value, each.where, vocabulary), ())
    return _each_once(found)


def audit_text(text: str, where: str, vocabulary: Vocabulary) -> list[Concern]:
    """Return what is wrong with a path, a label, a comment; pseudonyms in it are nothing wrong."""
    found = list(misplaced(search_text(text, where, vocabulary), ()))
    if not found and any(is_telling(without_pseudonyms(part)) for part in text.split("/")):
        found.append(possibly(Sort.TEXT, where, "it reads like a name, a date, a number or a place", shortened(text)))
    return found


def audit_metadata(metadata: object, vocabulary: Vocabulary, *, strict: bool) -> list[Concern]:
    """Return what is wrong with metadata: a JSON value whose places are told by the names that lead to them."""
    try:
        return _of_fields(sidecars.of_tree(metadata, ""), vocabulary, strict=strict)
    except UnreadableError as error:
        return [certainly(Sort.UNREADABLE, "metadata", str(error))]


def _each_once(found: list[Concern]) -> list[Concern]:
    """Leave out that a text reads like an identifier where it is known to hold one."""
    known = {each.where for each in found if each.sort is Sort.MISPLACED}
    return [each for each in found if each.sort is not Sort.TEXT or each.where not in known]


def misplaced(findings: Iterable[Finding], told: Iterable[Concern]) -> Iterator[Concern]:
    """Yield what a search met, but for places of which it was told already that they hold an identifier."""
    known = {each.where for each in told if each.sort is Sort.DIRECT}
    for each in findings:
        if each.where not in known:
            yield Concern(Sort.MISPLACED, each.where, each.certain, f"the subject's {each.kind}", each.context)

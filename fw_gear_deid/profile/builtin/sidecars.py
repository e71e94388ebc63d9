"""What the profiles of PS3.15 do beside DICOM: sidecars, tables, NIfTI headers, XML, pictures, archives, names.

The standard speaks of DICOM attributes alone. Fields of other files that are called like one get what it gets; names
that BIDS, dcm2niix and common tables have for the same things follow them. Pseudonyms and shifts are those of DICOM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from fw_gear_deid.profile.builtin.sidecar_fields import NAMES_OF_ANYTHING, Deed, Options, deeds, named
from fw_gear_deid.profile.builtin.sidecar_names import cells_with_names, file_names, references
from fw_gear_deid.standard.confidentiality import ProfileOption, table

Lines = Iterator[str]


def sidecar_lines(options: Options) -> Lines:
    """Yield the lines of the sections for all that is not DICOM, as options of the Basic Profile have it."""
    yield from _json(options)
    for section in ("csv", "tsv", "table"):
        yield from _table(section, options)
    yield from _nifti(options)
    yield from _xml(options)
    yield from _pictures(options)
    for section in ("filename", "zip"):
        yield from _head(section, options)
        yield from _ARCHIVE if section == "zip" else _COPIED
        yield from file_names(_of_name(options))
    yield from ("flywheel:", "  subject:", "    fields:", "      - {name: label, pseudonym: true}")


# -- what rules are made of

_NO_UIDS: Final = frozenset({"nifti", "filename", "zip"})
"""Sections in which neither UIDs nor dates are looked for."""


def _of_name(options: Options) -> str:
    """Return what becomes of a name that follows no convention."""
    return Deed.CLEAN if ProfileOption.DESCRIPTORS in options else "hash"


def _head(section: str, options: Options) -> Lines:
    yield f"{section}:"
    yield "  hash-method: hmac-sha256"
    if section not in _NO_UIDS:
        yield "  uid-method: uuid"
    if ProfileOption.MODIFIED_DATES in options and section not in _NO_UIDS:
        yield "  date-increment: subject"


def _rule(selector: str, deed: Deed, label: str = "") -> Lines:
    """Yield the lines of one entry."""
    yield f"    - {selector}"
    if label:
        yield f"      label: {label}"
    if deed is Deed.DATE:
        yield from _SHIFT
    elif deed is Deed.AGE:
        yield from _CAP
    else:
        yield f"      {deed}: true"


_MISSING: Final = r"(?!(?:n/a|nan|NaN|N/A)?\s*$)"
_SHIFT: Final = (
    "      regex-sub:  # the day moves, in whatever form it is written; what is no date is emptied",
    r"        - {input-regex: '(?P<day>\d{8})(?P<rest>(?:\d{2,6}(?:\.\d*)?(?:[+-]\d{4})?)?\s*$)',",
    "           output: '{day}{rest}', groups: [{name: day, increment-date: true, date-format: '%Y%m%d'}]}",
    r"        - {input-regex: '(?P<day>\d{4}-\d\d-\d\d)(?P<rest>(?:[T ]\d\d:?\d\d[\d:.]*(?:Z|[+-][\d:]+)?)?\s*$)',",
    "           output: '{day}{rest}', groups: [{name: day, increment-date: true, date-format: '%Y-%m-%d'}]}",
    r"        - {input-regex: '(?P<day>\d{4}/\d\d/\d\d)\s*$', output: '{day}',",
    "           groups: [{name: day, increment-date: true, date-format: '%Y/%m/%d'}]}",
    f"        - {{input-regex: '{_MISSING}', output: ''}}",
)
_CAP: Final = (
    "      regex-sub:  # ages over 89 years become 90",
    r"        - {input-regex: '0*(?:9\d|1\d\d)(?:\.\d*)?\s*$', output: '90'}",
    r"        - {input-regex: '0*(?:9\d|[1-9]\d\d)Y\s*$', output: 090Y}",
    f"        - {{input-regex: '(?P<age>{_MISSING}.*)', output: '{{age}}'}}",
)


def _folded(before: str, words: Iterable[str], between: str, after: str) -> str:
    """Return a text in double quotes, over as many lines as it needs, with words between two ends."""
    lines, line = [], ""
    for word in words:
        if len(line) > _WIDTH:
            lines.append(line)
            line = ""
        line += word + between
    lines.append(line.removesuffix(between))
    return f'"{before}\\\n        ' + "\\\n        ".join(lines) + f'{after}"'


_WIDTH: Final = 90


# -- sections


def _json(options: Options) -> Lines:
    yield from _head("json", options)
    yield "  fields:"
    for deed, every in named(options).items():
        names = [name for name in every if _IN_JSON.fullmatch(name)]
        tags = [tag for tag in _tags() if deeds(options).get(_tags()[tag]) is deed]
        if deed is Deed.REMOVE:
            yield from _rule(f"regex: {_folded(_PATH, (*names, *tags), '|', ')$')}", deed, deed.told)
            continue
        yield from _rule(f"regex: {_folded(_PATH, names, '|', _VALUES)}", deed, deed.told)
        if tags:  # DICOM's own JSON (PS3.18 Annex F)
            yield from _rule(f"regex: {_folded(_PATH, tags, '|', _VALUE)}", deed, f"{deed.told}, by tag")
    yield from _rule(f"regex: {_PRIVATE}", Deed.REMOVE, "private attributes, curves and overlays, by tag")
    yield from references()
    yield from file_names(_of_name(options))


_IN_JSON: Final = re.compile(
    "[A-Z]+[a-z]+[A-Z].*|.*birth.*|dob|DOB|(first|last|full|patient)_?name|initials"
    "|(acq|acquisition|scan|session|visit|exam|study|series)_?(date|time|datetime)"
    "|(participant|subject|patient)_?id|mrn|MRN|medical_record_number"
)
"""Names that are taken away from JSON; others, such as age or Name, may well be something else there."""

_PATH: Final = r"(?:.*\\.)?(?:"
_VALUES: Final = r")(?:\\.\\d+)*$"
"""The end of a field that holds a value, or a list of some."""

_OF_ANY_KIND: Final = "Value|InlineBinary|BulkDataURI"
_PRIVATE: Final = rf"'(?:.*\.)?(?:[0-9A-F]{{3}}[13579BDF]|[56]0[0-9A-F]{{2}})[0-9A-F]{{4}}\.(?:{_OF_ANY_KIND})$'"
_VALUE: Final = r")\\.Value\\.\\d+$"


@cache
def _tags() -> Mapping[str, str]:
    """Return the keyword of each tag as DICOM's JSON writes it."""
    return {tag.upper(): row.keyword for tag, row in table().items() if re.fullmatch("[0-9a-f]{8}", tag)}


_OF_THINGS: Final = "(?:channels|electrodes|optodes|dseg|probseg|markers)"
"""What BIDS calls tables whose column ``name`` names things."""

_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "csv": (),
    "tsv": (f"  file-filter: 'r!(?i)(?!(?:.*_)?{_OF_THINGS}\\.tsv).*\\.tsv'",),
    "table": (f"  file-filter: 'r!(?i)(?:.*_)?{_OF_THINGS}\\.tsv'", "  reader: csv", '  delimiter: "\\t"'),
}


def _table(section: str, options: Options) -> Lines:
    yield from _head(section, options)
    yield from _TABLES[section]
    yield "  fields:"
    for deed, every in named(options).items():
        names = [name for name in every if section != "table" or name not in NAMES_OF_ANYTHING]
        yield from _rule(f"regex: {_folded('(?:', names, '|', ')$')}", deed, deed.told)
    yield from cells_with_names(_of_name(options))
    yield from file_names(_of_name(options))


def _nifti(options: Options) -> Lines:
    yield from _head("nifti", options)
    deed = Deed.CLEAN if ProfileOption.DESCRIPTORS in options else Deed.REMOVE
    yield "  extensions: drop"
    yield "  fields:"
    for name in ("descrip", "intent_name"):
        yield f"    - {{name: {name}, {deed}: true}}"
    for name in ("aux_file", "data_type", "db_name"):
        yield f"    - {{name: {name}, remove: true}}"
    yield from file_names(_of_name(options))


def _xml(options: Options) -> Lines:
    yield from _head("xml", options)
    yield "  fields:"
    yield "    - {name: //comment(), remove: true}"
    yield from _rule(f'name: "{_XML_NAMES}"', Deed.REMOVE, "names of persons")
    yield from _rule(f'name: "{_XML_PRIVATE}"', Deed.REMOVE, "private attributes")
    for deed, every in named(options).items():
        names = [name for name in every if name not in NAMES_OF_ANYTHING]
        if deed is not Deed.AGE:
            for told, path in {"": _XML_ELEMENTS, **_XML_BESIDE.get(deed, _XML_VALUES)}.items():
                before, after = path.split("%s")
                yield from _rule(f"name: {_folded(before, names, '|', after)}", deed, deed.told + told)
    yield from file_names(_of_name(options))


_XML_PERSONS: Final = (
    "//*[contains('|patient|subject|participant|person|', concat('|', translate(local-name(), 'PS', 'ps'), '|'))]"
)
_XML_NAMES: Final = " | ".join(
    f"{_XML_PERSONS}/{axis}*[local-name() = 'name' or local-name() = 'Name']" for axis in ("", "@")
)
_XML_PRIVATE: Final = "//*[local-name() = 'DicomAttribute'][@privateCreator]"
_XML_ELEMENTS: Final = "//*[contains('|%s|', concat('|', local-name(), '|'))]"
_XML_VALUES: Final = {", by keyword": "//*[contains('|%s|', concat('|', @keyword, '|'))]/Value"}
_XML_BESIDE: Final = {
    Deed.REMOVE: {
        ", by keyword": "//*[contains('|%s|', concat('|', @keyword, '|'))]",
        ", attributes": "//@*[contains('|%s|', concat('|', local-name(), '|'))]",
    }
}


def _pictures(options: Options) -> Lines:
    yield from ("jpg:", "  hash-method: hmac-sha256", "  remove-exif: true")
    yield from file_names(_of_name(options))
    yield from ("png:", "  hash-method: hmac-sha256", "  remove-private-chunks: true", "  fields:")
    yield from (f"    - {{name: {name}, remove: true}}" for name in ("tEXt", "zTXt", "iTXt", "eXIf", "tIME"))
    yield from file_names(_of_name(options))
    yield from ("tiff:", "  hash-method: hmac-sha256", "  remove-private-tags: true", "  fields:")
    yield from (f"    - {{name: {name}, remove: true}}" for name in _TIFF)
    yield from file_names(_of_name(options))


_TIFF: Final = (
    *("ImageDescription", "DocumentName", "PageName", "Artist", "HostComputer", "DateTime", "Copyright", "Software"),
    *("XMP", "ExifIFD", "GPSInfoIFD"),
)
_COPIED: Final = ("  file-filter: ['*.bval', '*.bvec']",)
_ARCHIVE: Final = ("  hash-subdirectories: true", "  fields:", "    - {name: comment, remove: true}")

"""A profile compiled for every format, and the choice of the one section that owns a file."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

from fw_gear_deid.actions import OptionError
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.formats.dicom.advice import advise
from fw_gear_deid.formats.dicom.document import DicomFormat
from fw_gear_deid.formats.dicom.fields import unseen_fields
from fw_gear_deid.formats.dicom.layout import is_bare_data_set
from fw_gear_deid.formats.opaque import OpaqueFormat
from fw_gear_deid.formats.reaching import unreachable
from fw_gear_deid.profile import NO_VALUES, read_draft
from fw_gear_deid.profile.checking import Choice
from fw_gear_deid.profile.draft import Draft
from fw_gear_deid.profile.model import NONE
from fw_gear_deid.profile.settings import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.formats.base import Plan
    from fw_gear_deid.problems import Problem
    from fw_gear_deid.profile import Variables
    from fw_gear_deid.profile.model import Profile, Section
    from fw_gear_deid.profile.pixels.recipes import Pixels


class Format(Protocol):
    """A file type: how to know it, and how to compile its section."""

    @property
    def section(self) -> str:
        """Name of the profile section."""
        ...

    @property
    def signatures(self) -> tuple[tuple[int, bytes], ...]:
        """Offsets and bytes that files of this type begin with."""
        ...

    def compile(self, section: Section) -> Plan:
        """Compile a section; raises ProfileError."""
        ...


FORMATS: Final = {
    "dicom": "dicom.document.DicomFormat",
    "nifti": "nifti.NiftiFormat",
    "jpg": "jpeg.JpegFormat",
    "png": "png.PngFormat",
    "tiff": "tiff.TiffFormat",
    "xml": "xml_.XmlFormat",
    "json": "json_.JsonFormat",
    "csv": "table.CSV",
    "tsv": "table.TSV",
    "table": "table.TABLE",
    "key-value-text-file": "key_value.KeyValueFormat",
    "filename": "opaque.OpaqueFormat",
}
"""Where in this package each section's format is, in the order in which sections may own a file.

A module is loaded when a profile has its section; all of them together are slow to load.
"""

HEAD_LENGTH: Final = 512
"""How many of a file's first bytes decide who owns it."""

ARCHIVE_SECTION: Final = "zip"
OPAQUE_SECTION: Final = OpaqueFormat().section


@dataclass(frozen=True, slots=True)
class Owner:
    """A compiled section and what it claims.

    Attributes:
        plan: the compiled section.
        names: matched against base names; any of them claims the file.
        signatures: what claims a file that no section claims by name; empty when the filter is enforced.
    """

    plan: Plan
    names: tuple[re.Pattern[str], ...]
    signatures: tuple[tuple[int, bytes], ...]

    def claims_name(self, name: str) -> bool:
        """Whether a base name matches the section's filter."""
        return any(pattern.fullmatch(name) for pattern in self.names)

    def claims_bytes(self, head: bytes) -> bool:
        """Whether a file's first bytes bear the section's signature."""
        return any(head.startswith(signature, offset) for offset, signature in self.signatures)


@dataclass(frozen=True, slots=True)
class CompiledProfile:
    """A profile ready to be applied by many threads.

    Attributes:
        profile: what was compiled.
        owners: the sections other than ``zip``, in their fixed order.
        archives: the ``zip`` section; None when the profile has none, and archives are opened by its defaults.
    """

    profile: Profile
    owners: tuple[Owner, ...]
    archives: Section | None

    def owner(self, name: str, head: bytes) -> Plan | None:
        """Return the plan of the one section that owns a file; a name's match beats a signature.

        The section ``filename`` comes after both: it copies bytes as they are, and its filter takes every name. What
        is DICOM by its name or its bytes it gets in the profile ``none`` alone.

        Args:
            name: the file's base name.
            head: its first ``HEAD_LENGTH`` bytes.
        """
        readers = [owner for owner in self.owners if owner.plan.section.name != OPAQUE_SECTION]
        by_name = next((owner for owner in readers if owner.claims_name(name)), None)
        by_bytes = by_name or next((owner for owner in readers if owner.claims_bytes(head)), None)
        if by_bytes is None and _is_dicom(name, head) and self.profile.name != NONE:
            return None
        found = by_bytes or next((owner for owner in self.owners if owner.claims_name(name)), None)
        return None if found is None else found.plan


@cache
def format_of(section: str) -> Format:
    """Return the format of a section."""
    module, _, name = FORMATS[section].rpartition(".")
    found = getattr(import_module(f"fw_gear_deid.formats.{module}"), name)
    made: Format = found() if isinstance(found, type) else found
    return made


def open_profile(source: str | Path) -> CompiledProfile:
    """Read, check and compile a profile that needs no values from outside; ``source`` as of ``read_draft``.

    Raises:
        ProfileError: all that is wrong with it, with its language and with what its rules ask of the formats.
    """
    return open_draft(read_draft(source))


def check_profile(text: str, source: str) -> tuple[Problem, ...]:
    """Return all that is wrong with the text of a profile, in the order of its lines."""
    return Draft.of(text, Choice(source)).checked(NO_VALUES, objections)[1]


def open_draft(draft: Draft, variables: Variables = NO_VALUES) -> CompiledProfile:
    """Fill, check and compile a profile.

    Args:
        draft: the profile.
        variables: what its templates are filled from.

    Raises:
        ProfileError: all that is wrong with it, with its language and with what its rules ask of the formats.
    """
    return compile_profile(draft.profile(variables, objections))


def objections(profile: Profile) -> Iterator[Problem]:
    """Yield what formats object to in a profile, and what they warn of."""
    if (dicom := profile.sections.get(DicomFormat.section)) is not None:
        yield from () if dicom.pixels is None else _pixel_names(dicom.pixels)
        yield from unseen_fields(dicom)
    try:
        compile_profile(profile)
    except ProfileError as error:
        yield from error.problems
    except OptionError:
        pass  # a section that lacks something, such as a key: that has been told
    # Where an error has been told, no doubt is added.
    yield from () if dicom is None else advise(dicom)
    readers = [section for name, section in profile.sections.items() if name not in {ARCHIVE_SECTION, OPAQUE_SECTION}]
    signed = {section.name for section in readers if format_of(section.name).signatures}
    yield from unreachable(readers, lambda section: section.name in signed and not section.enforce_filter)


def _pixel_names(pixels: Pixels) -> Iterator[Problem]:
    from fw_gear_deid.formats.dicom.pixels.matching import name_problems  # noqa: PLC0415  # few profiles alter pixels

    return name_problems(pixels)


def compile_profile(profile: Profile) -> CompiledProfile:
    """Compile every section.

    Raises:
        ProfileError: all that is wrong with any of them.
    """
    problems: list[Problem] = []
    owners = []
    for name in FORMATS:
        section = profile.sections.get(name)
        if section is None:
            continue
        try:
            owners.append(_owner(format_of(name), section))
        except ProfileError as error:
            problems += error.problems
    if problems:
        raise ProfileError(sorted(problems, key=lambda problem: problem.mark), profile.source)
    return CompiledProfile(profile, tuple(owners), profile.sections.get(ARCHIVE_SECTION))


def _owner(form: Format, section: Section) -> Owner:
    signatures = () if section.enforce_filter else form.signatures
    return Owner(form.compile(section), tuple(name_pattern(text) for text in section.filters), signatures)


def _is_dicom(name: str, head: bytes) -> bool:
    """Whether a file is DICOM by what such files are called, or begin with."""
    signed = any(head.startswith(signature, offset) for offset, signature in DicomFormat.signatures)
    return signed or is_bare_data_set(head) or any(pattern.fullmatch(name) for pattern in _DICOM_NAMES)


def name_pattern(text: str) -> re.Pattern[str]:
    """Return the regular expression for one ``file-filter``: a glob, or ``r!`` and an expression to match in full."""
    return re.compile(text.removeprefix("r!") if text.startswith("r!") else fnmatch.translate(text))


_DICOM_NAMES: Final = tuple(map(name_pattern, SECTIONS[DicomFormat.section].filters))

"""The tables of the profile language: top-level keys, file sections, and every setting with its default.

Source: Flywheel's de-id profiles as its engine (flywheel-migration 13.10) reads them, and this project's extensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import EMPTY, EMPTY_CELL, Kind, Option
from fw_gear_deid.actions.dates import DICOM_DATE, DICOM_DATETIME, UNPARSABLE
from fw_gear_deid.actions.encrypting import ENCRYPT_OPTIONS
from fw_gear_deid.actions.hashing import UID_METHODS
from fw_gear_deid.actions.jitter import JITTER_TYPES
from fw_gear_deid.actions.keyed import HASH_METHODS
from fw_gear_deid.actions.subjects import MOST_DAYS
from fw_gear_deid.profile.examples import (
    CSV,
    DICOM,
    FILENAME,
    JPG,
    JSON,
    KEY_VALUE,
    NIFTI,
    PNG,
    TABLE,
    TIFF,
    TSV,
    XML,
    ZIP,
)
from fw_gear_deid.standard.private import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fw_gear_deid.actions import Setting

_EXIF_DATETIME: Final = "%Y:%m:%d %H:%M:%S"

LANGUAGE_VERSION: Final = 1
"""The only version of the language."""

SUBJECT_FOLDERS: Final = "subject-folders"

TOP_KEYS: Final = (
    Option("name", Kind.TEXT, "", "name of the profile"),
    Option("profile", Kind.TEXT, "", "old word for name"),
    Option("description", Kind.TEXT, "", "free text"),
    Option("version", Kind.INTEGER, LANGUAGE_VERSION, "version of the language: 1"),
    Option("deid-log", Kind.TEXT, None, "where `fw-deid run` writes the log, unless told otherwise"),
    Option("secret-key", Kind.TEXT, None, "secret-key of every section that has none of its own"),
    Option("only-config-profiles", Kind.FLAG, default=False, doc="read and not used: absent sections never act"),
    Option(
        SUBJECT_FOLDERS,
        Kind.CHOICE,
        "keep",
        "what becomes of folders that BIDS names after a subject, sub-…, on the command line",
        ("keep", "pseudonym"),
        extension=True,
    ),
    Option("map-subjects", Kind.TEXT, None, "path of the table (CSV) that gives each subject its code"),
    Option(
        "scrub",
        Kind.FLAG,
        default=False,
        doc="remove the subject's known identifiers from all text, and file names, that no rule names",
        extension=True,
    ),
)
"""Top-level keys other than sections."""

COMMON: Final = (
    Option("fields", Kind.RULES, None, "what happens to which fields"),
    Option("file-filter", Kind.PATTERNS, None, "patterns of file names; r! before a regular expression"),
    Option("enforce-file-filter", Kind.FLAG, default=False, doc="go by names alone, not by a file's first bytes"),
    Option("date-increment", Kind.DAYS, None, "days by which dates move, or subject: each by its own"),
    Option(
        "date-increment-range",
        Kind.INTEGER,
        MOST_DAYS,
        "the most days of date-increment: subject",
        least=1,
        extension=True,
    ),
    Option("date-format", Kind.FORMAT, DICOM_DATE, "how dates are written"),
    Option("datetime-format", Kind.FORMAT, DICOM_DATETIME, "how dates with a time of day are written"),
    Option("on-unparsable", Kind.CHOICE, "fail", "what a value that is no date becomes", UNPARSABLE, extension=True),
    Option("jitter-range", Kind.NUMBER, 2, "half-width of jitter"),
    Option("jitter-type", Kind.CHOICE, "float", "whether jitter draws whole numbers", JITTER_TYPES),
    Option("replace-with-insert", Kind.FLAG, default=True, doc="replace-with creates a missing field"),
    Option("salt", Kind.TEXT, None, "secret text put before every value that is hashed"),
    Option("hash-digits", Kind.INTEGER, 16, "length of a hash; 0 for all 64 digits", least=0, most=64),
    Option("hash-method", Kind.CHOICE, "sha256", "how values are hashed", HASH_METHODS, extension=True),
    Option("uid-prefix-fields", Kind.INTEGER, 4, "leading components of a UID that stay", least=0),
    Option("uid-suffix-fields", Kind.INTEGER, 1, "trailing components of a UID that stay", least=0),
    Option("uid-numeric-name", Kind.TEXT, None, "registered root in place of the leading components"),
    Option("uid-method", Kind.CHOICE, "digits", "how UIDs are made", UID_METHODS, extension=True),
    Option(
        "secret-key",
        Kind.TEXT,
        None,
        "key of all that is keyed or encrypted: 16, 24 or 32 characters",
    ),
    *ENCRYPT_OPTIONS,
    Option("filenames", Kind.RULES, None, "how copies are named"),
)
"""The settings of every section."""


@dataclass(frozen=True, slots=True)
class SectionType:
    """What a file section may hold.

    Attributes:
        name: its key in a profile.
        settings: every setting, by name.
        filters: patterns of the names of the files it owns when ``file-filter`` is not written.
        regex: whether fields can be named by ``regex``.
        named: the only names fields can have; empty: any.
        fields: whether it has fields at all.
        missing: how its files spell a missing value.
        example: lines of the section, for the reference.
        values: the section whose kinds of values it takes; empty: it has its own.
    """

    name: str
    settings: Mapping[str, Option]
    filters: tuple[str, ...] = ()
    regex: bool = False
    named: tuple[str, ...] = ()
    fields: bool = True
    missing: frozenset[str] = EMPTY
    example: str = ""
    values: str = ""

    @property
    def defaults(self) -> dict[str, Setting]:
        """The value of every setting that is not written."""
        return {name: option.default for name, option in self.settings.items() if option.kind not in STRUCTURE}


STRUCTURE: Final = frozenset({Kind.RULES, Kind.PATTERNS})
"""Kinds of settings that are attributes of a ``Section`` rather than among its ``settings``."""


def _settings(own: Iterable[Option] = ()) -> Mapping[str, Option]:
    """Return the common settings, with a section's own, which may take the place of a common one."""
    return MappingProxyType({option.name: option for option in (*COMMON, *own)})


ALTER_PIXELS: Final = "alter_pixels"
_DICOM: Final = (
    Option("patient-age-from-birthdate", Kind.FLAG, default=False, doc="work out PatientAge before rules act"),
    Option(
        "patient-age-units", Kind.CHOICE, None, "unit of that age; the smallest that fits if not set", ("D", "M", "Y")
    ),
    Option("cap-age", Kind.FLAG, default=False, doc="that age is at most 90 years", extension=True),
    Option("remove-private-tags", Kind.FLAG, default=False, doc="remove private elements that no rule names"),
    Option(
        "safe-private",
        Kind.CHOICE,
        None,
        "private elements known to be safe stay: by DICOM PS3.15 table E.3.10-1, or by TCIA's knowledge base",
        tuple(map(str, Source)),
        extension=True,
    ),
    Option("remove-undefined", Kind.FLAG, default=False, doc="remove every element that no rule names"),
    Option("recurse-sequence", Kind.FLAG, default=False, doc="rules also act inside sequences"),
    Option("decode", Kind.FLAG, default=True, doc="read values that break their representation's rules"),
    Option("keep-preamble", Kind.FLAG, default=False, doc="keep the 128 bytes before DICM", extension=True),
    Option(ALTER_PIXELS, Kind.RULES, None, "which regions of which images are blanked"),
    Option("stamp", Kind.FLAG, default=False, doc="copies say how they were de-identified", extension=True),
    Option("retain", Kind.FLAG, default=False, doc="keep the originals of all elements that change, encrypted"),
    Option("asymmetric-encryption", Kind.FLAG, default=False, doc="encrypt by certificates, not by secret-key"),
    Option("public-key", Kind.PATHS, None, "files of the certificates to encrypt for: X.509 with RSA keys"),
    Option("private-key", Kind.TEXT, None, "file of the key to decrypt with"),
)
_JSON: Final = (
    Option("separator", Kind.TEXT, ".", "what stands between the parts of a path"),
    Option("date-format", Kind.FORMAT, "%Y-%m-%d", "how dates are written"),
    Option("datetime-format", Kind.FORMAT, "%Y-%m-%d %H:%M:%S", "how dates with a time of day are written"),
)
READERS: Final = ("csv", "table")
"""How tables are read: pandas' readers of delimited text; ``table`` has tabs where ``csv`` has commas."""


def _table(delimiter: str | None, reader: str | None = "csv") -> tuple[Option, ...]:
    return (
        Option("reader", Kind.TEXT, reader, "how the table is read: csv, or table for cells between tabs"),
        Option(
            "delimiter",
            Kind.TEXT,
            delimiter,
            "the character between two cells; if not set, a comma, or a tab with reader: table",
        ),
    )


_EXIF: Final = Option("datetime-format", Kind.FORMAT, _EXIF_DATETIME, "how dates with a time of day are written")
_JPG: Final = (
    _EXIF,
    Option("remove-exif", Kind.FLAG, default=False, doc="remove all metadata: Exif, XMP, IPTC, comments and more"),
    Option("remove-gps", Kind.FLAG, default=True, doc="remove where the picture was taken"),
)
_PNG: Final = (Option("remove-private-chunks", Kind.FLAG, default=False, doc="remove chunks that PNG does not define"),)
_TIFF: Final = (
    _EXIF,
    Option("remove-private-tags", Kind.FLAG, default=False, doc="remove tags from 32768 up that no rule names"),
)
_ZIP: Final = (
    Option("hash-subdirectories", Kind.FLAG, default=False, doc="folder names in the archive become hashes"),
    Option("validate-zip-members", Kind.FLAG, default=True, doc="withhold an archive that has an unmatched member"),
    Option(
        "allow-unmatched-files", Kind.FLAG, default=False, doc="leave out and list unmatched members", extension=True
    ),
)
_NIFTI: Final = (
    Option("extensions", Kind.CHOICE, "drop", "what becomes of header extensions", ("drop", "keep"), extension=True),
)

_KEY_VALUE: Final = (
    Option("delimiter", Kind.REGEX, None, "what stands between key and value; must be written"),
    Option("encoding", Kind.TEXT, "utf-8", "encoding of the text, by a name that Python knows"),
    Option("ignore-bad-lines", Kind.FLAG, default=False, doc="leave lines without a delimiter as they are"),
)

_SECTIONS: Final = (
    SectionType("zip", _settings(_ZIP), ("*.zip", "*.ZIP"), named=("comment",), example=ZIP),
    SectionType("dicom", _settings(_DICOM), ("*.dcm", "*.DCM", "*.ima", "*.IMA"), regex=True, example=DICOM),
    SectionType("nifti", _settings(_NIFTI), ("*.nii", "*.nii.gz"), example=NIFTI),
    SectionType("jpg", _settings(_JPG), ("*.jpg", "*.jpeg", "*.JPG", "*.JPEG"), example=JPG),
    SectionType("png", _settings(_PNG), ("*.png", "*.PNG"), example=PNG),
    SectionType("tiff", _settings(_TIFF), ("*.tif", "*.tiff", "*.TIF", "*.TIFF"), example=TIFF),
    SectionType("xml", _settings(), ("*.xml", "*.XML"), example=XML),
    SectionType("json", _settings(_JSON), ("*.json", "*.JSON"), regex=True, missing=EMPTY_CELL, example=JSON),
    SectionType("csv", _settings(_table(None)), ("*.csv", "*.CSV"), regex=True, missing=EMPTY_CELL, example=CSV),
    SectionType("tsv", _settings(_table("\t")), ("*.tsv", "*.TSV"), regex=True, missing=EMPTY_CELL, example=TSV),
    SectionType("table", _settings(_table(None, None)), regex=True, missing=EMPTY_CELL, example=TABLE),
    SectionType("key-value-text-file", _settings(_KEY_VALUE), ("*.mhd", "*.MHD"), example=KEY_VALUE),
    SectionType("filename", _settings(), ("*",), fields=False, example=FILENAME),
)

SECTIONS: Final[Mapping[str, SectionType]] = MappingProxyType({kind.name: kind for kind in _SECTIONS})
"""Every file section, in the order in which they may own a file."""

COPYING: Final = "filename"
"""The section whose files keep their bytes."""

SECRETS: Final = frozenset({"salt", "secret-key", "private-key", "force-nonce"})
"""Settings and options that ``profile show`` hides."""

NAME, REGEX, LABEL = "name", "regex", "label"
FILENAME_KEYS: Final = (
    Option("output", Kind.TEXT, None, "the new name, with {group} and {field} to be filled in"),
    Option("input-regex", Kind.TEXT, None, "which names the rule is for, matched from their start"),
    Option("groups", Kind.RULES, None, "actions for the groups of input-regex"),
)
"""What an entry of ``filenames`` may hold."""
SUBSTITUTION_KEYS: Final = (
    Option("input-regex", Kind.TEXT, None, "which values the item is for, matched from their start"),
    Option("output", Kind.TEXT, None, "what the whole value becomes, with {group} and {field} to be filled in"),
    Option("groups", Kind.RULES, None, "actions for groups of input-regex, and for each field that output names"),
)
"""What an item of ``regex-sub`` may hold."""

PIXELS, DETECT = "pixels", "detect"
PIXEL_KEYS: Final = (
    Option(PIXELS, Kind.RULES, None, "entries of when and remove or keep"),
    Option(DETECT, Kind.PATTERNS, None, "recipes in the format of deid: files, or names of built-in ones"),
)
"""What ``alter_pixels`` may hold."""

WHEN, REMOVE, KEEP = "when", "remove", "keep"
PIXEL_RULE_KEYS: Final = (
    Option(WHEN, Kind.TEXT, None, "which images, by their elements"),
    Option(REMOVE, Kind.RULES, None, "region that is blanked, [left, top, right, bottom], or a list of such"),
    Option(KEEP, Kind.RULES, None, "region that stays when all else is blanked, or a list of such"),
)
"""What an entry of ``pixels`` may hold."""

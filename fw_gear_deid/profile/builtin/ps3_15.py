"""The profiles of DICOM PS3.15 Annex E as texts of the profile language: the Basic Profile and its options.

One entry for each row of Table E.1-1, so that ``fw-deid profile show ps3.15-basic+clean-descriptors`` prints what runs.
What the standard leaves open is decided here; ``docs/standard.md`` says how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydicom.datadict import tag_for_keyword

from fw_gear_deid import __version__
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.problems import Mark, Problem
from fw_gear_deid.profile.builtin.sidecars import sidecar_lines
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.standard.confidentiality import CURVES, EDITION, PRIVATE, ProfileOption, table
from fw_gear_deid.standard.types import required_anywhere, valued_anywhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fw_gear_deid.standard.confidentiality import Attribute

BASIC: Final = "ps3.15-basic"
CLEAN: Final = "ps3.15-basic-clean"
"""The Basic Profile with the options that leave data fit for most research."""

TCIA: Final = "retain-safe-private-tcia"
"""As ``retain-safe-private``, but by the private elements that The Cancer Imaging Archive knows to be safe."""

MODIFIERS: Final = (*ProfileOption, TCIA)
COMBINED: Final = (
    ProfileOption.SAFE_PRIVATE,
    ProfileOption.DEVICE,
    ProfileOption.MODIFIED_DATES,
    ProfileOption.DESCRIPTORS,
)
"""The options of ``ps3.15-basic-clean``."""

MEANINGS: Final[Mapping[str, str]] = {
    ProfileOption.SAFE_PRIVATE: "private elements of table E.3.10-1 stay; all others go",
    ProfileOption.UIDS: "UIDs, and sequences of references, stay",
    ProfileOption.DEVICE: "names, numbers and calibration of devices stay; AE titles go: they cannot be cleaned",
    ProfileOption.INSTITUTION: "names and addresses of institutions stay",
    ProfileOption.PATIENT: "sex, age, size, weight and the like stay; texts about them are cleaned",
    ProfileOption.FULL_DATES: "dates and times stay",
    ProfileOption.MODIFIED_DATES: (
        "dates move by days of the subject's own, times stay; a date that cannot be read is emptied"
    ),
    ProfileOption.DESCRIPTORS: "texts are cleaned: harmless words stay; sequences of codes stay",
    ProfileOption.STRUCTURED_CONTENT: "the content of reports stays, by its elements' rules; TextValue is cleaned",
    ProfileOption.GRAPHICS: (
        "graphic annotations stay, and their texts are cleaned; overlays and curves go: what is drawn cannot be cleaned"
    ),
    TCIA: "private elements of TCIA's knowledge base stay, or change as it says; all others go",
}
"""What each option does here."""

_TEXTS: Final = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
_SCRUBBED: Final = _TEXTS | {"AE", "CS"}
_OTHERWISE_HANDLED: Final = ("0000", "0002")
"""Groups of network messages, and of the file meta information, whose instance UID follows the data set's."""

_OVERLAYS: Final = "60"
_CONTRADICTIONS: Final = (
    (ProfileOption.FULL_DATES, ProfileOption.MODIFIED_DATES),
    (ProfileOption.SAFE_PRIVATE, TCIA),
)

Options = frozenset[str]


def is_standard(name: str) -> bool:
    """Whether a name is that of one of these profiles, rightly spelled or with modifiers that are not known."""
    return name.partition("+")[0] in {BASIC, CLEAN}


def options_of(name: str) -> Options:
    """Return the options that a name asks for.

    Raises:
        ProfileError: a modifier is not known, or contradicts another.
    """
    base, *modifiers = name.split("+")
    for modifier in modifiers:
        if modifier not in MODIFIERS:
            hint = did_you_mean(modifier, MODIFIERS)
            message = f"{BASIC} has no such option{hint}; its options are: {', '.join(MODIFIERS)}"
            raise ProfileError([Problem(message, Mark())], base)
    options = frozenset(modifiers)
    for pair in _CONTRADICTIONS:
        if options.issuperset(pair):
            raise ProfileError([Problem(f"{pair[0]} and {pair[1]} contradict each other; choose one", Mark())], base)
    combined = {
        option for option in COMBINED if not any({option, *options}.issuperset(each) for each in _CONTRADICTIONS)
    }
    return options | (combined if base == CLEAN else frozenset())


def standard_text(name: str) -> str:
    """Return the text of the profile of a name such as ``ps3.15-basic+retain-uids``.

    Raises:
        ProfileError: a modifier is not known, or contradicts another.
    """
    options = options_of(name)
    return "\n".join((*_head(name, options), *_dicom(options), *sidecar_lines(options), ""))


def described(options: Options) -> str:
    """Return one line that says what a profile is."""
    chosen = [option for option in MODIFIERS if option in options]
    return f"DICOM PS3.15 {EDITION} Basic Profile" + (f" with {', '.join(chosen)}" if chosen else "")


def _head(name: str, options: Options) -> Iterator[str]:
    yield f"# DICOM PS3.15 Annex E, edition {EDITION}: Table E.1-1, an entry for each row (fw-gear-deid {__version__})."
    yield "# Needs a secret key, from which pseudonyms, UIDs and shifts of dates are made: --secret-key FILE."
    yield f"name: {name}"
    yield f"description: {described(options)}."
    yield "version: 1"
    yield "scrub: true"
    yield "subject-folders: pseudonym"
    yield ""


def _dicom(options: Options) -> Iterator[str]:
    yield "dicom:"
    yield "  recurse-sequence: true"
    yield "  remove-private-tags: true"
    if ProfileOption.SAFE_PRIVATE in options or TCIA in options:
        yield f"  safe-private: {'tcia' if TCIA in options else 'dicom'}"
    yield "  stamp: true"
    yield "  hash-method: hmac-sha256"
    yield "  uid-method: uuid"
    if ProfileOption.MODIFIED_DATES in options:
        yield "  date-increment: subject"
        yield "  on-unparsable: empty"
    yield "  fields:"
    yield from (_line(name, deed) for name, deed in entries(options))


def _line(name: str, deed: str) -> str:
    quoted = f'"{name}"' if name.startswith("(") else name
    return f"    - {{name: {quoted}, {deed}}}"


def entries(options: Options) -> Iterator[tuple[str, str]]:
    """Yield name and action of each entry of the ``dicom`` section."""
    for row in table().values():
        if row.tag in {PRIVATE, CURVES} or row.tag.startswith((*_OTHERWISE_HANDLED, _OVERLAYS)):
            continue
        yield name_of(row), _PERSONAL.get(row.keyword) or _deed(row, options)
    yield from ((name, CLEANED) for name in _MORE_DESCRIPTORS)
    if ProfileOption.STRUCTURED_CONTENT in options:
        yield "TextValue", CLEANED
    if ProfileOption.GRAPHICS in options:
        yield "UnformattedTextValue", CLEANED
    yield "(50xx,xxxx)", _code("X")
    yield "(60xx,xxxx)", _code("X")  # without its data an overlay is not valid


def name_of(row: Attribute) -> str:
    """Return how a profile names an attribute: by its keyword if the dictionary has it."""
    return row.keyword if tag_for_keyword(row.keyword) is not None else f"({row.tag[:4]},{row.tag[4:]})"


CLEANED: Final = "action-code: C"
LEFT: Final = "action-code: K"
"""The text stays, but for what ``scrub`` takes from it."""

_MORE_DESCRIPTORS: Final = ("ContentDescription", "DocumentTitle", "SegmentDescription")
"""What people describe objects in, though no row of the table names it: harmless words stay, whatever the options."""

_PERSONAL: Final = {"PatientID": "pseudonym: true"}
"""What the standard leaves to us: the same in every object and sidecar of a subject."""

_SHIFTED: Final = {
    "DA": "increment-date: true",
    "DT": "increment-datetime: true",
    "TM": "keep: true",
    "SH": "keep: true",
}
"""What becomes of dates, and of times of day, which a shift by whole days leaves."""


def _code(code: str) -> str:
    return f"action-code: {code}"


def _deed(row: Attribute, options: Options) -> str:
    """Return what a profile with these options does to an attribute."""
    vr = row.representation
    if ProfileOption.MODIFIED_DATES in options and ProfileOption.MODIFIED_DATES in row.options:
        return _SHIFTED.get(vr) or _basic(row)
    codes = [code for option, code in row.options.items() if option in options]
    if "K" in codes:
        return LEFT if vr in _SCRUBBED else "keep: true"
    if "C" in codes and vr == "SQ":
        return "keep: true"  # what is within has entries of its own
    if "C" in codes and vr in _TEXTS:
        return CLEANED
    return _basic(row)


def _basic(row: Attribute) -> str:
    """Return the Basic Profile's action, widened where some object would not be valid otherwise."""
    tag, codes = int(row.tag, 16), row.action.split("/")
    if tag in required_anywhere() and codes[0] in {"X", "Z"} and "D" not in codes and "U*" not in codes:
        codes = [*dict.fromkeys([*codes, "Z"]), *(["D"] if tag in valued_anywhere() else [])]
    return _code("/".join(codes))

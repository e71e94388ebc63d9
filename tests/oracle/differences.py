"""Every difference from Flywheel's engine that is meant, with its reason: docs/compatibility.md says the same.

Each is met in the comparisons of this folder, by the profile that ``shown_by`` names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oracle.comparing import Finding

ORIGIN_TAGS = frozenset(
    {0x00020016, 0x00020017, 0x00020018, 0x00020026, 0x00020027, 0x00020028, 0x00020100, 0x00020102}
)


@dataclass(frozen=True)
class Difference:
    """One meant difference.

    Attributes:
        id: how it is called.
        what: what is done here, and there.
        reason: why.
        shown_by: the profile of the comparison that shows it.
        covers: whether a finding is it.
    """

    id: str
    what: str
    reason: str
    shown_by: str
    covers: Callable[[Finding], bool]


def _element(*tags: int) -> Callable[[Finding], bool]:
    return lambda found: found.kind == "element" and found.tag in tags


def _refused(where: str, *texts: str) -> Callable[[Finding], bool]:
    def covers(found: Finding) -> bool:
        answer = found.ours if where == "refused here" else found.theirs
        return found.kind == where and any(text in str(answer) for text in texts)

    return covers


def _in_private(found: Finding) -> bool:
    return found.kind == "element" and any(tag >> 16 & 1 for tag in found.tags[:-1])


def _is_creator(tag: int) -> bool:
    return bool(tag >> 16 & 1) and 0 < tag & 0xFFFF <= 0xFF


def _lacks_creator(found: Finding) -> bool:
    """Whether the oracle's copy has lost a private creator, and with it what its elements are."""
    if found.kind == "after":
        return found.path[0].startswith("(") and '"' in found.path[0] and found.theirs is None
    if found.kind != "element" or not found.tag >> 16 & 1:
        return False
    lost = found.theirs is None and _is_creator(found.tag)
    return lost or (isinstance(found.theirs, tuple) and found.theirs[0] == "UN" and found.ours is not None)


def _is_log(found: Finding) -> bool:
    return found.kind in {"before", "after"}


def _without(value: object) -> object:
    """Return a logged value without group lengths and what is empty."""
    if not isinstance(value, dict):
        return value
    return {path: text for path, text in value.items() if text and not path.endswith("0000")}


DICOM: tuple[Difference, ...] = (
    Difference(
        "meta-instance-uid",
        "(0002,0003) MediaStorageSOPInstanceUID always equals the new SOPInstanceUID; Flywheel's engine leaves the "
        "original one",
        "PS3.10 section 7.1 requires it, and the original UID identifies the object",
        "actions",
        lambda found: (
            (found.kind == "meta" and found.tag == 0x00020003)
            or (_is_log(found) and found.path == ("MediaStorageSOPInstanceUID",))
        ),
    ),
    Difference(
        "meta-origin",
        "application entity titles, presentation addresses and private information of group 0002 are dropped unless a "
        "rule names them; Flywheel's engine keeps them",
        "they tell which device and site an object came from, and no profile thinks of them",
        "actions",
        lambda found: found.kind == "meta" and found.tag in ORIGIN_TAGS and found.ours is None,
    ),
    Difference(
        "meta-group-length",
        "(0002,0000) fits the file meta information as it is written here",
        "follows from the rows above",
        "actions",
        lambda found: found.kind == "meta" and found.tag == 0x00020000,
    ),
    Difference(
        "preamble",
        "the 128 bytes before DICM are zeroed unless keep-preamble is set; Flywheel's engine copies them",
        "they may hold anything, a whole TIFF header included",
        "actions",
        lambda found: found.kind == "preamble" and found.ours == bytes(128),
    ),
    Difference(
        "group-lengths",
        "group length elements (gggg,0000) stay and are corrected; Flywheel's engine drops them",
        "what no rule touches stays as it was, and they identify nobody",
        "actions",
        lambda found: found.kind == "element" and found.tag & 0xFFFF == 0 and found.theirs is None,
    ),
    Difference(
        "trailing-padding",
        "(FFFC,FFFC) and bytes after the data set are dropped; Flywheel's engine keeps the element",
        "padding is free space in which anything may hide",
        "actions",
        lambda found: _element(0xFFFCFFFC)(found) and found.ours is None,
    ),
    Difference(
        "truncated",
        "an object whose last element runs past the end is withheld; Flywheel's engine emits it short",
        "a damaged object must not look like a good one",
        "actions",
        _refused("refused here", "truncated"),
    ),
    Difference(
        "dicomdir",
        "a DICOMDIR is withheld, and left out of archives and folders; Flywheel's engine edits it like an image",
        "it repeats names, and its byte offsets and file names are not those of the copies",
        "actions",
        _refused("refused here", "DICOMDIR"),
    ),
    Difference(
        "no-transfer-syntax",
        "an object without a transfer syntax whose first element is in no dictionary is withheld; Flywheel's engine "
        "guesses",
        "an object that is read wrongly is de-identified wrongly",
        "actions",
        _refused("refused here", "not a DICOM file"),
    ),
    Difference(
        "readable-here",
        "objects with sequences of unknown representation (UN) are de-identified; Flywheel's engine leaves them out as "
        "invalid",
        "they are valid (PS3.5 section 6.2.2), and a file that disappears is lost data",
        "actions",
        lambda found: _refused("refused there", "left out")(found) and found.file in {"UN_sequence.dcm", "priv_SQ.dcm"},
    ),
    Difference(
        "private-sequences",
        "recurse-sequence also enters private sequences; Flywheel's engine leaves what is in them",
        "identifiers in private sequences identify as well as others",
        "recursion",
        lambda found: _in_private(found) and found.theirs is not None and found.ours is not None,
    ),
    Difference(
        "character-set",
        "remove-undefined leaves SpecificCharacterSet (0008,0005), in items too; Flywheel's engine removes it",
        "without it the text that stays cannot be read",
        "undefined",
        lambda found: _element(0x00080005)(found) and found.theirs is None,
    ),
    Difference(
        "private-creators",
        "remove-undefined leaves the creators of private elements that stay; Flywheel's engine removes them",
        "a private element without its creator means nothing (PS3.5 section 7.8.1)",
        "undefined, private kept",
        _lacks_creator,
    ),
    Difference(
        "wildcards",
        "* stands for every item at any depth; Flywheel's engine ignores a name with * that leads through two or "
        "more sequences",
        "a rule that does nothing in silence leaves what it was to change",
        "nested, * below",
        lambda found: (
            (found.kind == "element" and len(found.tags) > 2 and found.tag in {0x00080104, 0x00081155})
            or (_is_log(found) and "*" in found.path[0] and found.path[0].count(".") > 2 and bool(found.ours))
        ),
    ),
    Difference(
        "instance-by-regex",
        "the file name holds the SOPInstanceUID after its rules, by name or by regular expression; Flywheel's engine "
        "writes the original one when the rule is a regular expression",
        "the original UID identifies the object",
        "regex on the instance",
        lambda found: found.kind == "name" and str(found.ours).split(".")[:3] == str(found.theirs).split(".")[:3],
    ),
    Difference(
        "missing-in-name",
        "a field that is missing or empty stands as NA in a file name; Flywheel's engine writes None",
        "as in the default DICOM name",
        "instance in names",
        lambda found: found.kind == "name" and str(found.theirs).replace("None", "NA") == found.ours,
    ),
    Difference(
        "datetime-precision",
        "a DT is written back at its own precision; Flywheel's engine adds .000000",
        "no precision is made up, and no valid value is refused",
        "datetimes",
        lambda found: str(_value(found.theirs)) == f"{_value(found.ours)}.000000",
    ),
    Difference(
        "character-set-lacks",
        "a new value that the object's character set cannot hold withholds the file; Flywheel's engine writes question "
        "marks",
        "a value must not change in silence",
        "character sets",
        _refused("refused here", "characters that the file's character set does not have"),
    ),
    Difference(
        "substitution-missing",
        "an empty value that no input-regex of regex-sub matches stays empty; Flywheel's engine fails",
        "that something is missing identifies nobody",
        "substitutions without a match",
        _refused("refused there", "value  does not match any of the input-regex"),
    ),
    Difference(
        "log-before-removal",
        "the log's row before holds what the file held; Flywheel's engine writes it after remove-undefined and "
        "remove-private-tags",
        "before means before",
        "undefined",
        lambda found: found.kind == "before" and found.theirs is None and isinstance(found.ours, str),
    ),
    Difference(
        "log-nothing-found",
        "a rule that found nothing leaves its cell of the log empty; Flywheel's engine writes {} for rules that may "
        "find several elements",
        "an empty cell says it",
        "regex",
        lambda found: _is_log(found) and found.ours is None and found.theirs == {},
    ),
    Difference(
        "log-many-values",
        "a rule that may find several elements logs an empty value as an empty text, and no group lengths; Flywheel's "
        "engine writes null, also for what it is about to create, and lengths that it drops from the copy",
        "rows before and after then compare",
        "regex",
        lambda found: (
            _is_log(found) and isinstance(found.theirs, dict) and _without(found.theirs) == _without(found.ours)
        ),
    ),
    Difference(
        "log-bytes",
        "values that are no text are logged as their representation and length; Flywheel's engine writes all bytes as "
        "numbers",
        "a log of pixels is of no use and larger than the data",
        "undefined",
        lambda found: _is_log(found) and " bytes>" in str(found.ours),
    ),
    Difference(
        "log-name-groups",
        "groups of a filenames rule have no column in the log; Flywheel's engine adds one, under an internal name",
        "the new name stands in the export table",
        "groups in names",
        lambda found: _is_log(found) and found.path[0].startswith("_fwmtk") and found.ours is None,
    ),
)


def _value(found: object) -> object:
    return found[1] if isinstance(found, tuple) else found

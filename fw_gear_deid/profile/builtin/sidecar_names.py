"""What the profiles of PS3.15 do with names of files: those of the files themselves, and those that sidecars give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUB: Final = "sub-[0-9A-Za-z]+"
_WELL_KNOWN: Final = "participants|dataset_description|samples|genetic_info|scans|sessions|task-[0-9A-Za-z]+"
"""Names of files that BIDS fixes, and those of what all subjects of a task share."""

_FILE: Final = f"(?P<sub>{_SUB})(?P<rest>[_.].*)"
_URI: Final = "(?:bids:[^:/]*:)?"
_REFERRING: Final = "IntendedFor|Sources|RawSources|AssociatedEmptyRoom|SpatialReference"
"""Fields of BIDS' sidecars that name other files."""

_RENAMED: Final = (
    "      regex-sub:  # as the files themselves are renamed",
    f"        - {{input-regex: '(?P<uri>{_URI})(?P<first>{_SUB})/(?P<folders>(?:[^/]+/)*){_FILE}',",
    "           output: '{uri}{first}/{folders}{sub}{rest}',",
    "           groups: [{name: first, pseudonym: true}, {name: sub, pseudonym: true}]}",
    f"        - {{input-regex: '(?P<folders>(?:[^/]+/)*){_FILE}',",
    "           output: '{folders}{sub}{rest}', groups: [{name: sub, pseudonym: true}]}",
)


def file_names(deed: str) -> Iterator[str]:
    """Yield the rules for the names of files.

    Args:
        deed: the action for a name that follows no convention.
    """
    yield "  filenames:"
    yield f"    - {{input-regex: '{_FILE}', output: '{{sub}}{{rest}}',"
    yield "       groups: [{name: sub, pseudonym: true}]}"
    yield f"    - {{input-regex: '(?P<whole>(?:{_WELL_KNOWN})(?:[_.].*))', output: '{{whole}}'}}"
    yield "    - {input-regex: '(?P<name>[^.]+)(?P<rest>.*)', output: '{name}{rest}',"
    yield f"       groups: [{{name: name, {deed}: true}}]}}"


def cells_with_names(deed: str) -> Iterator[str]:
    """Yield the rule for the column of a table that lists files.

    Args:
        deed: the action for a name that follows no convention.
    """
    yield from ("    - name: filename", *_RENAMED)
    yield r"        - input-regex: '(?P<folders>(?:[^/]+/)*)(?P<name>[^./]+)(?P<rest>.*)'"
    yield from ("          output: '{folders}{name}{rest}'", "          groups:")
    yield f"              - {{name: name, {deed}: true}}"


def references() -> Iterator[str]:
    """Yield the rule for the fields of a sidecar that name other files; other names stay."""
    yield rf"    - regex: '(?:.*\.)?(?:{_REFERRING})(?:\.\d+)*$'"
    yield from ("      label: names of other files", *_RENAMED)
    yield "        - {input-regex: '(?P<other>(?s:.*))', output: '{other}'}"

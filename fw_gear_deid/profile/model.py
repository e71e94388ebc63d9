"""The profile as immutable, typed values: what a YAML document means once it is known to be right."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from fw_gear_deid.actions import Setting, fields_of
from fw_gear_deid.problems import Mark

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from fw_gear_deid.actions import Action, Template
    from fw_gear_deid.problems import Problem
    from fw_gear_deid.profile.gates import Gate, Policy
    from fw_gear_deid.profile.pixels.recipes import Pixels

NONE = "none"
"""The name of the profile that changes nothing."""

Written = Setting | tuple["Mapping[str, Written]", ...]
"""What a profile gives for an action or option, from which ``show`` writes it again."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of ``fields``: which elements (by ``name`` or by ``regex``), and what happens to them.

    Attributes:
        written: the action and its options as the profile gives them, from which ``show`` writes them again.
        template: the template that its name or regular expression was filled from; ``""`` if it was none.
        called: what the profile calls it; ``""``: nothing of its own.
    """

    action: Action
    name: str = ""
    regex: re.Pattern[str] | None = None
    mark: Mark = field(default=Mark(), compare=False)
    written: Mapping[str, Written] = field(default_factory=dict)
    template: str = field(default="", compare=False)
    called: str = ""

    @property
    def label(self) -> str:
        """How the rule is called in logs and reports: by its own label, its name or regex, a template if it was one."""
        return self.called or self.template or (self.name if self.regex is None else self.regex.pattern)


@dataclass(frozen=True, slots=True)
class FilenameRule:
    """One entry of ``filenames``.

    Attributes:
        output: literal text and variables, in order.
        input_regex: matched at the start of the file's base name; None matches every name.
        groups: actions for groups of ``input_regex``, by group name.
        written: for each of these actions, what the profile gives, as in ``Rule``.
    """

    output: Template
    input_regex: re.Pattern[str] | None = None
    groups: Mapping[str, Action] = field(default_factory=dict)
    mark: Mark = field(default=Mark(), compare=False)
    written: Mapping[str, Mapping[str, Written]] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the file that ``output`` names."""
        return fields_of(self.output, self.input_regex)


@dataclass(frozen=True, slots=True)
class Section:
    """A file section of a profile (``dicom``, ``json``, …).

    Attributes:
        filters: glob patterns of the base name, or ``r!`` and a regular expression to match in full.
        enforce_filter: do not fall back on the file's signature.
        settings: every setting of the section's table, defaults included, by its name in the profile.
        pixels: ``alter_pixels``; None when it asks for nothing.
        marks: where settings are written, by name.
        gates: what becomes of an object at each gate; empty but for ``dicom``.
        scrubs: known identifiers of the subject go from text that no rule names.
    """

    name: str
    filters: tuple[str, ...] = ()
    enforce_filter: bool = False
    rules: tuple[Rule, ...] = ()
    filenames: tuple[FilenameRule, ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)
    mark: Mark = field(default=Mark(), compare=False)
    pixels: Pixels | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict, compare=False)
    gates: Mapping[Gate, Policy] = field(default_factory=dict)
    scrubs: bool = False

    @property
    def personal(self) -> bool:
        """Whether what becomes of a value, or of a file's name, depends on who the file is about."""
        groups = (action for rule in self.filenames for action in rule.groups.values())
        return self.scrubs or any(action.personal for action in (*(rule.action for rule in self.rules), *groups))

    def flag(self, setting: str) -> bool:
        """Return a boolean setting."""
        return bool(self.settings[setting])

    def text(self, setting: str) -> str:
        """Return a text setting, ``""`` when it is not set."""
        value = self.settings[setting]
        return "" if value is None else str(value)

    def number(self, setting: str) -> float | None:
        """Return a number, None when it is not set."""
        value = self.settings[setting]
        return value if isinstance(value, int | float) else None


@dataclass(frozen=True, slots=True)
class Profile:
    """A whole profile. Two are equal when they do the same, wherever their text stands.

    Attributes:
        sections: the file sections that are present, by name, in the fixed order in which they may own a file.
        containers: rules for the metadata of containers and files (``flywheel``), by type.
        map_subjects: path of the subject map; ``""``: subjects are not mapped.
        folder_key: the secret key by which folders that are named after a subject are renamed; ``""``: they are not.
        deid_log: path of the log where none is asked for; ``""``: none is written.
        scrub: known identifiers of the subject go from text and file names that no rule names.
        digest: SHA-256 of the profile's text, hexadecimal; names the profile in reports.
        filling: SHA-256 of what its templates were filled with, hexadecimal, ``""`` without templates. It tells two
            subjects' profiles apart. Never written anywhere but under a secret key: small numbers can be guessed.
        warnings: what was doubtful but allowed.
    """

    name: str
    sections: Mapping[str, Section]
    description: str = ""
    containers: Mapping[str, Section] = field(default_factory=dict)
    map_subjects: str = ""
    deid_log: str = ""
    scrub: bool = False
    folder_key: str = field(default="", repr=False)
    digest: str = field(default="", compare=False)
    filling: str = field(default="", compare=False)
    source: str = field(default="profile", compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def personal(self) -> bool:
        """Whether what becomes of a value depends on who it is about."""
        return any(section.personal for section in (*self.sections.values(), *self.containers.values()))

    def filling_for(self, key: str) -> str:
        """Return ``filling`` for the files of the subject with that key: it changes when they would change."""
        return sha256(f"{self.filling}\0{key}".encode()).hexdigest() if self.personal else self.filling

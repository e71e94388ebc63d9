"""A profile's text that has been read once, to be looked at, or filled for one subject after the other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.profile.checking import Choice, nothing_further, profile_of
from fw_gear_deid.profile.choosing import chosen
from fw_gear_deid.profile.findings import Findings
from fw_gear_deid.profile.loading import load
from fw_gear_deid.profile.nodes import values_of
from fw_gear_deid.profile.templates.variables import Variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fw_gear_deid.problems import Problem
    from fw_gear_deid.profile.model import Profile
    from fw_gear_deid.profile.nodes import MapNode
    from fw_gear_deid.profile.templates.filling import Filled

NO_VALUES = Variables()


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile before its templates are filled.

    Attributes:
        node: what was read; None when it cannot be.
        problems: what was found while it was read.
        digest: SHA-256 of its text, hexadecimal.
        choice: how it is to be read.
    """

    node: MapNode | None
    problems: tuple[Problem, ...]
    digest: str
    choice: Choice

    @classmethod
    def of(cls, text: str | bytes, choice: Choice, *, is_own: bool = False) -> Self:
        """Read a profile's text; bytes must be UTF-8; ``is_own`` as of ``load``."""
        found = Findings()
        root = load(text, found, is_own=is_own)
        node = None if root is None else chosen(root, choice.name, found)
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        return cls(node, tuple(found.problems), hashlib.sha256(data).hexdigest(), choice)

    @property
    def has_templates(self) -> bool:
        """Whether anything in it is to be filled."""
        return self.node is not None and any(value.is_template for value in values_of(self.node))

    @property
    def names(self) -> tuple[str, ...]:
        """What its templates ask for, such as ``SHIFT`` or ``subject.label``."""
        if self.node is None or not self.has_templates:
            return ()
        from fw_gear_deid.profile.templates.filling import names_of  # noqa: PLC0415  # slow to load, and few profiles need it

        return names_of(self.node)

    def profile(
        self, variables: Variables = NO_VALUES, further: Callable[[Profile], Iterable[Problem]] = nothing_further
    ) -> Profile:
        """Fill and check it.

        Args:
            variables: what its templates are filled from.
            further: is given what could be read of it, and finds more that is wrong.

        Raises:
            ProfileError: it has errors; carries all of them, and the warnings.
        """
        profile, problems = self.checked(variables, further)
        if profile is None:
            raise ProfileError(problems, self.choice.source)
        return profile

    def checked(
        self, variables: Variables | None, further: Callable[[Profile], Iterable[Problem]] = nothing_further
    ) -> tuple[Profile | None, tuple[Problem, ...]]:
        """Fill and check it.

        Args:
            variables: what its templates are filled from; None: the rest of it is looked at, templates are taken to
                be right, and the profile returned is of no use for data.
            further: is given what could be read, entries with errors left out, so that its problems are told with the
                rest.

        Returns:
            The profile, or None when there is an error; and all problems, in the order of the text.
        """
        found = Findings(dict.fromkeys(self.problems))
        profile = filled = None
        safe = frozenset(self.problems)
        if (node := self.node) is not None:
            if self.has_templates:
                node, filled = _filled(node, variables, found)
                safe = frozenset(found.problems)
            profile = profile_of(node, self.choice, found)
            for problem in further(profile):
                found.add(problem)
        problems = found.sorted()
        if filled is not None:  # what is said of values must not repeat them
            problems = tuple(dict.fromkeys(each if each in safe else filled.veiled(each) for each in problems))
        if profile is None or found.failed:
            return None, problems
        filling = self._filling("" if filled is None else filled.digest)
        source = self.choice.source
        return replace(profile, digest=self.digest, filling=filling, source=source, warnings=problems), problems

    def _filling(self, filled: str) -> str:
        """Return the digest of all that came from outside: values of templates, and a key."""
        key = self.choice.secret_key
        return hashlib.sha256(f"{key}\0{filled}".encode()).hexdigest() if key else filled


def _filled(node: MapNode, variables: Variables | None, found: Findings) -> tuple[MapNode, Filled]:
    from fw_gear_deid.profile.templates.filling import fill  # noqa: PLC0415  # slow to load, and few profiles need it

    node, filled = fill(node, variables, found)
    found.unknown = frozenset(filled.unknown)
    return node, filled

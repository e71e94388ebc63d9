"""A regular expression of a profile, compiled; or why it is none, or none that may be used."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Final

from fw_gear_deid.profile.regex.backtracking import Hazard, hazard

if TYPE_CHECKING:
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Node

ENDLESS: Final = (
    "it repeats a part that can match one text in several ways, as (a+)+b does; make each part begin or end with a "
    "character that the others cannot match"
)
"""What is wrong with a regular expression that can hang a run, and what to do."""


class PatternError(ValueError):
    """A text that is no regular expression; its own text says why."""


def pattern_of(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a regular expression.

    Raises:
        PatternError: it is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Python may read differently one day
            return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        why = error.msg if isinstance(error, re.error) else "too large"
        at = f" (character {error.pos + 1})" if isinstance(error, re.error) and error.pos is not None else ""
        raise PatternError(f"{why}{at}") from None


def compiled(text: str, what: str, node: Node, found: Findings, *, whole: bool = False) -> re.Pattern[str] | None:
    """Return a regular expression, or None after noting why it is none, or none that may be used.

    Args:
        text: the expression.
        what: the setting it stands in.
        node: where it is written.
        found: takes what is wrong.
        whole: whether it must match to the end of a text.
    """
    try:
        expression = pattern_of(text)
    except PatternError as error:
        found.error(node.mark, f"{what} is not a valid regular expression: {error}")
        return None
    danger = hazard(text, whole=whole)
    if danger is Hazard.CERTAIN:
        found.error(node.mark, f"{what} hangs on some texts: {ENDLESS}")
        return None
    if danger is Hazard.SUSPECTED:
        found.warning(node.mark, f"{what} may hang on some texts: {ENDLESS}")
    return expression

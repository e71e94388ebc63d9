"""This engine's answer in the oracle's terms."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fw_gear_deid.errors import FileError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import format_of
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.profile import check_text
from tests.oracle.flywheel import Result

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Plan


@lru_cache(maxsize=8)
def plan(text: str, section: str) -> Plan:
    profile, problems = check_text(text)
    assert profile is not None, [problem.message for problem in problems]
    return format_of(section).compile(profile.sections[section])


def deidentify(profile: dict[str, Any], section: str, name: str, data: bytes) -> Result:
    """Run this engine over one file."""
    try:
        edited = plan(json.dumps(profile), section).apply(MemoryContent(data), FileContext(name, log=True))
        copy = b"".join(bytes(chunk) for chunk in edited.output.chunks())
    except FileError as error:
        return Result(refusal=str(error))
    return Result({edited.name: copy}, dict(edited.before), dict(edited.after))

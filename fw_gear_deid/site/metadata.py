"""What is exported of the metadata of a container or a file: by default nothing, else what the profile's rules name.

Metadata comes as the API gives it. The rules of a ``flywheel`` section act on it as on a JSON file; what they name is
kept, and checked against what the API would accept.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.json_ import JsonFormat
from fw_gear_deid.identity import NOBODY, Subject
from fw_gear_deid.profile.container_types import CONTAINERS, Holds
from fw_gear_deid.profile.containers import exports_all, exports_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.engine.residuals import Residuals
    from fw_gear_deid.identity import Identifier
    from fw_gear_deid.profile.container_types import Field
    from fw_gear_deid.profile.model import Section

_READS_PARENTS: Final = "regex-sub"
_HEADER: Final = "header"
_LABEL: Final = "label"
_JSON: Final = "metadata.json"
_NUMBERS: Final = frozenset({Holds.NUMBER, Holds.WHOLE_NUMBER})
_TYPES: Final[Mapping[Holds, tuple[type, ...]]] = {
    Holds.TEXT: (str, int, float),
    Holds.WORD: (str,),
    Holds.NUMBER: (int, float),
    Holds.WHOLE_NUMBER: (int, float),
    Holds.MOMENT: (str,),
    Holds.TEXTS: (list,),
    Holds.FIELDS: (dict,),
}


def exported(
    rules: Section | None,
    metadata: Mapping[str, Any],
    origin: str = "",
    parents: Mapping[str, Mapping[str, Any]] | None = None,
    subject: Subject = NOBODY,
) -> dict[str, Any]:
    """Return the metadata that a copy gets.

    Args:
        rules: what the profile says of this type of container; None: it says nothing, and nothing is exported.
        metadata: of the source: all of its fields, as the API names them.
        origin: the salted hash that stands for the source; keyed draws (``jitter``) depend on it.
        parents: the metadata of the containers above, by type, which ``regex-sub`` may read.
        subject: who it is about.

    Returns:
        Values that JSON can hold; dates as text.

    Raises:
        ActionError: a rule cannot be carried out, or its result is nothing that the API would accept.
        UnreadableError: it nests too deeply.
    """
    if rules is None:
        return {}
    own = _settable(rules.name, metadata)
    if isinstance(own.get("info"), dict) and not exports_header(rules):
        own["info"] = {key: value for key, value in own["info"].items() if (rules.name, key) != ("file", _HEADER)}
    record = dict(own)
    if any(rule.action.key == _READS_PARENTS for rule in rules.rules):
        record |= {kind: _settable(kind, above) for kind, above in (parents or {}).items()}
    plan = JsonFormat().compile(rules)
    edited = plan.apply(MemoryContent(_written(record)), FileContext(origin or rules.name, subject=subject))
    text = b"".join(edited.output.chunks()).decode()
    result = json.loads(text if exports_all(rules) else plan.only_named(text))
    fields = CONTAINERS[rules.name].fields
    return {
        name: _accepted(f"{rules.name}.{name}", value, fields[name])
        for name, value in result.items()
        if name in fields and value is not None
    }


def held_by(
    fields: Mapping[str, Any],
    kind: str,
    metadata: Mapping[str, Any],
    residuals: Residuals,
    sought: frozenset[Identifier],
) -> tuple[str, ...]:
    """Return which fields of the metadata that a copy gets still tell the subject for certain.

    Args:
        fields: what the copy gets; a label, which is searched with the name of the copy, is passed over.
        kind: type of container, or ``file``.
        metadata: of the source.
        residuals: how copies are searched.
        sought: what is to be gone beside what is removed here.

    Raises:
        ActionError: JSON cannot hold a value.
    """
    told = {name: value for name, value in fields.items() if name != _LABEL}
    if not told or not residuals.searches:
        return ()
    checked = residuals.check(_written(_settable(kind, metadata)), _written(told), _JSON, sought)
    if not checked.certain:
        return ()
    looked_at = {name: residuals.search(_written({name: told[name]}), _JSON, checked.searched) for name in told}
    return tuple(name for name, found in looked_at.items() if any(each.certain for each in found))


def _settable(kind: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that can be set, with dates as rules read them: ``2024-03-15 09:30:00+00:00``."""
    fields = CONTAINERS[kind].fields
    known = {name: metadata[name] for name in fields if metadata.get(name) is not None}
    return {name: _dated(value) if fields[name].holds is Holds.MOMENT else value for name, value in known.items()}


def _dated(value: object) -> object:
    """Return a moment, however the API spells it, in the one form that rules read."""
    if isinstance(value, str) and "T" in value:
        try:
            return str(dt.datetime.fromisoformat(value))
        except ValueError:
            return value
    return str(value) if isinstance(value, dt.date) else value


def _written(record: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False, allow_nan=False, default=_text).encode()
    except (ValueError, TypeError, RecursionError):  # a ValueError also of text that cannot be encoded
        raise ActionError("the metadata holds a value that JSON cannot hold; remove it at the source") from None


def _text(value: object) -> str:
    """Return a date within ``info`` as text."""
    if isinstance(value, dt.date):
        return str(value)
    raise TypeError


def _accepted(name: str, value: Any, field: Field) -> Any:  # noqa: ANN401  # what JSON holds
    """Return a value as the API accepts it.

    Raises:
        ActionError: it would not; the message names the field alone.
    """
    if not _fits(value, field):
        raise ActionError(f"{name} must hold {field.holds.value}, and its rule makes something else of it")
    if field.holds is Holds.WHOLE_NUMBER:
        return int(value)
    return str(value) if field.holds is Holds.TEXT else value


def _fits(value: Any, field: Field) -> bool:  # noqa: ANN401  # what JSON holds
    typed = isinstance(value, _TYPES[field.holds])
    flagged = isinstance(value, bool) and field.holds in _NUMBERS
    if not typed or flagged:
        return False
    if field.holds is Holds.TEXTS:
        return all(isinstance(each, str) for each in value)
    if field.holds is Holds.MOMENT:
        return _is_moment(value)
    return not field.words or value in field.words


def _is_moment(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True

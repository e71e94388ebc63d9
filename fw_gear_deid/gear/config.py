"""The configuration of a job, checked against the manifest's own ``config``.

So what the manifest says and what the gear accepts cannot differ. No message repeats a value: a person's name may have
been typed anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "boolean": (bool,), "integer": (int,), "array": (list,)}
_ARTICLES = {"string": "a text", "boolean": "true or false", "integer": "a whole number", "array": "a list"}


def read_config(
    config: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], list[str]]:
    """Return a configuration with the manifest's defaults, and what is wrong with it, a line each.

    Args:
        config: what ``config.json`` says.
        schemas: what the manifest says of each option.

    Returns:
        The values, those with a problem left out, and the problems.
    """
    problems = [
        f"{key}: not an option of this version of the gear; leave it out" for key in sorted(set(config) - set(schemas))
    ]
    values: dict[str, Any] = {}
    for key, schema in schemas.items():
        value = config.get(key, schema.get("default"))
        if fault := _fault(value, schema):
            problems.append(f"{key}: {fault}")
        else:
            values[key] = value
    return values, problems


def _fault(value: object, schema: Mapping[str, Any]) -> str:
    """Return what is wrong with a value by the manifest's schema for it; empty when it is fine."""
    if value is None:
        return f"missing; give {_ARTICLES[schema['type']]}"
    if not isinstance(value, _TYPES[schema["type"]]) or (schema["type"] != "boolean" and isinstance(value, bool)):
        return f"must be {_ARTICLES[schema['type']]}"
    allowed = schema.get("items", schema).get("enum")
    if allowed and not set(value if isinstance(value, list) else [value]) <= set(allowed):
        return f"must be one of: {', '.join(filter(None, allowed))}"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"must be from {schema['minimum']} to {schema['maximum']}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        return "missing; give a text" if not value else "is too short"
    return ""

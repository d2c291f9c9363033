"""Puts JSON schemas into words, for the generated pages."""

from collections.abc import Callable, Mapping
from typing import Any

_WORDS = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "object",
    "null": "null",
}
_FORMATS = {"path": "path", "uri": "URL", "password": "secret", "date-time": "time", "binary": "bytes"}
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_MANY = 7
"""Number of values above which an enumeration is not listed."""


def type_in_words(
    schema: Mapping[str, Any], named: Callable[[str], str], *, nulls: bool = False, lists: str = "list of"
) -> str:
    """A JSON schema in words.

    Args:
        schema: the schema.
        named: words for the schema with this name, to which a `$ref` leads.
        nulls: whether to mention that a value may be null.
        lists: words for a list.
    """

    def words(inner: Mapping[str, Any]) -> str:
        return type_in_words(inner, named, nulls=nulls, lists=lists)

    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(words(option) for option in options if nulls or option.get("type") != "null")
    if "$ref" in schema:
        return named(schema["$ref"].rpartition("/")[2])
    if len(schema.get("enum", ())) > _MANY:
        return "one of [these names](names.md)"
    if "enum" in schema:
        values = ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
        return f"one of {values}" + (" or null" if nulls and None in schema["enum"] else "")
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"{lists} {words(schema.get('items') or {})}{_count(schema, 'Items', ',', 'entries')}"
    if isinstance(schema.get("type"), list):
        return " or ".join(_WORDS[kind] for kind in schema["type"] if nulls or kind != "null")
    if "type" not in schema:
        return "anything"
    if "format" in schema:
        return _FORMATS.get(schema["format"], _WORDS[schema["type"]]) + _range(schema)
    return _WORDS[schema["type"]] + _count(schema, "Length", " of", "characters") + _range(schema)


def _count(schema: Mapping[str, Any], of: str, before: str, unit: str) -> str:
    """Bounds of a list (`Items`) or a text (`Length`), empty without a maximum."""
    least, most = schema.get(f"min{of}", 0), schema.get(f"max{of}")
    if most is None:
        return ""
    return f"{before} {f'{least:,} to' if least else 'at most'} {most:,} {unit}"


def _range(schema: Mapping[str, Any]) -> str:
    bounds = [f"{sign} {schema[key]:g}" for key, sign in _BOUNDS.items() if key in schema]
    return f", {' and '.join(bounds)}" if bounds else ""

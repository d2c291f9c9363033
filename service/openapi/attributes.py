"""Descriptions of schemas and their fields, from the docstrings of the classes."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping

import msgspec
from litestar.openapi.spec import Reference, Schema

_SECTION = re.compile(r"\n\n(?:Attributes|Args|Raises):\n")
_ATTRIBUTE = re.compile(r" {4}(\w+(?:, \w+)*): (.*)")
_NULL = re.compile(r"\bNone\b")
"""A value of Python, which is null in JSON."""

_OF_THE_CATALOG = ("catalog.", "adapters.catalog.")
"""Modules of the catalog's API, whose classes may have the names and fields of the service's."""


def describe_fields(schemas: Mapping[str, Schema]) -> None:
    """Adds descriptions to schemas and their properties, in place.

    A schema belongs to the class with its name and its fields. A class inherits the descriptions of its bases.
    """
    for cls, schema in _with_classes(schemas):
        properties = schema.properties or {}
        schema.description = _SECTION.split(inspect.cleandoc(cls.__doc__ or ""))[0]
        found = _attributes_of(cls)
        for field, part in properties.items():
            if field in found and isinstance(part, Schema | Reference):
                part.description = _NULL.sub(_as_null, found[field])


def require_sent_fields(schemas: Mapping[str, Schema]) -> None:
    """Marks the fields that answers always have as required, in place.

    Litestar takes each field with a default for one that may be missing. Most classes send it all the same.
    """
    for cls, schema in _with_classes(schemas):
        if not cls.__struct_config__.omit_defaults:
            unset = {
                each.encode_name for each in msgspec.structs.fields(cls) if each.default is msgspec.UNSET
            }
            schema.required = [name for name in schema.properties or {} if name not in unset]


def describe_defaults(schemas: Mapping[str, Schema]) -> None:
    """Puts the defaults of fields into their descriptions, in place.

    Generators of clients, such as openapi-typescript, take a field with a default for one that has to be sent.
    """
    for schema in schemas.values():
        for name, part in (schema.properties or {}).items():
            if isinstance(part, Schema) and part.default is not None:
                default, part.default = part.default, None
                if default not in ([], ()) and name not in (schema.required or ()):
                    part.description = f"{part.description or ''} Default: `{json.dumps(default)}`.".lstrip()


def _attributes_of(cls: type) -> dict[str, str]:
    """Descriptions of attributes by name, from the docstrings of a class and its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        text = inspect.cleandoc(base.__dict__.get("__doc__") or "").partition("\n\nAttributes:\n")[2]
        names: list[str] = []
        for line in text.partition("\n\n")[0].splitlines():
            if matched := _ATTRIBUTE.fullmatch(line):
                names = matched[1].split(", ")
                found |= dict.fromkeys(names, matched[2][:1].upper() + matched[2][1:])
            else:
                found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _as_null(found: re.Match[str]) -> str:
    return "null" if found.string[: found.start()].endswith(", ") else "Null"


def _with_classes(schemas: Mapping[str, Schema]) -> Iterator[tuple[type[msgspec.Struct], Schema]]:
    """Schemas of structs, each with its class."""
    classes = {
        (cls.__name__, frozenset(cls.__struct_encode_fields__)): cls
        for cls in _structs(msgspec.Struct)
        if not cls.__module__.startswith(_OF_THE_CATALOG)
    }
    for name, schema in schemas.items():
        cls = classes.get((name, frozenset(schema.properties or {})))
        if cls is not None:
            yield cls, schema


def _structs(cls: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in cls.__subclasses__():
        yield each
        yield from _structs(each)

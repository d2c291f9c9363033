"""Writes the generated pages of the documentation from the code.

`reference/configuration.md` comes from the settings of every deployable, `api/calls.md` from the OpenAPI document,
`api/names.md` from the names in answers. Metrics, log events and spans come from their declarations.

python docs/reference/generate.py           writes the files
python docs/reference/generate.py --check   exits with 1 if one is out of date
"""

import argparse
import difflib
import importlib
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_SHOWN_LINES = 12
SETTINGS = {
    "Service": "service.settings.ServiceSettings",
    "Indexer": "indexer.settings.IndexerSettings",
    "Catalog": "catalog.settings.CatalogSettings",
    "Development issuer": "demo.issuer.settings.IssuerSettings",
}

_INTRODUCTION = """\
# Configuration

Every setting is an environment variable. Lists and objects are written as JSON. This page is generated from the
settings classes: `python docs/reference/generate.py`.
"""
_TABLE_HEAD = "| variable | type | default | meaning |\n| --- | --- | --- | --- |\n"


def document(settings: Mapping[str, type[BaseSettings]]) -> str:
    """Renders the whole page.

    Args:
        settings: settings classes by the title of their section.
    """
    sections = (f"\n## {title}\n\n{_TABLE_HEAD}" + "".join(rows(cls)) for title, cls in settings.items())
    return _INTRODUCTION + "".join(sections)


def rows(cls: type[BaseSettings]) -> Iterator[str]:
    """Yields one table line per setting. The fields of an object follow its setting."""
    prefix = str(cls.model_config.get("env_prefix", ""))
    for name, field in cls.model_fields.items():
        variable = _alias(field) or (prefix + name).upper()
        yield from _rows(cls, name, field, variable)


def import_settings() -> dict[str, type[BaseSettings]]:
    """Imports the settings classes of every deployable, by section title."""
    found = {}
    for title, path in SETTINGS.items():
        module, _, name = path.rpartition(".")
        found[title] = getattr(importlib.import_module(module), name)
    return found


@cache
def pages() -> dict[str, str]:
    """Texts of all generated pages, by path below `docs/`."""
    vocabulary = importlib.import_module("service.openapi.vocabulary")
    telemetry = importlib.import_module("adapters.telemetry.declared.reference")
    calls = importlib.import_module("docs.reference.api_calls")
    catalog_events = importlib.import_module("catalog.telemetry.log_events").CATALOG_EVENTS
    return {
        "reference/configuration.md": document(import_settings()),
        "reference/metrics.md": telemetry.metrics_reference(),
        "reference/log-events.md": telemetry.log_events_reference(catalog_events),
        "reference/spans.md": telemetry.spans_reference(),
        "reference/cli.md": importlib.import_module("docs.reference.command_line").command_line_page(),
        "operations/exit-codes.md": importlib.import_module("command_line.exit_codes").exit_codes_page(),
        "api/calls.md": calls.calls_page(calls.openapi_document()),
        "api/names.md": vocabulary.vocabulary_page(),
        "api/errors.md": importlib.import_module("service.openapi.errors").errors_page(),
    }


def main(arguments: list[str] | None = None, docs: Path = DOCS) -> int:
    """Writes the pages below `docs`, or checks them with `--check`. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Writes the generated pages of docs/.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and exit with 1 if a page is out of date"
    )
    check = parser.parse_args(arguments).check
    sys.path.insert(0, str(ROOT))
    code = 0
    for name, text in pages().items():
        path = docs / name
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif (written := path.read_text(encoding="utf-8") if path.exists() else "") != text:
            sys.stderr.write(f"error: {path} is out of date: run python docs/reference/generate.py\n")
            sys.stderr.write(_difference(written, text))
            code = 1
    return code


def _difference(written: str, text: str) -> str:
    """The first lines in which a page differs, as a unified difference."""
    lines = difflib.unified_diff(
        written.splitlines(), text.splitlines(), "written", "generated", "", "", 0, ""
    )
    return "".join(f"  {line[:200]}\n" for line in itertools.islice(lines, _SHOWN_LINES))


def _rows(cls: type[BaseModel], name: str, field: FieldInfo, variable: str) -> Iterator[str]:
    schema = cls.model_json_schema(by_alias=False)
    words = importlib.import_module("docs.reference.schema_types")

    def type_of(part: Mapping[str, Any]) -> str:
        text: str = words.type_in_words(
            part, lambda name: type_of(schema["$defs"][name]), lists="JSON list of"
        )
        return text

    kind = type_of(schema["properties"][name])
    cells = (f"`{variable}`", kind, _default(field), field.description or "")
    yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"
    for nested in _models(field.annotation):
        for inner, inner_field in nested.model_fields.items():
            yield from _rows(nested, inner, inner_field, f"{variable}[].{inner}")


def _alias(field: FieldInfo) -> str | None:
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else None if alias is None else str(alias)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or (isinstance(value, SecretStr) and not value.get_secret_value()) or value == "":
        return "unset"
    if isinstance(value, SecretStr):
        url = value.get_secret_value()
        return f"`{url}`" if "://" in url and "@" not in url else "secret"
    if isinstance(value, tuple | list):
        return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Models inside an annotation such as `tuple[Model, ...]`."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


if __name__ == "__main__":
    raise SystemExit(main())

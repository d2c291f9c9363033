"""Generates the README's table of values and parts of the chart's schema.

The schema gets the descriptions of values, and the settings that `settings` may contain.

python charts/generate.py           writes the files
python charts/generate.py --check   exits with 1 when a file is out of date
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts" / "recommender"
BEGIN, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"

MANAGED_BY_VALUES = {
    "SERVICE": {
        "SERVICE_CATALOG_AUDIENCE",
        "SERVICE_CATALOG_CLIENT_ID",
        "SERVICE_CATALOG_CLIENT_SECRET",
        "SERVICE_CATALOG_TOKEN_URL",
        "SERVICE_CATALOG_URL",
        "SERVICE_CONSOLE_AUTHORIZATION_URL",
        "SERVICE_CONSOLE_CLIENT_ID",
        "SERVICE_CONSOLE_ENABLED",
        "SERVICE_CONSOLE_PUBLIC_URL",
        "SERVICE_CONSOLE_SCOPES",
        "SERVICE_CONSOLE_TOKEN_URL",
        "SERVICE_DATABASE_URL",
        "SERVICE_ISSUERS",
        "SERVICE_LISTEN_HOST",
        "SERVICE_LISTEN_PORT",
        "SERVICE_LOG_FORMAT",
        "SERVICE_LOG_LEVEL",
        "SERVICE_MANAGEMENT_HOST",
        "SERVICE_MANAGEMENT_PORT",
        "SERVICE_OTLP_ENDPOINT",
        "SERVICE_READY_WITHOUT_SNAPSHOT",
        "SERVICE_REDIS_URL",
        "SERVICE_SHUTDOWN_SECONDS",
        "SERVICE_SNAPSHOT_LOCAL_BYTES",
        "SERVICE_SNAPSHOT_ROOT",
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES",
        "SERVICE_SNAPSHOT_URL",
        "SERVICE_TRACE_SAMPLE_RATIO",
    },
    "INDEXER": {
        "INDEXER_CATALOG_AUDIENCE",
        "INDEXER_CATALOG_CLIENT_ID",
        "INDEXER_CATALOG_CLIENT_SECRET",
        "INDEXER_CATALOG_TOKEN_URL",
        "INDEXER_CATALOG_URL",
        "INDEXER_DATABASE_URL",
        "INDEXER_EMBEDDING_CACHE",
        "INDEXER_LOG_FORMAT",
        "INDEXER_LOG_LEVEL",
        "INDEXER_METRICS_HOST",
        "INDEXER_METRICS_PORT",
        "INDEXER_OTLP_ENDPOINT",
        "INDEXER_RECIPE_FILE",
        "INDEXER_RUN",
        "INDEXER_SHARD",
        "INDEXER_SHARDS",
        "INDEXER_SNAPSHOT_PATIENCE_SECONDS",
        "INDEXER_SNAPSHOT_ROOT",
        "INDEXER_SNAPSHOT_SIGNING_KEY_FILE",
        "INDEXER_SNAPSHOT_URL",
    },
}
"""Settings that the chart sets from other values, or that pods do not use."""

_JSON = {"array": r"^\s*\[.*\]\s*$", "object": r"^\s*\{.*\}\s*$"}
_NUMERALS = {"integer": "^[-+]?[0-9]+$", "number": "^[-+.0-9eE]+$"}
"""Numbers as text, in the forms that the settings accept."""

_BOUNDS = ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_KEY = re.compile(r"( *)([A-Za-z]\w*):(.*)")


@dataclass(frozen=True)
class Value:
    """One value: its path (`service.port`), default and description."""

    path: str
    default: object
    description: str


def documented_values(text: str) -> Iterator[Value]:
    """The values of `values.yaml` in their order.

    A comment above a key describes the key and everything below it.

    Raises:
        ValueError: a value without a description.
    """
    defaults = yaml.safe_load(text)
    path: list[tuple[int, str]] = []
    described: set[str] = set()
    comment: list[str] = []
    for line in text.splitlines():
        if line.strip().startswith("#"):
            comment.append(line.strip().removeprefix("#").strip())
        elif found := _KEY.fullmatch(line):
            path = [*(above for above in path if above[0] < len(found[1])), (len(found[1]), found[2])]
            names = [name for _, name in path]
            if comment:
                described.add(".".join(names))
                yield Value(".".join(names), _at(defaults, names), " ".join(comment))
            elif found[3].strip() and not _parents(names) & described:
                raise ValueError(f"{'.'.join(names)} has no description")
            comment = []
        else:
            comment = []


def _parents(names: list[str]) -> set[str]:
    return {".".join(names[:length]) for length in range(1, len(names))}


def _at(defaults: object, names: list[str]) -> object:
    found = defaults
    for name in names:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def table(text: str) -> str:
    """The values as a Markdown table."""
    rows = (
        f"| `{value.path}` | `{json.dumps(value.default)}` | {value.description.replace('|', chr(92) + '|')} |\n"
        for value in documented_values(text)
    )
    return "| value | default | meaning |\n| --- | --- | --- |\n" + "".join(rows)


def schema(text: str, values: str, settings: Mapping[str, type[Any]]) -> str:
    """The schema with descriptions and the names of all settings.

    Args:
        text: the current schema.
        values: `values.yaml`.
        settings: settings classes by prefix, `SERVICE` and `INDEXER`.
    """
    document = json.loads(text)
    for prefix, cls in settings.items():
        known = cls.model_json_schema()["properties"]
        named = {f"{prefix}_{name.upper()}": setting_schema(known[name]) for name in sorted(known)}
        document["definitions"][f"{prefix.lower()}Settings"]["properties"] = {
            name: _or_null(found) for name, found in named.items() if name not in MANAGED_BY_VALUES[prefix]
        }
    for value in documented_values(values):
        _described(document, value.path.split("."), value.description)
    return json.dumps(document, indent=2) + "\n"


def setting_schema(setting: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a setting's value in YAML.

    Numbers and booleans have their type and bounds. Lists and objects may be JSON. Other values are unrestricted.

    Args:
        setting: its JSON schema, by pydantic.
    """
    options = [option for option in setting.get("anyOf", [setting]) if option.get("type") != "null"]
    kind = options[0].get("type") if len(options) == 1 else None
    if kind in ("integer", "number"):
        text = {"type": "string", "pattern": _NUMERALS[kind]}
        return {"anyOf": [_pick(options[0], *_BOUNDS), text]}
    if kind == "boolean":
        return {"enum": [True, False, "true", "false"]}
    if kind in _JSON:
        return {"anyOf": [{"type": kind}, {"type": "string", "pattern": _JSON[kind]}]}
    if "enum" in options[0]:
        return _pick(options[0], "enum")
    return {"$ref": "#/definitions/settingValue"}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that also accepts `null`, which removes a setting."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {"anyOf": [*schema.get("anyOf", [schema]), {"type": "null"}]}


def _pick(schema: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: schema[name] for name in names if name in schema}


def _described(document: dict[str, Any], names: list[str], description: str) -> None:
    """Adds a value's description to the schema, except inside of definitions."""
    node = document
    for name in names:
        if name not in node.get("properties", {}):
            return
        node = node["properties"][name]
    node["description"] = description


def generated() -> dict[Path, str]:
    """The expected content of the generated files."""
    sys.path.insert(0, str(ROOT))
    from indexer.settings import IndexerSettings
    from service.settings import ServiceSettings

    readme, definition = CHART / "README.md", CHART / "values.schema.json"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    values = (CHART / "values.yaml").read_text(encoding="utf-8")
    settings = {"SERVICE": ServiceSettings, "INDEXER": IndexerSettings}
    return {
        readme: before + BEGIN + table(values) + END + after,
        definition: schema(definition.read_text(encoding="utf-8"), values, settings),
    }


def main(arguments: list[str] | None = None) -> int:
    """Writes or compares the files and returns the exit code."""
    parser = argparse.ArgumentParser(description="Generates parts of the chart.")
    parser.add_argument("--check", action="store_true", help="write nothing and exit with 1 when out of date")
    check = parser.parse_args(arguments).check
    outdated = [path for path, text in generated().items() if path.read_text(encoding="utf-8") != text]
    for path in outdated:
        if check:
            sys.stderr.write(
                f"error: {path.relative_to(ROOT)} is out of date: run python charts/generate.py\n"
            )
        else:
            path.write_text(generated()[path], encoding="utf-8")
    return int(check and bool(outdated))


if __name__ == "__main__":
    sys.exit(main())

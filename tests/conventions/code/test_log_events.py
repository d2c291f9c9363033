"""Declared log events and stages are exactly those in the code."""

import ast
import inspect

from uvicorn import server
from uvicorn.lifespan import on

from adapters.telemetry.declared.indexer_log_events import INDEXER_EVENTS
from adapters.telemetry.declared.log_event import LogEvent
from adapters.telemetry.declared.service_log_events import SERVICE_EVENTS
from adapters.telemetry.declared.shared_log_events import ADAPTER_EVENTS, SERVER_EVENTS
from adapters.telemetry.declared.spans import INDEXER_STAGES, SERVICE_STAGES
from catalog.telemetry.log_events import CATALOG_EVENTS
from tests.conventions.code.log_calls import log_calls
from tests.conventions.source_files import ROOT, SOURCES, dotted, nodes_of, python_files, relative, tree_of

CATALOG = tuple(LogEvent("catalog", *event) for event in CATALOG_EVENTS)
DECLARED = (*SERVICE_EVENTS, *INDEXER_EVENTS, *ADAPTER_EVENTS, *CATALOG)


def test_code_logs_exactly_the_declared_events() -> None:
    found: dict[tuple[str | None, str, str], set[str | None]] = {}
    faults = []
    for call in (call for path in SOURCES for call in log_calls(path)):
        if not call.events or None in call.fields:
            faults.append(f"{relative(call.path)}:{call.line}: event and fields must be literals")
        for event in call.events:
            found.setdefault((call.logger, call.level, event), set()).update(call.fields)
    declared = {(each.logger, each.level, each.event): set(each.fields) for each in DECLARED}
    assert faults == []
    assert found == declared


def test_no_event_is_logged_around_structlog() -> None:
    assert [
        relative(path)
        for path in python_files(("adapters", "catalog", "indexer", "recommender", "service"))
        for node in nodes_of(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("debug", "info", "warning", "error", "exception")
        and ast.unparse(node.func).startswith("logging.")
    ] == []


def test_lines_of_the_server_are_those_of_the_installed_one() -> None:
    source = inspect.getsource(server) + inspect.getsource(on)
    assert [event.event for event in SERVER_EVENTS if f'"{event.event}' not in source] == []


def test_code_observes_exactly_the_declared_stages() -> None:
    for folders, stages in ((("recommender", "service"), SERVICE_STAGES), (("indexer",), INDEXER_STAGES)):
        assert {
            node.args[0].value
            for path in python_files(folders)
            for node in nodes_of(tree_of(path))
            if isinstance(node, ast.Call)
            and dotted(node.func).endswith("stages.stage")
            and isinstance(node.args[0], ast.Constant)
        } == set(stages)


def test_reference_pages_are_linked() -> None:
    index = "".join((ROOT / "docs" / name).read_text() for name in ("index.md", "operations/logs.md"))
    assert [
        name for name in ("metrics.md", "log-events.md", "spans.md") if f"reference/{name}" not in index
    ] == []

"""Settings, logging and progress."""

import json
import logging
from io import StringIO

import pytest
import structlog
from pydantic import ValidationError
from rich.console import Console

from catalog.loading.progress import LineProgress, Progress, TerminalProgress, progress_on
from catalog.logs import configure_logging
from catalog.settings import CatalogSettings


def test_defaults_and_descriptions() -> None:
    settings = CatalogSettings()
    assert (settings.listen_host, settings.listen_port) == ("127.0.0.1", 8100)
    assert settings.database_url == "sqlite+aiosqlite:///catalog.db"
    assert all(field.description for field in CatalogSettings.model_fields.values())


def test_what_kubernetes_sets_for_a_service_called_catalog_is_no_setting() -> None:
    links = {"PORT", "SERVICE_HOST", "SERVICE_PORT", "PORT_8100_TCP", "PORT_8100_TCP_PORT"}
    assert not links & {name.upper() for name in CatalogSettings.model_fields}


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
    ],
)
def test_database_urls_get_their_driver(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    monkeypatch.setenv("CATALOG_DATABASE_URL", given)
    assert CatalogSettings().database_url == used


@pytest.mark.parametrize(
    "wrong",
    [
        {"CATALOG_DATABASE_URL": "mysql://u:hush@h/d"},
        {"CATALOG_DATABASE_URL": "hush"},
        {"CATALOG_ISSUER": "http://issuer"},
        {"CATALOG_JWKS_URL": "http://issuer/jwks"},
        {"CATALOG_LISTEN_PORT": "65536"},
        {"CATALOG_LOG_FORMAT": "xml"},
    ],
)
def test_unusable_settings_are_refused(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        CatalogSettings()
    assert "hush" not in str(caught.value)


def test_plain_progress_prints_rate_and_time_left_every_few_seconds() -> None:
    stream, times = StringIO(), iter([0.0, 1.0, 4.0, 5.0, 8.0, 10.0])
    progress = LineProgress(stream, lambda: next(times))
    with progress.stage("Reading", 1000) as advance:
        for _ in range(4):
            advance(100)
    progress.notice("mind the gap")
    assert stream.getvalue().splitlines() == [
        "Reading: 200 of 1,000 rows, 50 rows/s, 16 s left",
        "Reading: 400 of 1,000 rows, 50 rows/s, 12 s left",
        "Reading: 400 rows in 10.0 s",
        "notice: mind the gap",
    ]


def test_bars_show_rate_and_count() -> None:
    stream = StringIO()
    progress: Progress = TerminalProgress(Console(file=stream, force_terminal=True, width=120))
    with progress.stage("Reading", 10) as advance:
        advance(4)
        advance(6)
    progress.notice("[brackets] stay")
    assert "10/10" in stream.getvalue()
    assert "rows/s" in stream.getvalue()
    assert "notice: [brackets] stay" in stream.getvalue()


def test_a_pipe_gets_lines() -> None:
    assert isinstance(progress_on(StringIO()), LineProgress)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_logs_of_the_catalog_and_of_its_libraries(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging("info", log_format)
        structlog.get_logger().info("loaded", rows=3)
        structlog.get_logger().debug("unseen")
        logging.getLogger("uvicorn.error").warning("from %s", "below")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    if log_format == "json":
        first, second = map(json.loads, lines)
        assert (first["event"], first["rows"], first["level"]) == ("loaded", 3, "info")
        assert (second["event"], second["level"]) == ("from below", "warning")
    else:
        assert "loaded" in lines[0]
        assert "from below" in lines[1]

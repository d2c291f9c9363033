import json
import logging

import pytest
import structlog

from catalog.telemetry.logs import configure_logging
from tests.support.builders.kept_logs import logs_as_before

__all__ = ["logs_as_before"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_catalog_and_libraries_log_in_one_format(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logging("info", log_format)
    structlog.get_logger("catalog").info("loaded", rows=3)
    structlog.get_logger("catalog").debug("unseen")
    logging.getLogger("uvicorn.error").warning("from %s", "below")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    if log_format == "json":
        first, second = map(json.loads, lines)
        assert (first["event"], first["rows"], first["level"]) == ("loaded", 3, "info")
        assert (second["event"], second["level"]) == ("from below", "warning")
    else:
        assert "loaded" in lines[0]
        assert "\x1b[" not in lines[0]  # A file is no terminal.
        assert "from below" in lines[1]


@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_log_warnings_only(capsys: pytest.CaptureFixture[str], level: str) -> None:
    configure_logging(level, "json")
    for name in ("catalog.auth", "uvicorn.error", "httpx", "sqlalchemy.engine", "uvicorn.access"):
        logging.getLogger(name).info("info of %s", name)
        logging.getLogger(name).warning("warning of %s", name)
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == [
        "info of catalog.auth",
        "warning of catalog.auth",
        "info of uvicorn.error",
        "warning of uvicorn.error",
        "warning of httpx",
        "warning of sqlalchemy.engine",
        "warning of uvicorn.access",
    ]

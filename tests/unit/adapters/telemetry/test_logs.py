import asyncio
import gc
import json
import logging
import os
import re
import socket
import ssl
import time
from contextlib import suppress
from typing import Any

import pytest
import structlog
import uvloop
from opentelemetry.sdk.trace import TracerProvider

from adapters.telemetry import LogFormat, TelemetryError
from adapters.telemetry.logs import adopt_loggers, configure_logs

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_both_kinds_of_loggers_write_the_same_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info", "json")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("service").info("snapshot live", version="v1", title="Käse")
        logging.getLogger("foreign").warning("slow %s", "disk")
    own, foreign = lines(capsys)
    assert (own["event"], own["level"], own["logger"], own["version"]) == (
        "snapshot live",
        "info",
        "service",
        "v1",
    )
    assert (foreign["event"], foreign["level"], foreign["logger"]) == ("slow disk", "warning", "foreign")
    assert own["request_id"] == foreign["request_id"] == "r1"
    assert own["title"] == "Käse"
    for line in (own, foreign):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])


def test_level_applies_to_both_kinds_of_loggers(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("WARNING", "json")
    for logger in (structlog.get_logger("service"), logging.getLogger("foreign")):
        logger.info("not this")
        logger.warning("this")
    assert [line["event"] for line in lines(capsys)] == ["this", "this"]


@pytest.mark.parametrize("level", ["debug", "info"])
@pytest.mark.parametrize(
    "library", ["httpx", "sqlalchemy.engine", "torch._subclasses.fake_tensor", "uvicorn.access"]
)
def test_libraries_log_warnings_only(capsys: pytest.CaptureFixture[str], level: str, library: str) -> None:
    configure_logs(level, "json")
    logging.getLogger(library).info("a line per request")
    logging.getLogger(library).warning("kept")
    assert [line["event"] for line in lines(capsys)] == ["kept"]


@pytest.mark.parametrize("library", ["opentelemetry.sdk", "stamina"])
def test_libraries_that_log_every_attempt_are_silent(
    capsys: pytest.CaptureFixture[str], library: str
) -> None:
    configure_logs("debug", "json")
    structlog.get_logger(library).warning("once more")
    logging.getLogger(library).error("once more")
    assert lines(capsys) == []


@pytest.mark.parametrize(
    "name", ["service.access", "indexer", "catalog", "adapters.snapshots", "uvicorn.error"]
)
def test_own_loggers_follow_the_level(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logs("debug", "json")
    logging.getLogger(name).debug("printed at debug")
    configure_logs("info", "json")
    logging.getLogger(name).debug("not printed at info")
    logging.getLogger(name).info("printed at info")
    assert [line["event"] for line in lines(capsys)] == ["printed at debug", "printed at info"]


def test_handlers_and_levels_of_the_server_are_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("uvicorn", "uvicorn.access"):
        server = logging.getLogger(name)
        server.addHandler(logging.StreamHandler())
        server.setLevel(logging.INFO)
        server.propagate = False
    configure_logs("info", "json")
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.access").info("GET /v1/users/ana")
    assert [line["event"] for line in lines(capsys)] == ["started"]


def test_logger_with_a_handler_of_its_own_is_adopted(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    library = logging.getLogger("a library imported later")
    library.addHandler(logging.StreamHandler())
    library.setLevel(logging.DEBUG)
    library.propagate = False
    adopt_loggers()
    library.info("a detail")
    library.warning("kept")
    assert [line["event"] for line in lines(capsys)] == ["kept"]


def test_configuring_again_replaces_the_handler(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    configure_logs("info", "json")
    structlog.get_logger("service").info("once")
    assert len(lines(capsys)) == 1


@pytest.mark.parametrize("sizes", [(10, 2_000, 9_000), (9_000,)], ids=["whole", "torn"])
def test_lines_that_nobody_reads_stop_no_server(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...]
) -> None:
    """A write beyond the 64 KiB of the pipe would wait for its reader."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    log, started = structlog.get_logger("service"), time.monotonic()
    with os.fdopen(reader) as read, os.fdopen(writer, "w") as written, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", written)
        configure_logs("info", "json", lossy=True)
        for size in sizes * 60:
            log.info("before", text="x" * size)
        assert time.monotonic() - started < 3, "only the first line waits"
        taken = read.read().splitlines()
        log.info("after")
        *torn, warning, last = read.read().splitlines()
    assert json.loads(last)["event"] == "after"
    assert json.loads(warning)["event"] == "log lines were not read and are lost"
    whole = [json.loads(line) for line in (taken[:-1] if torn else taken)]
    assert len(whole) + json.loads(warning)["lines"] == 60 * len(sizes)


def test_connection_that_fails_after_it_was_given_up_is_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info", "json")

    async def give_up() -> None:
        loop = asyncio.get_running_loop()
        with suppress(TimeoutError, socket.gaierror):
            await asyncio.wait_for(loop.create_connection(asyncio.Protocol, "shop.invalid", 1), 0.0001)
        with suppress(socket.gaierror):
            await loop.getaddrinfo("shop.invalid", 1)
        gc.collect()
        loop.call_exception_handler(
            {"message": "Fatal error on SSL protocol", "exception": BrokenPipeError("the server closed it")}
        )
        handshake, lost = loop.create_future(), loop.create_future()
        handshake.set_exception(ssl.SSLCertVerificationError("expired"))
        lost.set_exception(OSError("kept"))

    async def fail() -> None:
        raise ssl.SSLError("of a task")

    async def forget() -> None:
        asyncio.create_task(fail()).set_name("forgotten")
        await asyncio.sleep(0)

    uvloop.run(give_up())
    uvloop.run(forget())
    gc.collect()
    assert [line["exception"].splitlines()[-1] for line in lines(capsys)] == [
        "OSError: kept", "ssl.SSLError: ('of a task',)"
    ]  # fmt: skip


def test_unknown_level_is_rejected() -> None:
    with pytest.raises(TelemetryError, match=r"Unknown log level 'loud'\. Use one of debug"):
        configure_logs("loud", "json")


def test_console_format_is_readable_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "console")
    structlog.get_logger("service").info("snapshot live", version="v1")
    text = capsys.readouterr().err
    assert "snapshot live" in text
    assert "version=v1" in text
    assert re.match(r"\d\d:\d\d:\d\d \[info", text)


def test_auto_format_is_json_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "auto")
    structlog.get_logger("service").info("snapshot live")
    assert len(lines(capsys)) == 1


def test_auto_format_is_console_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    configure_logs("info", "auto")
    structlog.get_logger("service").info("snapshot live")
    assert "\x1b[" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_terminal_that_wants_no_colors_gets_none(
    name: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv(name, value)
    configure_logs("info", "auto")
    structlog.get_logger("service").info("snapshot live")
    text = capsys.readouterr().err
    assert "snapshot live" in text
    assert "\x1b[" not in text


def test_trace_ids_are_added_while_a_span_is_active(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    provider = TracerProvider(shutdown_on_exit=False)
    structlog.get_logger("service").info("before")
    with provider.get_tracer("test").start_as_current_span("work") as span:
        structlog.get_logger("service").info("within")
    provider.shutdown()
    before, within = lines(capsys)
    assert "trace_id" not in before
    assert within["trace_id"] == format(span.get_span_context().trace_id, "032x")
    assert within["span_id"] == format(span.get_span_context().span_id, "016x")


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "Authorization",
        "access_token",
        "client_secret",
        "PASSWORD",
        "signing_key",
        "x-api-key",
        "set-cookie",
    ],
)
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_values_of_secret_keys_are_redacted(
    capsys: pytest.CaptureFixture[str], key: str, log_format: LogFormat
) -> None:
    configure_logs("info", log_format)
    structlog.get_logger("service").info("call", **{key: "hunter2"}, request={"headers": [{key: "hunter2"}]})
    text = capsys.readouterr().err
    assert "hunter2" not in text
    assert "[redacted]" in text


@pytest.mark.parametrize("text", [f"Authorization: Bearer {JWT}", f"got {JWT} from", f"BEARER {'x' * 32}"])
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_tokens_in_texts_are_redacted(
    capsys: pytest.CaptureFixture[str], text: str, log_format: LogFormat
) -> None:
    configure_logs("info", log_format)
    structlog.get_logger("service").info(text, url=text, pair=(text, 1), raw=text.encode())
    logging.getLogger("foreign").warning("header %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger("service").exception("failed")
        logging.getLogger("foreign").exception("failed")
    written = capsys.readouterr().err
    assert text not in written
    assert JWT not in written
    assert "x" * 32 not in written
    assert written.count("ValueError") >= 2


def test_tracebacks_show_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    hidden = "hunter" + str(2)
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger("service").exception("failed")
    assert hidden not in capsys.readouterr().err


@pytest.mark.parametrize("key", ["token_type", "tokens_remembered", "secretary", "products"])
def test_values_of_harmless_keys_are_kept(capsys: pytest.CaptureFixture[str], key: str) -> None:
    configure_logs("info", "json")
    structlog.get_logger("service").info("bearer authentication is on", **{key: "kept"})
    (line,) = lines(capsys)
    assert line[key] == "kept"
    assert line["event"] == "bearer authentication is on"

"""Command line of the service: `python -m service --help`."""

import gc

if __name__ == "__main__":
    gc.disable()  # until everything is imported: collections would find nothing

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import structlog
import uvicorn
from litestar.types import ASGIApp
from pydantic import ValidationError

from adapters.database import DatabaseError, EventStore, open_engine
from adapters.database.migrations import HEAD
from adapters.database.migrations import migrate as apply_migrations
from adapters.snapshots import UnusableKey
from adapters.telemetry import MetricsPortTaken, TelemetryError
from adapters.telemetry.logs import configure_logs
from command_line.exit_codes import ExitCode
from command_line.help import command_help
from command_line.listening import PortTaken, bound_socket
from command_line.messages import ArgumentParser, print_errors, print_warnings
from command_line.setting_problems import setting_problems
from command_line.streams import print_lines, replace_closed_streams
from service.http.uvicorn_protocol import BoundedHttpProtocol
from service.settings import DatabaseSettings, ServiceSettings
from service.wiring import build_service
from service.wiring.clients import reject_unsupported_redis, report_missing_migration

if TYPE_CHECKING:
    from uvicorn._types import ASGIApplication

_SERVE_SETTINGS = (
    "issuers",
    "snapshot_root",
    "snapshot_signing_key_files",
    "catalog_url",
    "redis_url",
    "database_url",
    "listen_port",
    "management_port",
)
_CODES = (ExitCode.FAILED, ExitCode.WRONG_USAGE, ExitCode.INTERRUPTED)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    replace_closed_streams()
    serve_help = command_help(ServiceSettings, _SERVE_SETTINGS, *_CODES, ExitCode.PORT_TAKEN)
    database_help = command_help(DatabaseSettings, ("database_url",), *_CODES)
    parser = ArgumentParser(
        prog="python -m service",
        description="Serves recommendations over REST.",
        epilog=serve_help,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, summary: str, epilog: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    add("serve", "serve the API until stopped", serve_help).set_defaults(run=lambda _: serve())
    migrating = add("migrate", "create or upgrade the database's tables", database_help)
    migrating.set_defaults(run=lambda _: migrate())
    retaining = add("retain", "delete old views, carts, clicks and impressions", database_help)
    retaining.add_argument(
        "--days", type=_days, required=True, help="age in days from which they are deleted"
    )
    retaining.set_defaults(run=lambda parsed: retain(parsed.days))
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except KeyboardInterrupt:
        return _fail(ExitCode.INTERRUPTED, "interrupted, run the command again")


def serve() -> int:
    """Serves until SIGTERM or SIGINT, then finishes running requests."""
    try:
        settings = ServiceSettings()
        configure_logs(settings.log_level, settings.log_format, lossy=True)
        asyncio.run(reject_unsupported_redis(settings))
        service = build_service(settings)
        listening = bound_socket(settings.listen_host, settings.listen_port, "SERVICE_")
    except ValidationError as error:
        return _cannot_start(ExitCode.WRONG_USAGE, *setting_problems(error, ServiceSettings))
    except PortTaken as error:
        return _cannot_start(ExitCode.PORT_TAKEN, f"the service cannot start: {error}")
    except MetricsPortTaken as error:
        text = f"the service cannot start: SERVICE_MANAGEMENT_PORT: {error}"
        return _cannot_start(ExitCode.PORT_TAKEN, text)
    except UnusableKey as error:
        text = f"the service cannot start: SERVICE_SNAPSHOT_SIGNING_KEY_FILES: {error}"
        return _cannot_start(ExitCode.WRONG_USAGE, text)
    except (ValueError, TelemetryError) as error:
        return _cannot_start(ExitCode.WRONG_USAGE, f"the service cannot start: {error}")
    asyncio.run(report_missing_migration(settings))
    for sentence in ServiceSettings.unknown_variables():
        structlog.get_logger("service").warning("unknown setting", reason=sentence)
    service.api.openapi_schema.to_schema()  # The first reader would stop the event loop for 0.2 s.
    # What exists now lives as long as the process. Full collections would visit it and stop the event loop for 0.1 s.
    gc.collect()
    gc.freeze()
    # uvicorn raises these signals again after its graceful stop. That must not end the process with an error.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda number, frame: None)
    server = uvicorn.Server(_server_config(settings, service.app))
    with listening:
        server.run(sockets=[listening])
    return ExitCode.SUCCESS if server.started else ExitCode.FAILED


def _server_config(settings: ServiceSettings, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        cast("ASGIApplication", app),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=BoundedHttpProtocol,
        ws="none",
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def migrate() -> int:
    """Migrates the configured database and returns the exit code."""
    return _on_database(lambda url: asyncio.run(_migrate(url)))


def retain(days: float) -> int:
    """Deletes old views, carts, clicks and impressions, and returns the exit code."""
    return _on_database(lambda url: asyncio.run(_retain(url, days)))


async def _migrate(url: str) -> str:
    """Applies missing migrations and returns a summary.

    Raises:
        DatabaseError: the database failed.
    """
    engine = open_engine(url)
    try:
        applied = await apply_migrations(engine)
    finally:
        await engine.dispose()
    return (
        f"database migrated: {', '.join(applied)}" if applied else f"nothing to do: the database is at {HEAD}"
    )


async def _retain(url: str, days: float) -> str:
    """Deletes old events and returns a summary.

    Raises:
        DatabaseError: the database failed.
    """
    engine = open_engine(url)
    try:
        deleted = await EventStore(engine).purge(datetime.now(UTC) - timedelta(days=days))
    finally:
        await engine.dispose()
    return f"deleted {deleted:,} events that are older than {days:g} days"


def _on_database(work: Callable[[str], str]) -> int:
    """Runs `work` on the configured database and prints its summary or error."""
    print_warnings(*ServiceSettings.unknown_variables())
    try:
        print_lines(work(DatabaseSettings().database_url.get_secret_value()))
    except ValidationError as error:
        return _fail(ExitCode.WRONG_USAGE, *setting_problems(error, DatabaseSettings))
    except DatabaseError as error:
        return _fail(ExitCode.FAILED, f"SERVICE_DATABASE_URL: {error}")
    return ExitCode.SUCCESS


def _cannot_start(code: int, *lines: str) -> int:
    """Prints the errors, and misspelled variables, which may be their cause."""
    _fail(code, *lines)
    print_warnings(*ServiceSettings.unknown_variables())
    return code


def _fail(code: int, *lines: str) -> int:
    print_errors(*lines)
    return code


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0
    if not 0 < days < 36_525:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days above 0, such as 90")
    return days


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    # The first process of a container ignores SIGTERM unless it handles it. `serve` installs its own handler.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

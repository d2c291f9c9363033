"""Command line of the service: `python -m service --help`."""

import argparse
import asyncio
import gc
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
from adapters.setting_problems import setting_problems
from adapters.telemetry import MetricsPortTaken, TelemetryError
from service.http.listening import PortTaken, bound_socket
from service.http.uvicorn_protocol import BoundedHttpProtocol
from service.settings import DatabaseSettings, ServiceSettings
from service.wiring import build_service
from service.wiring.clients import reject_unsupported_redis, report_missing_migration

if TYPE_CHECKING:
    from uvicorn._types import ASGIApplication

_EPILOG = """\
Settings are environment variables with the prefix SERVICE_; the most important ones:
  SERVICE_ISSUERS                     trusted token issuers, a JSON list (required), such as
                                      [{"issuer": "https://id.example", "jwks_url": "https://id.example/jwks"}]
  SERVICE_SNAPSHOT_ROOT               folder of published snapshots              (./snapshots)
  SERVICE_SNAPSHOT_SIGNING_KEY_FILES  file with the key of snapshots, or a list  (snapshot.key)
  SERVICE_CATALOG_URL                 purchases and product changes              (http://127.0.0.1:8100)
  SERVICE_REDIS_URL                   cache shared by all pods                   (unset: one per pod)
  SERVICE_DATABASE_URL                events, preferences, erasures              (sqlite:///recommender.db)
All settings: docs/reference/configuration.md

Exit codes:
  0    success
  1    failure, such as a database that does not answer
  2    wrong arguments or settings
  4    the port is in use
  130  interrupted"""

_DATABASE_EPILOG = """\
The only setting is SERVICE_DATABASE_URL (sqlite:///recommender.db), such as
postgresql://recommender@db.example/recommender.
All settings: docs/reference/configuration.md
Exit codes: 0 success, 1 failure, 2 wrong arguments or settings, 130 interrupted"""

FAILED, WRONG_USAGE, PORT_TAKEN, INTERRUPTED = 1, 2, 4, 130


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Serves recommendations over REST.",
        epilog=_EPILOG,
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

    add("serve", "serve the API until stopped", _EPILOG).set_defaults(run=lambda _: serve())
    migrating = add("migrate", "create or upgrade the database's tables", _DATABASE_EPILOG)
    migrating.set_defaults(run=lambda _: migrate())
    retaining = add("retain", "delete old views, carts, clicks and impressions", _DATABASE_EPILOG)
    retaining.add_argument(
        "--days", type=_days, required=True, help="age in days from which they are deleted"
    )
    retaining.set_defaults(run=lambda parsed: retain(parsed.days))
    parsed = parser.parse_args(arguments)
    return int(parsed.run(parsed))


def serve() -> int:
    """Serves until SIGTERM or SIGINT, then finishes running requests."""
    try:
        settings = ServiceSettings()
        asyncio.run(reject_unsupported_redis(settings))
        app = build_service(settings).app
        listening = bound_socket(settings.listen_host, settings.listen_port)
    except ValidationError as error:
        unknown = ServiceSettings.unknown_variables()
        return _fail(WRONG_USAGE, *setting_problems(error, ServiceSettings), *unknown)
    except (PortTaken, MetricsPortTaken) as error:
        return _fail(PORT_TAKEN, f"the service cannot start: {error}")
    except (ValueError, TelemetryError) as error:
        return _fail(WRONG_USAGE, f"the service cannot start: {error}")
    asyncio.run(report_missing_migration(settings))
    for sentence in ServiceSettings.unknown_variables():
        structlog.get_logger("service").warning("unknown setting", reason=sentence)
    # What exists now lives as long as the process. Full collections would visit it and stop the event loop for 0.1 s.
    gc.collect()
    gc.freeze()
    # uvicorn raises these signals again after its graceful stop. That must not end the process with an error.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda number, frame: None)
    server = uvicorn.Server(_server_config(settings, app))
    with listening:
        server.run(sockets=[listening])
    return 0 if server.started else FAILED


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
    return f"applied {', '.join(applied)}" if applied else f"nothing to do: the database is at {HEAD}"


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
    for sentence in ServiceSettings.unknown_variables():
        print(sentence, file=sys.stderr)
    try:
        print(work(DatabaseSettings().database_url.get_secret_value()))
    except ValidationError as error:
        return _fail(WRONG_USAGE, *setting_problems(error, DatabaseSettings))
    except DatabaseError as error:
        return _fail(FAILED, f"SERVICE_DATABASE_URL: {error}")
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "interrupted, run the command again")
    return 0


def _fail(code: int, *lines: str) -> int:
    print(*lines, sep="\n", file=sys.stderr)
    return code


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < 36_525:
        raise argparse.ArgumentTypeError("must be a number of days above 0")
    return days


if __name__ == "__main__":
    # The first process of a container ignores SIGTERM unless it handles it. `serve` installs its own handler.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

"""Command line of the service: `python -m service --help`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import uvicorn
from pydantic import ValidationError

from adapters.database import DatabaseError, EventStore, open_engine
from adapters.database.migrations import HEAD
from adapters.database.migrations import migrate as apply_migrations
from adapters.telemetry import TelemetryError
from service.http.uvicorn_protocol import BoundedHttpProtocol
from service.settings import DatabaseSettings, ServiceSettings
from service.wiring import build_service

_EPILOG = """\
Settings are environment variables with the prefix SERVICE_; the ones that matter most:
  SERVICE_ISSUERS                     trusted token issuers, a JSON list (required), such as
                                      [{"issuer": "https://id.example", "jwks_url": "https://id.example/jwks"}]
  SERVICE_SNAPSHOT_ROOT               where the indexer publishes snapshots      (./snapshots)
  SERVICE_SNAPSHOT_SIGNING_KEY_FILES  keys that snapshots may be signed with     (["snapshot.key"])
  SERVICE_CATALOG_URL                 where purchases and changes are read       (http://127.0.0.1:8100)
  SERVICE_REDIS_URL                   cache that pods share                      (unset: each its own)
  SERVICE_DATABASE_URL                events, preferences, erasures              (sqlite:///recommender.db)
All of them: docs/reference/configuration.md"""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Answers REST calls for recommendations from the live snapshot.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="serve the API until stopped").set_defaults(run=lambda _: serve())
    migrating = commands.add_parser("migrate", help="bring the database to this version's tables")
    migrating.set_defaults(run=lambda _: migrate())
    retaining = commands.add_parser("retain", help="delete events that are older than a number of days")
    retaining.add_argument("--days", type=_days, required=True, help="age from which on events are deleted")
    retaining.set_defaults(run=lambda parsed: retain(parsed.days))
    parsed = parser.parse_args(arguments)
    return int(parsed.run(parsed))


def migrate() -> int:
    """Brings the database to this version's tables; the exit code."""
    return _on_database(lambda url: asyncio.run(_migrate(url)))


def retain(days: float) -> int:
    """Deletes events that happened more than `days` days ago; the exit code."""
    return _on_database(lambda url: asyncio.run(_retain(url, days)))


async def _migrate(url: str) -> str:
    """Applies the migrations that the database at `url` lacks; says which.

    Raises:
        ValueError: `url` is no database's address.
        DatabaseError: the database does not do its work.
    """
    engine = open_engine(url)
    try:
        applied = await apply_migrations(engine)
    finally:
        await engine.dispose()
    return f"applied {', '.join(applied)}" if applied else f"nothing to do: the database is at {HEAD}"


async def _retain(url: str, days: float) -> str:
    """Deletes events that happened more than `days` days ago; says how many. Raises as `migrate` does."""
    engine = open_engine(url)
    try:
        deleted = await EventStore(engine).purge(datetime.now(UTC) - timedelta(days=days))
    finally:
        await engine.dispose()
    return f"deleted {deleted:,} events that are older than {days:g} days"


def _on_database(work: Callable[[str], str]) -> int:
    """Prints what `work` did with the configured database, or why it could not."""
    try:
        print(work(DatabaseSettings().database_url.get_secret_value()))
    except (ValueError, DatabaseError) as error:
        print(f"SERVICE_DATABASE_URL: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped before its end; run it again", file=sys.stderr)
        return 130
    return 0


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < 36_525:
        raise argparse.ArgumentTypeError("a number of days, more than 0")
    return days


def serve() -> int:
    """Serves until SIGTERM or SIGINT, then lets running requests end."""
    try:
        settings = ServiceSettings()
        app = build_service(settings).app
    except ValidationError as error:
        for problem in error.errors():
            name = "SERVICE_" + "_".join(map(str, problem["loc"])).upper()
            print(f"{name}: {problem['msg']}", file=sys.stderr)
        return 2
    except (ValueError, TelemetryError) as error:
        print(f"the service cannot start: {error}", file=sys.stderr)
        return 2
    # The server ends gracefully on these, and then raises them once more: that must not look like a crash.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda number, frame: None)
    uvicorn.run(
        app,
        host=settings.listen_host,
        port=settings.listen_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=BoundedHttpProtocol,
        ws="none",
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    return 0


if __name__ == "__main__":
    # A container's first process is told to end by a signal that it must handle; serving does so in its own way.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

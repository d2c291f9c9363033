"""Command line of the service: `python -m service --help`."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import uvicorn
from pydantic import ValidationError

from adapters.database import DatabaseError, EventStore, open_engine
from adapters.database.migrations import HEAD
from adapters.database.migrations import migrate as apply_migrations
from adapters.settings import setting_problems
from adapters.telemetry import TelemetryError
from service.http.uvicorn_protocol import BoundedHttpProtocol
from service.settings import DatabaseSettings, ServiceSettings
from service.wiring import build_service
from service.wiring.clients import reject_unsupported_redis

_EPILOG = """\
Settings are environment variables with the prefix SERVICE_; the most important ones:
  SERVICE_ISSUERS                     trusted token issuers, a JSON list (required), such as
                                      [{"issuer": "https://id.example", "jwks_url": "https://id.example/jwks"}]
  SERVICE_SNAPSHOT_ROOT               folder of published snapshots              (./snapshots)
  SERVICE_SNAPSHOT_SIGNING_KEY_FILES  files with the keys of snapshots           (["snapshot.key"])
  SERVICE_CATALOG_URL                 purchases and product changes              (http://127.0.0.1:8100)
  SERVICE_REDIS_URL                   cache shared by all pods                   (unset: one per pod)
  SERVICE_DATABASE_URL                events, preferences, erasures              (sqlite:///recommender.db)
All settings: docs/reference/configuration.md"""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Serves recommendations over REST.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="serve the API until stopped").set_defaults(run=lambda _: serve())
    migrating = commands.add_parser("migrate", help="create or upgrade the database's tables")
    migrating.set_defaults(run=lambda _: migrate())
    retaining = commands.add_parser("retain", help="delete old views, carts, clicks and impressions")
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
    except ValidationError as error:
        print(*setting_problems(error, "SERVICE_"), sep="\n", file=sys.stderr)
        return 2
    except (ValueError, TelemetryError) as error:
        print(f"the service cannot start: {error}", file=sys.stderr)
        return 2
    # What exists now lives as long as the process. Full collections would visit it and stop the event loop for 0.1 s.
    gc.collect()
    gc.freeze()
    # uvicorn raises these signals again after its graceful stop. That must not end the process with an error.
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
    try:
        print(work(DatabaseSettings().database_url.get_secret_value()))
    except ValidationError as error:
        print(*setting_problems(error, "SERVICE_"), sep="\n", file=sys.stderr)
        return 2
    except DatabaseError as error:
        print(f"SERVICE_DATABASE_URL: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted, run the command again", file=sys.stderr)
        return 130
    return 0


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < 36_525:
        raise argparse.ArgumentTypeError("must be a number of days above 0")
    return days


if __name__ == "__main__":
    # The first process of a container ignores SIGTERM unless it handles it. `serve` installs its own handler.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

"""Command line of the service: `python -m service --help`."""

import argparse
import signal
import sys

import uvicorn
from pydantic import ValidationError

from adapters.telemetry import TelemetryError
from service.asgi import from_settings
from service.settings import ServiceSettings

_EPILOG = """\
Settings are environment variables with the prefix SERVICE_; the ones that matter most:
  SERVICE_ISSUERS                     trusted token issuers, a JSON list (required), such as
                                      [{"issuer": "https://id.example", "jwks_url": "https://id.example/jwks"}]
  SERVICE_SNAPSHOT_ROOT               where the indexer publishes snapshots      (./snapshots)
  SERVICE_SNAPSHOT_SIGNING_KEY_FILES  keys that snapshots may be signed with     (["snapshot.key"])
  SERVICE_CATALOG_URL                 where purchases and changes are read       (http://127.0.0.1:8100)
  SERVICE_REDIS_URL                   cache that pods share                      (unset: each its own)
All of them: docs/reference/configuration.md"""

_LARGEST_HEADERS = 32 * 1024


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Answers REST calls for recommendations from the live snapshot.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="serve the API until stopped")
    parser.parse_args(arguments)
    return serve()


def serve() -> int:
    """Serves until SIGTERM or SIGINT, then lets running requests end."""
    try:
        settings = ServiceSettings()
        app = from_settings(settings)
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
        h11_max_incomplete_event_size=_LARGEST_HEADERS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

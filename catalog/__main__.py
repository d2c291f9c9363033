"""Command line: `python -m catalog load …` and `python -m catalog serve`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import uvicorn
from pydantic import ValidationError

from catalog.app import create_app
from catalog.errors import BadInput, CatalogError
from catalog.logs import configure_logging
from catalog.settings import CatalogSettings

_OK, _FAILED, _BAD_INPUT = 0, 1, 2

_LOAD_HELP = """\
Loads products, purchases and users from Parquet or CSV files (CSV: UTF-8, comma-separated, with a header).
At least one file is required. Without a products file, products are created from the product ids of the purchases
file and from its columns title, description, category, brand and price, if present.

Columns, in any order. Columns with * are required. Unknown columns are ignored with a notice.
  products   id*, title*, description, category ("Pantry > Pasta"), brand, price, currency, in_stock,
             image_url, created_at, attributes (a JSON object, or a struct or map)
  purchases  user_id*, product_id*, purchased_at*, quantity, unit_price, order_id, id
  users      id*, preferences (a JSON object, or a struct), created_at, locale
Times are timestamps or RFC 3339 texts. Times without a time zone are UTC.

Existing rows are updated by id, so a file can be loaded again. A load is atomic: if any value is invalid, nothing
changes and the error names file, row and column."""

_SETTINGS_HELP = (
    "Settings are environment variables: CATALOG_DATABASE_URL (default sqlite+aiosqlite:///catalog.db), "
    "CATALOG_LISTEN_HOST, CATALOG_LISTEN_PORT, CATALOG_ISSUER and more. docs/reference/configuration.md lists all."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code.

    The code is 0 for success, 2 for invalid input or settings and 1 for other failures.
    """
    parsed = _parser().parse_args(arguments)
    try:
        settings = CatalogSettings()
    except ValidationError as error:
        return _fail(_settings_problems(error), _BAD_INPUT)
    configure_logging(settings.log_level, settings.log_format)
    try:
        if parsed.command == "load":
            return _load(settings, parsed)
        return _serve(settings)
    except BadInput as error:
        return _fail(str(error), _BAD_INPUT)
    except CatalogError as error:
        return _fail(str(error), _FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted, nothing was changed", _FAILED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m catalog", description="The reference catalog.", epilog=_SETTINGS_HELP
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="load | serve")
    loading = commands.add_parser(
        "load",
        help="load products, purchases and users from files",
        description=_LOAD_HELP,
        epilog=_SETTINGS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for kind in ("products", "purchases", "users"):
        loading.add_argument(f"--{kind}", type=Path, metavar="FILE", help=f"Parquet or CSV file with {kind}")
    commands.add_parser(
        "serve",
        help="serve the HTTP API",
        description="Serves the catalog's HTTP API (docs/reference/catalog-openapi.yaml) until SIGTERM or SIGINT. "
        "Requests in progress are completed.",
        epilog=_SETTINGS_HELP,
    )
    return parser


def _load(settings: CatalogSettings, parsed: argparse.Namespace) -> int:
    # Not at the top: `serve` needs neither pandas nor pyarrow, a quarter of its start.
    from catalog.loading.load import Files, load
    from catalog.loading.progress import progress_on

    files = Files(parsed.products, parsed.purchases, parsed.users)
    if not files.any_given:
        return _fail("specify at least one file: --products, --purchases or --users", _BAD_INPUT)
    summary = asyncio.run(load(settings.database_url, files, progress_on(sys.stderr)))
    for line in summary.lines():
        print(line)
    return _OK


def _serve(settings: CatalogSettings) -> int:
    config = uvicorn.Config(
        create_app(settings),
        host=settings.listen_host,
        port=settings.listen_port,
        # The faster parser skips the body of a request with `Upgrade` and reads it as the next request.
        http="h11",
        ws="none",
        # The access log would show URLs, which contain user ids.
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    # The server completes its requests and then raises the signal again for the previous handler, which ignores it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignore_signal)
    server = uvicorn.Server(config)
    try:
        server.run()
    except SystemExit:
        return _FAILED
    return _OK if server.started else _FAILED


def _ignore_signal(_number: int, _frame: FrameType | None) -> None:
    return


def _settings_problems(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_input=False):
        name = "_".join(str(part) for part in problem["loc"]).upper()
        parts.append(f"CATALOG_{name}: {problem['msg']}" if name else problem["msg"])
    return "\n".join(parts)


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())

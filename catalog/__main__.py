"""Command line: `python -m catalog inspect …`, `load …` and `serve`."""

import gc

if __name__ == "__main__":
    gc.disable()  # until everything is imported: collections would find nothing

import argparse
import asyncio
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import FrameType

import structlog
from pydantic import ValidationError

from catalog.errors import CatalogError, StorageBusy, StorageError
from catalog.settings import CatalogSettings
from catalog.telemetry.logs import configure_logging
from command_line.exit_codes import ExitCode
from command_line.help import command_help
from command_line.listening import CannotListen, PortTaken, bound_socket
from command_line.messages import ArgumentParser, print_errors, print_warnings
from command_line.setting_problems import setting_problems
from command_line.streams import print_lines, replace_closed_streams

_FILES_HELP = """\
Files are CSV with any separator and encoding, Excel, OpenDocument, tables of HTML, JSON, JSON lines, XML or Parquet,
also compressed (gz, bz2, xz) or in archives (zip, tar), a folder of them, or - for standard input. A file of purchases
alone is enough. Files of orders, products and users are joined by their ids. Columns are recognized by their names and
values (docs/guides/your-data.md)."""

_INSPECT_HELP = f"""\
Prints what is recognized in files and which rows would be left out, and loads nothing.

{_FILES_HELP}"""

_LOAD_HELP = f"""\
Loads products, purchases and users from files, and prints first what was recognized and which rows are left out.

{_FILES_HELP}

Existing rows are updated by id, so a file can be loaded again. A load is atomic: it changes everything or nothing."""

_CODES = (ExitCode.FAILED, ExitCode.WRONG_USAGE)
_READING_SETTINGS = ("database_url", "database_timeout_seconds", "log_format")
_SERVE_SETTINGS = ("database_url", "listen_host", "listen_port", "issuer", "jwks_url")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    replace_closed_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    parsed = _parser(reads_files=given[:1] != ["serve"]).parse_args(given)
    try:
        settings = CatalogSettings()
    except ValidationError as error:
        print_errors(*setting_problems(error, CatalogSettings))
        print_warnings(*CatalogSettings.unknown_variables())
        return ExitCode.WRONG_USAGE
    configure_logging(settings.log_level, settings.log_format)
    try:
        if parsed.command == "serve":
            for sentence in CatalogSettings.unknown_variables():
                structlog.get_logger("catalog").warning("unknown setting", reason=sentence)
            return _serve(settings)
        print_warnings(*CatalogSettings.unknown_variables())
        typed = sys.orig_argv if arguments is None else ["python", "-m", "catalog", *given]
        return _read(settings, parsed, shlex.join(typed))
    except CatalogError as error:
        where = "CATALOG_DATABASE_URL: " if isinstance(error, StorageError) else ""
        return _fail(f"{where}{error}", ExitCode.FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted, nothing was changed", ExitCode.INTERRUPTED)


def _parser(*, reads_files: bool) -> argparse.ArgumentParser:
    parser = ArgumentParser(
        prog="python -m catalog",
        description="The reference catalog.",
        epilog=command_help(
            CatalogSettings, _SERVE_SETTINGS, *_CODES, ExitCode.PORT_TAKEN, ExitCode.INTERRUPTED
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    if reads_files:
        _add_reading_commands(commands)
    commands.add_parser(
        "serve",
        help="serve the HTTP API",
        description="Serves the catalog's HTTP API (docs/reference/catalog-openapi.yaml) until SIGTERM or SIGINT.\n"
        "Requests in progress are completed.",
        epilog=command_help(CatalogSettings, _SERVE_SETTINGS, *_CODES, ExitCode.PORT_TAKEN),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _add_reading_commands(commands: "argparse._SubParsersAction[ArgumentParser]") -> None:
    # Not at the top: `serve` reads no files.
    from purchase_files.arguments import add_reading_arguments, source

    for name, help_, description in (
        ("inspect", "print what is recognized in files, and load nothing", _INSPECT_HELP),
        ("load", "load products, purchases and users from files", _LOAD_HELP),
    ):
        reading = commands.add_parser(
            name,
            help=help_,
            description=description,
            epilog=command_help(CatalogSettings, _READING_SETTINGS, *_CODES, ExitCode.INTERRUPTED),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        reading.add_argument(
            "files", nargs="*", type=source, metavar="FILE", help="files and folders, - for standard input"
        )
        for kind in ("products", "purchases", "users"):
            reading.add_argument(
                f"--{kind}", type=source, metavar="FILE", help=f"the same as FILE, for {kind}"
            )
        reading.add_argument("--run-as", help=argparse.SUPPRESS)
        if name == "load":
            reading.add_argument(
                "--demo-dates",
                action="store_true",
                help="for demonstrations: move all dates by whole days, so that the last purchase was yesterday",
            )
        add_reading_arguments(reading)


def _read(settings: CatalogSettings, parsed: argparse.Namespace, command_line: str) -> int:
    """Prints what was recognized in files, and loads them with `load`."""
    # Not at the top: `serve` needs none of these, a quarter of its start.
    from catalog.loading.progress import progress_on
    from purchase_files import RefusedFile, open_purchases
    from purchase_files.arguments import reading_options, refused
    from purchase_files.options import Role
    from purchase_files.rendering import preview_lines, repeated_lines, width_of

    files = [*parsed.files, *(file for file in (parsed.products, parsed.purchases, parsed.users) if file)]
    if not files:
        return _fail("specify at least one file", ExitCode.WRONG_USAGE)
    roles: dict[str, Role] = {str(parsed.products): "products", str(parsed.users): "users"}
    progress = progress_on(sys.stderr)
    try:
        options = replace(reading_options(parsed), roles=roles)
        with open_purchases(files, options, progress.step) as data:
            width = width_of(sys.stdout)
            print_lines(*preview_lines(data.preview, width))
            if parsed.command == "inspect":
                print_lines(*repeated_lines(data.repeated(), width))
                return ExitCode.SUCCESS
            from catalog.loading.load import load  # `inspect` needs no database.

            summary = asyncio.run(load(settings.database_url, data, progress, demo_dates=parsed.demo_dates))
    except RefusedFile as refusal:
        return _fail(refused(refusal, parsed.run_as or command_line), ExitCode.WRONG_USAGE)
    print_lines("", *summary.lines())
    return ExitCode.SUCCESS


def _serve(settings: CatalogSettings) -> int:
    # Not at the top: `inspect` and `load` serve nothing, a quarter of their start.
    import uvicorn

    from catalog.app import create_app

    asyncio.run(_check_database(settings))
    config = uvicorn.Config(
        create_app(settings),
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
    try:
        listening = bound_socket(settings.listen_host, settings.listen_port, "CATALOG_")
    except (PortTaken, CannotListen) as error:
        code = ExitCode.PORT_TAKEN if isinstance(error, PortTaken) else ExitCode.WRONG_USAGE
        return _fail(f"the catalog cannot start: {error}", code)
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    return ExitCode.SUCCESS if server.started else ExitCode.FAILED


async def _check_database(settings: CatalogSettings) -> None:
    """Fails at the start rather than in each request.

    A database that a load has locked is usable.

    Raises:
        StorageError: database not usable.
    """
    from catalog.database import Database

    database = Database(settings.database_url, timeout_seconds=settings.database_timeout_seconds)
    try:
        with suppress(StorageBusy):
            await database.check()
    finally:
        await database.close()


def _ignore_signal(_number: int, _frame: FrameType | None) -> None:
    return


def _fail(message: str, code: int) -> int:
    print_errors(message)
    return code


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    sys.exit(main())

"""Command line of the indexer: `python -m indexer --help`."""

import gc

if __name__ == "__main__":
    gc.disable()  # until everything is imported: collections would find nothing

import argparse
import shlex
import signal
import sys
from collections.abc import Callable
from functools import partial

import structlog
from opentelemetry.trace import Status, StatusCode
from pydantic import ValidationError

from adapters.catalog import CatalogError
from adapters.database import DatabaseError
from adapters.snapshots import SnapshotError, SnapshotNotWritable, SnapshotUnreachable, UnusableKey
from adapters.telemetry import MetricsPortTaken, Telemetry, TelemetryError
from adapters.urls import without_secrets
from command_line.exit_codes import ExitCode
from command_line.help import command_help
from command_line.messages import ArgumentParser, print_errors, print_warnings
from command_line.setting_problems import setting_problems
from command_line.streams import replace_closed_streams
from command_line.wrong_input import WrongInput
from indexer import __version__
from indexer.build.pipeline import EmptyCatalog
from indexer.build.quality_gate import QualityGateFailed
from indexer.commands import build, check_catalog, evaluate, refresh, snapshots, tune
from indexer.embedding.cache_files import CacheNotWritable
from indexer.embedding.encoder import ModelUnavailable
from indexer.evaluation.dataset import InsufficientData
from indexer.settings import IndexerSettings
from indexer.wiring.connections import open_telemetry
from purchase_files import RefusedFile
from purchase_files.arguments import refused

EXPECTED_FAILURES = (
    CatalogError,
    DatabaseError,
    SnapshotError,
    EmptyCatalog,
    InsufficientData,
    CacheNotWritable,
    ModelUnavailable,
    ArithmeticError,
    OSError,
    ValueError,
)
_CATALOG_SETTINGS = (
    "catalog_url",
    "catalog_token_url",
    "catalog_client_id",
    "catalog_client_secret",
    "catalog_audience",
)
_EVALUATION_SETTINGS = ("catalog_url", "embedding_model", "embedding_cache", "database_url")
_SNAPSHOT_SETTINGS = ("snapshot_root", "snapshot_url", "snapshot_signing_key_file")
_BUILD_SETTINGS = ("catalog_url", *_SNAPSHOT_SETTINGS, "embedding_model", "embedding_cache", "database_url")


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    replace_closed_streams()
    typed = shlex.join(sys.orig_argv) if arguments is None else command_line(arguments)
    options = _parser().parse_args(arguments, argparse.Namespace(command_line=typed))
    try:
        settings = IndexerSettings()
    except ValidationError as error:
        print_errors(*setting_problems(error, IndexerSettings))
        print_warnings(*IndexerSettings.unknown_variables())
        return ExitCode.WRONG_USAGE
    try:
        telemetry = open_telemetry(settings, __version__)
    except TelemetryError as error:
        taken = isinstance(error, MetricsPortTaken)
        print_errors(f"INDEXER_METRICS_PORT: {error}" if taken else str(error))
        print_warnings(*IndexerSettings.unknown_variables())
        return ExitCode.PORT_TAKEN if taken else ExitCode.WRONG_USAGE
    for sentence in IndexerSettings.unknown_variables():
        structlog.get_logger("indexer").warning("unknown setting", reason=sentence)
    try:
        with telemetry.tracer.start_as_current_span(
            f"indexer {options.command_name}", record_exception=False, set_status_on_exception=False
        ) as span:
            code = _run(options, settings, telemetry)
            if code:
                span.set_status(Status(StatusCode.ERROR))
            return code
    finally:
        telemetry.close()


def _run(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> int:
    log = structlog.get_logger("indexer")
    command: Callable[[argparse.Namespace, IndexerSettings, Telemetry], None] = options.command
    try:
        command(options, settings, telemetry)
    except RefusedFile as refusal:
        print_errors(without_secrets(refused(refusal, options.command_line)))
        return ExitCode.WRONG_USAGE
    except QualityGateFailed:
        return ExitCode.NOT_PUBLISHED
    except EXPECTED_FAILURES as error:
        code, reason = _code(error), _reason(error, settings)
        if code == ExitCode.WRONG_USAGE:
            print_errors(without_secrets(reason))
        else:
            log.error("command failed", command=options.command_name, reason=reason)
        return code
    except KeyboardInterrupt:
        reason = "interrupted; nothing was published"
        log.error("command interrupted", command=options.command_name, reason=reason)
        return ExitCode.INTERRUPTED
    return ExitCode.SUCCESS


def _reason(error: Exception, settings: IndexerSettings) -> str:
    """The message, after the variable that says where the failure is."""
    # A full local folder of the bucket's snapshots is at the root, too.
    is_of_bucket = settings.snapshot_url is not None and settings.snapshot_url in str(error)
    variables = {
        CatalogError: "INDEXER_CATALOG_URL",
        DatabaseError: "INDEXER_DATABASE_URL",
        CacheNotWritable: "INDEXER_EMBEDDING_CACHE",
        UnusableKey: "INDEXER_SNAPSHOT_SIGNING_KEY_FILE",
        SnapshotNotWritable: "INDEXER_SNAPSHOT_URL" if is_of_bucket else "INDEXER_SNAPSHOT_ROOT",
        SnapshotUnreachable: "INDEXER_SNAPSHOT_URL" if settings.snapshot_url else "INDEXER_SNAPSHOT_ROOT",
    }
    variable = next((variables[kind] for kind in type(error).__mro__ if kind in variables), None)
    return str(error) if variable is None else f"{variable}: {error}"


def _code(error: Exception) -> ExitCode:
    if isinstance(error, ModelUnavailable):
        return ExitCode.NO_MODEL
    return ExitCode.WRONG_USAGE if isinstance(error, UnusableKey | WrongInput) else ExitCode.FAILED


def command_line(arguments: list[str]) -> str:
    """Returns the command as it is typed."""
    return shlex.join(["python", "-m", "indexer", *arguments])


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(
        prog="python -m indexer",
        description="Reads the catalog, trains the recommendation model and publishes snapshots for the "
        "recommendation service.",
        epilog=_help(_BUILD_SETTINGS, ExitCode.NOT_PUBLISHED, ExitCode.NO_MODEL),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, dest="command_name", metavar="COMMAND")

    def add(
        epilog: str, name: str, command: Callable[..., None], summary: str, details: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}. {details}",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=command)
        return sub

    for family in (build, refresh):
        family.add_commands(partial(add, _help(_BUILD_SETTINGS, ExitCode.NOT_PUBLISHED, ExitCode.NO_MODEL)))
    check_catalog.add_commands(partial(add, _help(_CATALOG_SETTINGS)))
    for family in (evaluate, tune):
        family.add_commands(partial(add, _help(_EVALUATION_SETTINGS, ExitCode.NO_MODEL)))
    snapshots.add_commands(partial(add, _help(_SNAPSHOT_SETTINGS)))
    return parser


def _help(settings: tuple[str, ...], *codes: ExitCode) -> str:
    """The end of a command's help. `codes` are those that not every command has."""
    every = (ExitCode.FAILED, ExitCode.WRONG_USAGE, ExitCode.PORT_TAKEN, ExitCode.INTERRUPTED)
    return command_help(IndexerSettings, settings, *every, *codes)


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    # The first process of a container ignores SIGTERM without a handler, and is killed after the grace period.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

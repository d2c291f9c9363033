"""Command line of the demo: `python -m demo --help`."""

import gc

if __name__ == "__main__":
    gc.disable()  # until everything is imported: collections would find nothing

import argparse
import sys
from pathlib import Path

from command_line.exit_codes import ExitCode, exit_codes_help
from command_line.messages import ArgumentParser, print_errors
from demo.complete_journey import DataMissing
from demo.data_sets import DataSet, FilesRefused, InputFiles, complete_journey_data, own_data, paths_in
from demo.processes import ProcessFailed, StopRequested
from demo.run import rebuild, run_demo
from demo.shop import UnexpectedAnswer
from demo.showcase import demo_console
from demo.state import DemoFolder, DemoRunning, NoDemoRunning
from demo.tokens import SHOPPER_SCOPE, TokenRefused, UnknownScope, check_scopes, fetch_token

FOLDER = Path(".demo")
READING_OPTIONS = ("--map", "--dates", "--timezone", "--where", "--bad-rows", "--hash-users")
EXPECTED_FAILURES = (
    DataMissing, DemoRunning, FilesRefused, NoDemoRunning, ProcessFailed, TokenRefused, UnexpectedAnswer, UnknownScope,
)  # fmt: skip

_EPILOG = """\
The demo has no settings of its own: it starts catalog, issuer, indexer and service with settings that fit together,
on ports from 8000, 8100, 8200 and 9000 on, and keeps its files in .demo. Settings of these programs in the
environment (docs/reference/configuration.md), such as SERVICE_IN_STOCK_BY_DEFAULT, hold for the demo, too."""
_CODES = (ExitCode.FAILED, ExitCode.WRONG_USAGE)
_RUN_CODES = (*_CODES, ExitCode.NO_MODEL)
_BUILD_CODES = (*_CODES, ExitCode.NOT_PUBLISHED, ExitCode.NO_MODEL)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "token":
            return _token(options)
        if options.command == "rebuild":
            return rebuild(DemoFolder(FOLDER).running())
        return _run(options)
    except EXPECTED_FAILURES as failure:
        print_errors(str(failure))
        if isinstance(failure, ProcessFailed):
            return failure.exit_code
        return ExitCode.WRONG_USAGE if isinstance(failure, FilesRefused | UnknownScope) else ExitCode.FAILED


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(
        prog="python -m demo",
        description="Runs the whole stack on this machine.",
        epilog=f"{_EPILOG}\n\n{exit_codes_help(*_RUN_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, summary: str, *codes: ExitCode) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"{_EPILOG}\n\n{exit_codes_help(*codes)}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    run = add("run", "load, build, serve and print recommendations, until Ctrl-C", *_RUN_CODES)
    run.add_argument(
        "--purchases", default="", metavar="FILE", help="your own purchases, in one file or several"
    )
    run.add_argument("--products", default="", metavar="FILE", help="your own products, with --purchases")
    run.add_argument("--users", default="", metavar="FILE", help="your own users, with --purchases")
    for option in READING_OPTIONS:
        run.add_argument(option, default="", metavar="VALUE", help="see python -m catalog load --help")
    token = add("token", "print an access token from the running demo", *_CODES)
    token.add_argument("--subject", default="", metavar="USER", help="the shopper who gets the token")
    token.add_argument("--scope", default="", help=f"scopes of the token (default: {SHOPPER_SCOPE})")
    add(
        "rebuild",
        "build and measure another snapshot of the running demo, which serves it at once",
        *_BUILD_CODES,
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    data = _data_set(options)
    try:
        run_demo(demo_console(), FOLDER, data)
    except StopRequested as stop:
        print(f"\nStopped ({stop}); every process of the demo has ended.")
    return ExitCode.SUCCESS


def _data_set(options: argparse.Namespace) -> DataSet:
    given = {name: getattr(options, name[2:].replace("-", "_")) for name in READING_OPTIONS}
    named = {"PURCHASES": options.purchases, "PRODUCTS": options.products, "USERS": options.users}
    variables = named | {name[2:].replace("-", "_").upper(): value for name, value in given.items()}
    if not options.purchases:
        alone = [f"{name}=" for name, value in variables.items() if value]
        if alone:
            verb = "needs" if len(alone) == 1 else "need"
            raise FilesRefused(
                f"{' and '.join(alone)} {verb} PURCHASES=file too: the demo's own purchases are read as they are."
            )
        return complete_journey_data()
    return own_data(
        InputFiles(
            paths_in(options.purchases),
            Path(options.products) if options.products else None,
            Path(options.users) if options.users else None,
            tuple((name, value) for name, value in given.items() if value),
            ("make", "demo", *(f"{name}={value}" for name, value in variables.items() if value)),
        )
    )


def _token(options: argparse.Namespace) -> int:
    if not options.subject and not options.scope:
        print_errors(
            'name a shopper or a scope: make token SUB=<user id>, or make token SCOPE="recommendations:read.any"'
        )
        return ExitCode.WRONG_USAGE
    running = DemoFolder(FOLDER).running()
    check_scopes(running, options.scope)
    print(fetch_token(running, subject=options.subject or None, scope=options.scope or SHOPPER_SCOPE))
    return ExitCode.SUCCESS


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    sys.exit(main())

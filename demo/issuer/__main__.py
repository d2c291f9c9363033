"""Command line of the development issuer: `python -m demo.issuer serve`."""

import gc

if __name__ == "__main__":
    gc.disable()  # until everything is imported: collections would find nothing

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress

import uvicorn
from pydantic import ValidationError

from command_line.exit_codes import ExitCode
from command_line.help import command_help
from command_line.listening import CannotListen, PortTaken, bound_socket
from command_line.messages import ArgumentParser, print_errors, print_warnings
from command_line.setting_problems import setting_problems
from demo.issuer.app import create_app
from demo.issuer.guard import NotALocalStack, check_local_stack
from demo.issuer.settings import IssuerSettings
from demo.issuer.state import StateError

_SETTINGS = ("listen_host", "listen_port", "url", "state_dir", "client_id", "client_secret", "local_stack")
_CODES = (ExitCode.FAILED, ExitCode.WRONG_USAGE, ExitCode.PORT_TAKEN)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    _parse(arguments)
    print_warnings(*IssuerSettings.unknown_variables())
    try:
        settings = IssuerSettings()
        check_local_stack(settings)
        app = create_app(settings)
    except ValidationError as error:
        return _refuse(*setting_problems(error, IssuerSettings))
    except NotALocalStack as error:
        return _refuse(str(error))
    except StateError as error:
        return _refuse(f"ISSUER_STATE_DIR: {error}")
    try:
        listening = bound_socket(settings.listen_host, settings.listen_port, "ISSUER_")
    except (PortTaken, CannotListen) as error:
        print_errors(f"the issuer cannot start: {error}")
        return ExitCode.PORT_TAKEN if isinstance(error, PortTaken) else ExitCode.WRONG_USAGE
    config = uvicorn.Config(
        app,
        # The faster parser skips the body of a request with `Upgrade` and reads it as the next request.
        http="h11",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    return ExitCode.SUCCESS if server.started else ExitCode.FAILED


def _parse(arguments: Sequence[str] | None) -> None:
    parser = ArgumentParser(
        prog="python -m demo.issuer",
        description="A token issuer for local development.",
        epilog=command_help(IssuerSettings, _SETTINGS, *_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "serve",
        help="serve metadata, keys and tokens until interrupted",
        description="Serves metadata, keys and tokens until interrupted.",
        epilog=parser.epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)


def _refuse(*reasons: str) -> int:
    print_errors(*reasons)
    return ExitCode.WRONG_USAGE


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    sys.exit(main())

"""Command line of the development issuer: `python -m demo.issuer serve`."""

import gc

if __name__ == "__main__":
    gc.disable()  # until everything is imported: collections would find nothing

import argparse
import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

import uvicorn
from pydantic import ValidationError

from command_line.exit_codes import ExitCode
from command_line.help import command_help
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
    unknown = IssuerSettings.unknown_variables()
    try:
        settings = IssuerSettings()
        check_local_stack(settings)
        app = create_app(settings)
    except ValidationError as error:
        return _refuse(*setting_problems(error, IssuerSettings), *unknown)
    except NotALocalStack as error:
        return _refuse(str(error))
    except StateError as error:
        return _refuse(f"ISSUER_STATE_DIR: {error}")
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    try:
        listening = socket.create_server((settings.listen_host, settings.listen_port), family=family)
    except OSError as error:
        address = f"{settings.listen_host}:{settings.listen_port}"
        _refuse(f"ISSUER_LISTEN_HOST, ISSUER_LISTEN_PORT: cannot listen on {address}: {error.strerror}")
        return ExitCode.PORT_TAKEN if error.errno == errno.EADDRINUSE else ExitCode.WRONG_USAGE
    for sentence in unknown:
        print(f"issuer: {sentence}", file=sys.stderr)
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
    parser = argparse.ArgumentParser(
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
    for reason in reasons:
        print(f"issuer: {reason}", file=sys.stderr)
    return ExitCode.WRONG_USAGE


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    sys.exit(main())

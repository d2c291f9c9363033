"""Command line of the development issuer: `python -m demo.issuer serve`."""

import argparse
import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

import uvicorn
from pydantic import ValidationError

from demo.issuer.app import create_app
from demo.issuer.guard import NotALocalStack, check_local_stack
from demo.issuer.settings import IssuerSettings
from demo.issuer.state import StateError

FAILED, REFUSED, PORT_TAKEN = 1, 2, 4
"""Exit codes of a failure, when the issuer cannot start with its settings, and when its port is in use."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.issuer",
        description="A token issuer for local development. Settings are environment variables: ISSUER_LISTEN_PORT "
        "(default 8200), ISSUER_CLIENT_SECRET (default: generated) and more. All: docs/reference/configuration.md.",
        epilog="Exit codes: 0 success, 1 failure, 2 wrong arguments or settings, 4 the port is in use.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve metadata, keys and tokens until interrupted")
    parser.parse_args(arguments)
    try:
        settings = IssuerSettings()
        check_local_stack(settings)
        app = create_app(settings)
    except ValidationError as error:
        return _refuse(_readable(error))
    except (NotALocalStack, StateError) as error:
        return _refuse(str(error))
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    try:
        listening = socket.create_server((settings.listen_host, settings.listen_port), family=family)
    except OSError as error:
        address = f"{settings.listen_host}:{settings.listen_port}"
        _refuse(f"ISSUER_LISTEN_HOST, ISSUER_LISTEN_PORT: cannot listen on {address}: {error.strerror}")
        return PORT_TAKEN if error.errno == errno.EADDRINUSE else REFUSED
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
    return 0 if server.started else FAILED


def _refuse(reason: str) -> int:
    print(f"issuer: {reason}", file=sys.stderr)
    return REFUSED


def _readable(error: ValidationError) -> str:
    """Invalid settings by the names of their variables, without their values."""
    findings = [
        f"{'.'.join(map(str, finding['loc'])).upper()}: {finding['msg']}"
        for finding in error.errors(include_url=False, include_input=False)
    ]
    return "; ".join(f"ISSUER_{finding}" for finding in findings)


if __name__ == "__main__":
    sys.exit(main())

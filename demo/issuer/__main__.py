"""Command line of the development issuer: `python -m demo.issuer serve`."""

import argparse
import sys
from collections.abc import Sequence

import uvicorn
from pydantic import ValidationError

from demo.issuer.app import create_app
from demo.issuer.guard import NotALocalStack, check_local_stack
from demo.issuer.settings import IssuerSettings
from demo.issuer.state import StateError

REFUSED = 2
"""Exit code when the issuer cannot start with its settings."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.issuer",
        description="A token issuer for local development. Settings come from environment variables ISSUER_….",
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
    uvicorn.run(
        app,
        host=settings.listen_host,
        port=settings.listen_port,
        # The faster parser skips the body of a request with `Upgrade` and reads it as the next request.
        http="h11",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return 0


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

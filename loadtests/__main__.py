"""Runs a load test from the command line: `python -m loadtests --help`.

It sends load to this machine only: a load test of somebody else's service is an attack. In a cluster, Locust runs
inside the cluster.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from loadtests import settings
from loadtests.progress import clock
from loadtests.stacks import Stack, StackNotRunning, compose, demo
from loadtests.stages import SHAPES, length

_FOLDER = Path(__file__).parent
_STOP_SECONDS = 10
_GRACE_SECONDS = 60
_STACKS = {"demo": demo, "compose": compose}


class _Parser(argparse.ArgumentParser):
    """Reports wrong arguments in the form of all programs."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"error: {message}", file=sys.stderr)
        sys.exit(2)


def main(arguments: list[str] | None = None) -> int:
    """Runs Locust to its end.

    Returns:
        Exit code: 0 for success, 1 when a limit was exceeded, 2 when no stack is running or a setting is
        invalid.
    """
    parser = _Parser(prog="python -m loadtests", description="Sends load to a local stack.")
    parser.add_argument("--shape", default="smoke", choices=SHAPES, help="the shape of the load")
    parser.add_argument("--against", default="demo", choices=_STACKS, help="the stack to test")
    parser.add_argument("--report", type=Path, default=Path("loadtest.html"), help="file for the report")
    options = parser.parse_args(arguments)
    try:
        stack = _STACKS[options.against]()
        stack.check()
        environment = {**os.environ, **stack.environment, "LOADTEST_SHAPE": options.shape}
        seconds = length(settings.read(environment).stages)
    except (StackNotRunning, ValueError) as reason:
        print(f"error: {reason}", file=sys.stderr)
        return 2
    print(
        f"{options.shape}: {clock(seconds)} minutes against {stack.host}. Press Ctrl-C to stop earlier.",
        flush=True,
    )
    exit_code = _run(_locust(stack, options.report), environment, seconds)
    if options.report.is_file():
        print(f"Report with charts: {options.report}")
    return exit_code


def _locust(stack: Stack, report: Path) -> list[str]:
    command = [sys.executable, "-m", "locust", "--locustfile", str(_FOLDER / "locustfile.py")]
    command += ["--host", stack.host, "--headless", "--only-summary"]
    return [*command, "--stop-timeout", str(_STOP_SECONDS), "--html", str(report)]


def _run(command: list[str], environment: dict[str, str], seconds: float) -> int:
    with subprocess.Popen(command, env=environment) as locust:
        try:
            return locust.wait(seconds + _GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"error: Locust did not end within {seconds + _GRACE_SECONDS:.0f} s", file=sys.stderr)
        except KeyboardInterrupt:
            return _wait_for_the_summary(locust)
        finally:
            locust.kill()
    return 1


def _wait_for_the_summary(locust: "subprocess.Popen[bytes]") -> int:
    """Waits for the summary that Locust prints on the terminal's Ctrl-C."""
    try:
        return locust.wait(_STOP_SECONDS + _GRACE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        return 1


if __name__ == "__main__":
    sys.exit(main())

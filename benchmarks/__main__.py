"""Command line: `python -m benchmarks [NAME [OPTIONS]]`. Without a name, everything is measured."""

import subprocess
import sys

from benchmarks.serving.rows import GROUPS, ROWS
from command_line.messages import print_errors

PROGRAMS = {
    "fit-small": ["benchmarks.fit", "small"],
    "fit-large": ["benchmarks.fit", "large", "--products", "50000", "--purchases", "1000000"],
    "build": ["benchmarks.build"],
    "embedding": ["benchmarks.embedding"],
    "rebuild": ["benchmarks.rebuild"],
    "filters": ["benchmarks.filters"],
    "files": ["benchmarks.files"],
    "events": ["benchmarks.events"],
    "requests": ["benchmarks.requests"],
    "scale": ["benchmarks.serving.scale"],
    "autoscaling": ["benchmarks.autoscaling"],
    "outages": ["benchmarks.outages"],
    "overload": ["benchmarks.overload"],
}
"""Benchmarks besides the rows of `benchmarks.serving`."""

BY_NAME_ONLY = {"requests", "scale", "outages", "overload"}
"""Benchmarks without a limit, and those that take too long or need a quiet machine."""


def main(arguments: list[str]) -> int:
    """Runs one benchmark, or all.

    Returns 1 if one misses its limit, and 2 for an unknown name.
    """
    if not arguments or arguments[0].startswith("-"):
        programs = [command for name, command in PROGRAMS.items() if name not in BY_NAME_ONLY]
        commands = [*programs, ["benchmarks.serving", *arguments]]
    elif arguments[0] in PROGRAMS:
        commands = [[*PROGRAMS[arguments[0]], *arguments[1:]]]
    elif arguments[0] in {*ROWS, *GROUPS}:
        commands = [["benchmarks.serving", *arguments]]
    else:
        print_errors(f"{arguments[0]} is no benchmark: choose from {', '.join([*PROGRAMS, *ROWS, *GROUPS])}")
        return 2
    failed = [command for command in commands if subprocess.run([sys.executable, "-m", *command]).returncode]
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

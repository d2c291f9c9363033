"""Standard streams of programs."""

import os
import sys
from pathlib import Path

_STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}


def replace_closed_streams() -> None:
    """Opens the null device in place of streams that are closed.

    Some supervisors start programs so. The first line for them would end the program, and its next connection would
    have their number. A file gets the lowest free number, so that each stream gets its own again.
    """
    for name, mode in _STREAMS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def print_lines(*lines: object) -> None:
    """Prints lines to standard output.

    Behind `head`, nobody reads the rest, which is no reason to stop.
    """
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:
        with Path(os.devnull).open("w") as nobody:
            os.dup2(nobody.fileno(), sys.stdout.fileno())

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
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - open as long as the process

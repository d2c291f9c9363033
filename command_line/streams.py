"""Standard output and error of programs."""

import os
import sys
from pathlib import Path


def replace_closed_streams() -> None:
    """Opens the null device in place of streams that are closed.

    Some supervisors start programs so. The first line for them would end the program, and its next connection would
    have their number.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - open as long as the process

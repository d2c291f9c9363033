"""Shows how far a step of the set-up is.

A terminal has one line, which is renewed. Other streams get further lines. Standard library only: it runs before
anything is installed.
"""

from __future__ import annotations

import re
import shutil
import time
from typing import TextIO

_DOWNLOADING = re.compile(r" *Downloading .*\(([\d.,]+) (bytes|kB|MB|GB)\)")
_PACKAGE = re.compile(r"(?:Collecting|Processing|Requirement already satisfied:|Ignoring) \S")
_COMPILING = re.compile(r" *Building wheel for (\S+) .*: (started|finished)")
_MEGABYTES = {"bytes": 1e-6, "kB": 1e-3, "MB": 1.0, "GB": 1e3}
_TERMINAL_SECONDS, _LINE_SECONDS = 1.0, 30.0


def packages_of(lock: str) -> int:
    """Number of packages in the text of a lock file."""
    return len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", lock, re.MULTILINE))


class PipOutput:
    """Work that pip has done so far, as its output tells.

    Attributes:
        packages: number of packages to install, 0 if it is unknown.
    """

    def __init__(self, packages: int) -> None:
        self.packages = packages
        self._found = 0
        self._megabytes = 0.0
        self._compiling = ""
        self._installing = False
        self._rest = ""

    def read(self, output: str) -> None:
        """Takes what pip printed since the last call, which may end within a line."""
        *lines, self._rest = (self._rest + output).split("\n")
        for line in lines:
            self._found += _PACKAGE.match(line) is not None
            self._installing |= line.startswith("Installing collected packages:")
            if size := _DOWNLOADING.match(line):
                self._megabytes += float(size[1].replace(",", "")) * _MEGABYTES[size[2]]
            if compiling := _COMPILING.match(line):
                self._compiling = compiling[1] if compiling[2] == "started" else ""

    def __str__(self) -> str:
        """Counts and sizes, such as `37 of 93 packages, 210 MB, compiling annoy`."""
        parts = [f"{min(self._found, self.packages)} of {self.packages} packages"] if self.packages else []
        parts += [f"{self._megabytes:,.0f} MB"] if self._megabytes >= 1 else []
        parts += [f"compiling {self._compiling}"] if self._compiling else []
        parts += ["installing"] if self._installing else []
        return ", ".join(parts)


class StepProgress:
    """The line of one step.

    It has the step's name, what was done, and the time since the start.

    Args:
        name: name of the step.
        output: stream to print to.
        packages: number of packages that pip installs in the step, 0 if it is unknown.
        every_seconds: time between two looks at what was done. By default a second on a terminal, else 30.
    """

    def __init__(
        self, name: str, output: TextIO, packages: int = 0, every_seconds: float | None = None
    ) -> None:
        self._name = name
        self._output = output
        self._is_terminal = output.isatty()
        self._done = PipOutput(packages)
        self._shown = False
        self._started = time.monotonic()
        self.every_seconds = every_seconds or (_TERMINAL_SECONDS if self._is_terminal else _LINE_SECONDS)
        self._print(f"  {name} … ")

    def show(self, output: str) -> None:
        """Shows what was done, given what the step printed since the last call."""
        self._done.read(output)
        self._shown = True
        seconds = int(time.monotonic() - self._started)
        line = ", ".join(part for part in (str(self._done), f"{seconds // 60}:{seconds % 60:02}") if part)
        if self._is_terminal:
            columns = shutil.get_terminal_size().columns - 1
            self._print("\r" + f"  {self._name} … {line}"[:columns] + "\x1b[K")
        else:
            self._print(f"\n    {line}")

    def end(self, code: int) -> None:
        """Ends the line: the time that the step took, or that it failed."""
        result = f"{time.monotonic() - self._started:.1f} s" if code == 0 else "failed"
        if self._is_terminal:
            self._print(f"\r  {self._name} … {result}\x1b[K\n")
        else:
            self._print(f"\n    {result}\n" if self._shown else f"{result}\n")

    def _print(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()

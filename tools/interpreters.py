"""Finds a Python that can make the virtual environment.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

COMMANDS = ("python3", "python3.12", "python3.11")
SUPPORTED = ([3, 11], [3, 12])

_PROBE = """
import importlib.util, json, pathlib, sys, sysconfig
print(json.dumps({
    "executable": sys.executable,
    "version": sys.version_info[:2],
    "has_headers": pathlib.Path(sysconfig.get_path("include"), "Python.h").is_file(),
    "has_venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))
"""


class SetupFailed(Exception):
    """The environment cannot be made. The text says why and what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that starts, with its facts."""

    command: str
    executable: str
    version: list[int]
    has_headers: bool
    has_venv: bool

    @property
    def name(self) -> str:
        """Command and version, such as `python3 (3.11)`."""
        return f"{self.command} ({self.version[0]}.{self.version[1]})"

    def missing_packages(self, *, compiles: bool = True) -> dict[str, str]:
        """The missing parts, by the Debian package that has each.

        Without `compiles`, what only a compilation needs is not missed.
        """
        command = Path(self.command).name
        debian = command if command.startswith("python3.") else "python3"
        missing = {}
        if not self.has_venv:
            missing[f"{debian}-venv"] = f"{self.name} cannot make virtual environments."
        if compiles and not self.has_headers:
            missing[f"{debian}-dev"] = f"{self.name} has no C headers (Python.h)."
        if compiles and shutil.which("g++") is None:
            missing["g++"] = (
                "The C++ compiler g++ is missing. The nearest-neighbour index is compiled with it."
            )
        return missing


def probe(command: str) -> Interpreter | None:
    """Runs `command` and reads its facts. None when it is no Python that starts."""
    try:
        completed = subprocess.run([command, "-c", _PROBE], capture_output=True, timeout=20, check=True)
        return Interpreter(command, **json.loads(completed.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def candidates(given: str, *, compiles: bool = True) -> list[Interpreter]:
    """The interpreters to try, best first, or `given` alone.

    Args:
        given: the Python to use, or empty.
        compiles: whether packages are compiled with it.

    Raises:
        SetupFailed: no Python is of a supported version and complete.
    """
    found = [interpreter for command in ([given] if given else COMMANDS) if (interpreter := probe(command))]
    supported: list[Interpreter] = []
    for interpreter in found:
        if interpreter.version in SUPPORTED and interpreter.version not in [one.version for one in supported]:
            supported.append(interpreter)
    if not supported:
        names = (
            ", ".join(interpreter.name for interpreter in found)
            or f"no Python that starts as {given or 'python3'}"
        )
        raise SetupFailed(
            f"Python 3.11 or 3.12 is needed. Found: {names}. Name another one: make … PYTHON=python3.12\n"
            "On Debian or Ubuntu: apt-get install python3 python3-venv python3-dev g++"
        )
    complete = [
        interpreter for interpreter in supported if not interpreter.missing_packages(compiles=compiles)
    ]
    if not complete:
        missing = supported[0].missing_packages(compiles=compiles)
        advice = f"On Debian or Ubuntu: apt-get install {' '.join(missing)}"
        raise SetupFailed("\n".join([*missing.values(), advice]))
    return complete

"""Which Python makes the virtual environment, and what it lacks.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SUPPORTED = ((3, 11), (3, 12))
USUAL_COMMANDS = ("python3", "python3.12", "python3.11")

_PROBE_SECONDS = 20
_PROBE = """
import importlib.util, json, sys, sysconfig
print(json.dumps({
    "executable": sys.executable,
    "version": list(sys.version_info[:2]),
    "headers": sysconfig.get_path("include"),
    "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))
"""


class SetUpRefused(Exception):
    """The environment cannot be made; the text says why and what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that was found by running it."""

    command: str
    executable: str
    version: tuple[int, int]
    headers: Path
    has_venv: bool

    @property
    def supported(self) -> bool:
        """Whether this project runs on its version."""
        return self.version in SUPPORTED

    @property
    def name(self) -> str:
        """For messages: `python3 (3.11)`."""
        return f"{self.command} ({self.version[0]}.{self.version[1]})"

    @property
    def debian_prefix(self) -> str:
        """What the names of its Debian packages begin with: `python3`, or `python3.12` when asked for by version."""
        named_by_version = Path(self.command).name[len("python3") :].startswith(".")
        return f"python{self.version[0]}.{self.version[1]}" if named_by_version else "python3"


def probe(command: str) -> Interpreter | None:
    """Runs `command`; None when there is no such Python or it does not start."""
    try:
        answer = subprocess.run(
            [command, "-c", _PROBE], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True
        )
        facts = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    major, minor = facts["version"]
    return Interpreter(
        command, facts["executable"], (major, minor), Path(facts["headers"] or ""), bool(facts["venv"])
    )


def choose(given: str | None, commands: tuple[str, ...] = USUAL_COMMANDS) -> list[Interpreter]:
    """The interpreters to try, best first: only `given` when one was asked for.

    Raises SetUpRefused when none is of a supported version, or when parts are missing that only the system can
    provide.
    """
    found = [interpreter for name in ([given] if given else commands) if (interpreter := probe(name))]
    supported: dict[tuple[int, int], Interpreter] = {}
    for interpreter in found:
        if interpreter.supported:
            supported.setdefault(interpreter.version, interpreter)
    if not supported:
        raise SetUpRefused(_unsupported(given, found))
    complete = [interpreter for interpreter in supported.values() if not missing_packages(interpreter)]
    if not complete:
        raise SetUpRefused(_incomplete(next(iter(supported.values()))))
    return complete


def missing_packages(interpreter: Interpreter) -> dict[str, str]:
    """What is missing, as sentences by the name of the Debian package that has it."""
    prefix = interpreter.debian_prefix
    missing = {}
    if not interpreter.has_venv:
        missing[f"{prefix}-venv"] = (
            f"{interpreter.name} cannot make virtual environments (no venv or ensurepip)."
        )
    if not (interpreter.headers / "Python.h").is_file():
        missing[f"{prefix}-dev"] = (
            f"The headers of {interpreter.name} are missing (no {interpreter.headers}/Python.h)."
        )
    if shutil.which("g++") is None:
        missing["g++"] = "The C++ compiler g++ is missing; the nearest-neighbour index is compiled with it."
    if shutil.which("make") is None:
        missing["make"] = "make is missing."
    return missing


def _unsupported(given: str | None, found: list[Interpreter]) -> str:
    wanted = "Python 3.11 or 3.12 is needed"
    if given and not found:
        return f"PYTHON={given} is no Python that starts. {wanted}."
    if found:
        names = ", ".join(interpreter.name for interpreter in found)
        return f"{wanted}; there is only {names}. Install one and name it: make … PYTHON=python3.12"
    return (
        f"{wanted}, and there is none. On Debian or Ubuntu: apt-get install python3 python3-venv python3-dev"
    )


def _incomplete(interpreter: Interpreter) -> str:
    missing = missing_packages(interpreter)
    return "\n".join([*missing.values(), f"On Debian or Ubuntu: apt-get install {' '.join(missing)}"])

"""Makes the virtual environments: `python3 -m tools.environment demo|tests|audit|loadtests`, called by `make`.

Standard library only: it runs with the system's Python, before anything is installed. A finished environment has a
stamp, which is removed before any change. An environment without a stamp is made from the beginning.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from tools import torch_build
from tools.interpreters import COMMANDS, Interpreter, candidates, probe
from tools.step_progress import packages_of
from tools.steps import NoCpuBuild, Steps, end_like_ctrl_c, exit_code_of

LOCKS = {"demo": "requirements/demo.txt", "tests": "requirements/dev.txt"}
SEPARATE = {
    "audit": (".audit", "requirements/audit.txt"),
    "loadtests": (".venv-loadtests", "requirements/loadtests.txt"),
}
"""Environments with packages that must not affect the others: folder and lock."""
PIP = (  # `pip install --dry-run` of older versions downloads whole packages
    "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13\n"
)


class Environment:
    """The virtual environment in `root` and the steps that make it.

    Args:
        root: folder of the repository.
        output: stream for the progress of the steps, standard output by default.
        every_seconds: time between two looks at a step's progress, by default that of the stream.
    """

    def __init__(self, root: Path, output: TextIO | None = None, every_seconds: float | None = None) -> None:
        self._root = root
        self._steps = Steps(root, output, every_seconds)
        self._venv = root / ".venv"
        self._python = str(self._venv / "bin" / "python")

    def is_ready(self, kind: str, python: str = "") -> bool:
        """True when the packages of `kind` are installed, for the version of `python`."""
        current = {other: self._digest(other) for other in (kind, "tests")}  # the tests' include the demo's
        stamps = {other: self._stamp(other) for other in current}
        if not any(
            stamps[other].is_file() and stamps[other].read_text() == current[other] for other in current
        ):
            return False
        existing, wanted = probe(self._python), probe(python or self._python)
        return existing is not None and wanted is not None and existing.version == wanted.version

    def make(self, kind: str, python: str = "") -> None:
        """Makes or completes the environment, with `python` when it is given.

        Raises:
            SetupFailed: no usable Python, no CPU build of torch, or a step that failed.
        """
        if self.is_ready(kind, python):
            return
        interpreters = candidates(python)
        self._steps.begin(self._venv)
        rejections = []
        for interpreter in interpreters:
            try:
                self._make_with(interpreter, kind)
            except NoCpuBuild as error:
                rejections.append(f"{interpreter.name}:\n{error}")
            else:
                return
        raise NoCpuBuild("\n".join(rejections))

    def _make_with(self, interpreter: Interpreter, kind: str) -> None:
        finished = any(self._stamp(other).is_file() for other in LOCKS)
        existing = probe(self._python) if finished else None
        for other in LOCKS:
            self._stamp(other).unlink(missing_ok=True)
        if existing is None or existing.version != interpreter.version:
            if self._venv.exists():
                shutil.rmtree(self._venv)
            venv = [interpreter.executable, "-m", "venv", str(self._venv)]
            self._steps.run(f"virtual environment with {interpreter.name}", venv)
        install = [self._python, "-m", "pip", "install", "--require-hashes", "--no-deps", "-r"]
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
            requirement.write(PIP)
            requirement.flush()
            self._steps.run("pip", [*install, requirement.name])
        self._steps.run("a CPU build of torch", [self._python, "-m", "tools.torch_build"])
        cpu = Path("/proc/cpuinfo")
        annoy = annoy_compiler_arguments(cpu.read_text() if cpu.is_file() else "")
        packages = packages_of((self._root / LOCKS[kind]).read_text())
        self._steps.run(
            f"packages of {LOCKS[kind]}", [*install, LOCKS[kind]], packages, ANNOY_COMPILER_ARGS=annoy
        )
        self._stamp(kind).write_text(self._digest(kind))

    def _stamp(self, kind: str) -> Path:
        return self._venv / f".installed-{kind}"

    def _digest(self, kind: str) -> str:
        lock = (self._root / LOCKS[kind]).read_bytes()
        return hashlib.sha256(lock + torch_build.VERSION.encode() + PIP.encode()).hexdigest()


def make_separate(root: Path, kind: str, python: str = "", output: TextIO | None = None) -> None:
    """Makes one of the `SEPARATE` environments, unless it is made from this lock.

    Raises:
        SetupFailed: no usable Python, or a step that failed.
    """
    folder, lock = SEPARATE[kind]
    venv, text = root / folder, (root / lock).read_text()
    stamp = venv / "installed.txt"
    if stamp.is_file() and stamp.read_text() == text:
        return
    (interpreter, *_) = candidates(python, compiles=False)
    steps = Steps(root, output)
    steps.begin(venv)
    if venv.exists():
        shutil.rmtree(venv)
    steps.run(
        f"virtual environment with {interpreter.name}", [interpreter.executable, "-m", "venv", str(venv)]
    )
    install = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    steps.run(
        f"packages of {lock}", [*install, "--require-hashes", "--no-deps", "-r", lock], packages_of(text)
    )
    stamp.write_text(text)


def annoy_compiler_arguments(cpu_flags: str) -> str:
    """Compiler flags for Annoy: its own, but for any CPU of this generation.

    By default it is compiled for exactly this CPU, and pip caches the result for others that share its cache.
    """
    flags = "-fpermissive,-O3,-ffast-math,-fno-associative-math,-std=c++14,-DANNOYLIB_MULTITHREADED_BUILD"
    has_avx2 = {"avx2", "fma", "bmi2"} <= set(cpu_flags.split())
    return f"{flags},-march=x86-64-v3" if has_avx2 else flags


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tools.environment", description="Makes a virtual environment for this project."
    )
    parser.add_argument("kind", choices=sorted([*LOCKS, *SEPARATE]), help="the set of packages")
    parser.add_argument(
        "--python", default="", help=f"the Python to use (default: one of {', '.join(COMMANDS)})"
    )
    options = parser.parse_args(arguments)

    def set_up() -> None:
        if options.kind in SEPARATE:
            make_separate(Path.cwd(), options.kind, options.python)
        else:
            Environment(Path.cwd()).make(options.kind, options.python)

    return exit_code_of(set_up)


if __name__ == "__main__":
    end_like_ctrl_c()
    sys.exit(main())

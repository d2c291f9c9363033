"""Makes the virtual environment `.venv`: `python3 -m tools.environment demo|tests`, called by `make`.

Standard library only: it runs with the system's Python, before anything is installed. A finished environment has a
stamp, which is removed before any change. An environment without a stamp is made from the beginning.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from tools import torch_build
from tools.interpreters import COMMANDS, Interpreter, SetupFailed, candidates, probe
from tools.step_progress import StepProgress, packages_of

LOCKS = {"demo": "requirements/demo.txt", "tests": "requirements/dev.txt"}
PIP = (  # `pip install --dry-run` of older versions downloads whole packages
    "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13\n"
)
_LOG_LINES = 20


class NoCpuBuild(SetupFailed):
    """No source has a CPU build of torch for this Python."""


class Environment:
    """The virtual environment in `root` and the steps that make it.

    Args:
        root: folder of the repository.
        output: stream for the progress of the steps, standard output by default.
        every_seconds: time between two looks at a step's progress, by default that of the stream.
    """

    def __init__(self, root: Path, output: TextIO | None = None, every_seconds: float | None = None) -> None:
        self._root = root
        self._output = output or sys.stdout
        self._every_seconds = every_seconds
        self._venv = root / ".venv"
        self._python = str(self._venv / "bin" / "python")
        self._log = root / ".setup.log"

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
        print(
            f"Setting up {self._venv}, once. The output of each step goes to {self._log}.", file=self._output
        )
        self._log.write_text("")
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
            self._run(f"virtual environment with {interpreter.name}", venv)
        install = [self._python, "-m", "pip", "install", "--require-hashes", "--no-deps", "-r"]
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
            requirement.write(PIP)
            requirement.flush()
            self._run("pip", [*install, requirement.name])
        self._run("a CPU build of torch", [self._python, "-m", "tools.torch_build"])
        cpu = Path("/proc/cpuinfo")
        annoy = annoy_compiler_arguments(cpu.read_text() if cpu.is_file() else "")
        packages = packages_of((self._root / LOCKS[kind]).read_text())
        self._run(f"packages of {LOCKS[kind]}", [*install, LOCKS[kind]], packages, ANNOY_COMPILER_ARGS=annoy)
        self._stamp(kind).write_text(self._digest(kind))

    def _run(self, step: str, command: list[str], packages: int = 0, **variables: str) -> None:
        with self._log.open("a") as log, self._log.open(errors="replace") as output:
            start = output.seek(0, os.SEEK_END)
            progress = StepProgress(step, self._output, packages, self._every_seconds)
            with subprocess.Popen(
                command,
                cwd=self._root,
                env=os.environ | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            ) as process:
                while not _has_ended(process, progress.every_seconds):
                    progress.show(output.read())
            code = process.returncode
            progress.end(code)
            output.seek(start)
            last_lines = "".join(output.readlines()[-_LOG_LINES:])
        if code == torch_build.NO_CPU_BUILD:
            raise NoCpuBuild(last_lines)
        if code != 0:
            network = torch_build.no_network(last_lines)
            reason = f"The index of packages {network}\n" if network else ""
            raise SetupFailed(f"{reason}The step “{step}” failed. The end of {self._log}:\n{last_lines}")

    def _stamp(self, kind: str) -> Path:
        return self._venv / f".installed-{kind}"

    def _digest(self, kind: str) -> str:
        lock = (self._root / LOCKS[kind]).read_bytes()
        return hashlib.sha256(lock + torch_build.VERSION.encode() + PIP.encode()).hexdigest()


def _has_ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """True if the process ends within so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


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
        prog="python3 -m tools.environment", description="Makes .venv for this project."
    )
    parser.add_argument("kind", choices=sorted(LOCKS), help="the set of packages")
    parser.add_argument(
        "--python", default="", help=f"the Python to use (default: one of {', '.join(COMMANDS)})"
    )
    options = parser.parse_args(arguments)
    try:
        Environment(Path.cwd()).make(options.kind, options.python)
    except SetupFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nerror: interrupted. The same command starts from the beginning.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

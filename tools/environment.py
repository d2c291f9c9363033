"""Makes the virtual environment `.venv`: `python3 -m tools.environment demo|tests`, which `make` calls.

Standard library only: it runs with the system's Python, before anything is installed. A second call finds the
stamp and does nothing; one that was interrupted is noticed by its mark and done again from the beginning.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tools import torch_build
from tools.interpreters import Interpreter, SetUpRefused, choose, probe

LOCKS = {"demo": "requirements/demo.txt", "tests": "requirements/dev.txt"}
PIP = (  # the pip of older Pythons downloads what it is only asked about, gigabytes of it
    "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13\n"
)
_LOG_LINES = 20
_INSTALLED_TORCH = """
import json
from importlib.metadata import distribution
torch = distribution("torch")
metadata = {"name": "torch", "version": torch.version, "requires_dist": torch.requires or []}
print(json.dumps({"install": [{"metadata": metadata}]}))
"""


class StepFailed(Exception):
    """A step of the set-up ended with an error; the text has the end of its log."""


class NoCpuBuild(Exception):
    """No source has a CPU build of torch for this Python; the text says what each one has."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for: the set of requirements and where to get things from."""

    root: Path
    kind: str
    python: str | None = None
    torch_index: str | None = None
    torch_wheel: str | None = None

    @property
    def venv(self) -> Path:
        """The virtual environment's folder."""
        return self.root / ".venv"

    @property
    def venv_python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def unfinished(self) -> Path:
        """Exists while packages are being installed: what is there cannot be relied upon."""
        return self.venv / ".unfinished"

    def stamp(self, kind: str) -> Path:
        """Holds the digest of what was installed last for `kind`."""
        return self.venv / f".installed-{kind}"

    def digest(self, kind: str) -> str:
        """Changes when other packages would be installed for `kind`."""
        lock = (self.root / LOCKS[kind]).read_bytes()
        return hashlib.sha256(lock + torch_build.VERSION.encode() + PIP.encode()).hexdigest()


class Steps:
    """Runs commands quietly: a line with seconds each; their output goes to a log that is shown on failure."""

    def __init__(self, log: Path) -> None:
        self._log = log
        log.write_bytes(b"")

    def run(self, label: str, command: list[str], more_environment: dict[str, str] | None = None) -> None:
        """Runs `command`; StepFailed with the log's end when it does not succeed."""
        started = time.monotonic()
        print(f"  {label} … ", end="", flush=True)
        with self._log.open("ab") as output:
            output.write(f"$ {' '.join(command)}\n".encode())
            output.flush()
            code = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(more_environment or {})},
                check=False,
            ).returncode
        print(f"{time.monotonic() - started:.1f} s" if code == 0 else "failed")
        if code != 0:
            lines = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
            text = "\n".join(f"    {line}" for line in lines)
            raise StepFailed(f"“{label}” failed. The end of {self._log}:\n{text}")


def is_ready(wanted: Wanted) -> bool:
    """Whether what is installed is what is wanted; the tests' packages include the demo's."""
    if wanted.unfinished.exists() or not wanted.venv_python.exists():
        return False
    if not any(
        wanted.stamp(kind).is_file() and wanted.stamp(kind).read_text() == wanted.digest(kind)
        for kind in {wanted.kind, "tests"}
    ):
        return False
    return wanted.python is None or _version_of(wanted.python) == _version_of(str(wanted.venv_python))


def make(wanted: Wanted) -> None:
    """Makes or completes the environment. Raises SetUpRefused, StepFailed or NoCpuBuild."""
    if is_ready(wanted):
        return
    interpreters = choose(wanted.python)
    steps = Steps(wanted.root / ".setup.log")
    print(f"Setting up {wanted.venv}, once (all that is said goes to {wanted.root / '.setup.log'}):")
    refusals: list[str] = []
    for interpreter in interpreters:
        if refusals:
            print(f"  no CPU build of torch for the Python before; trying {interpreter.name}")
        try:
            _make_with(interpreter, wanted, steps)
        except NoCpuBuild as refused:
            refusals.append(str(refused))
        else:
            return
    raise NoCpuBuild("\n".join([*refusals, torch_build.advice(wanted.torch_index)]))


def annoy_compiler_arguments(machine: str, cpu_flags: frozenset[str]) -> str:
    """Flags that the Annoy index is compiled with: its own, but for any CPU of this generation.

    Left alone it is compiled for exactly this CPU, and pip keeps the result for others that share its cache.
    """
    flags = ["-fpermissive", "-O3", "-ffast-math", "-fno-associative-math", "-std=c++14"]
    flags.append("-DANNOYLIB_MULTITHREADED_BUILD")
    if machine == "x86_64" and {"avx2", "fma", "bmi2"} <= cpu_flags:
        flags.append("-march=x86-64-v3")
    return ",".join(flags)


def _make_with(interpreter: Interpreter, wanted: Wanted, steps: Steps) -> None:
    _ensure_venv(interpreter, wanted, steps)
    wanted.unfinished.touch()
    for kind in LOCKS:
        wanted.stamp(kind).unlink(missing_ok=True)
    pip = [str(wanted.venv_python), "-m", "pip"]
    _install_pip(pip, steps)
    _install_torch(pip, interpreter, wanted, steps)
    lock = wanted.root / LOCKS[wanted.kind]
    steps.run(
        f"packages of {LOCKS[wanted.kind]}, each checked by its hash",
        [*pip, "install", "--require-hashes", "--no-deps", "-r", str(lock)],
        {"ANNOY_COMPILER_ARGS": annoy_compiler_arguments(platform.machine(), _cpu_flags())},
    )
    wanted.stamp(wanted.kind).write_text(wanted.digest(wanted.kind))
    wanted.unfinished.unlink()


def _ensure_venv(interpreter: Interpreter, wanted: Wanted, steps: Steps) -> None:
    existing = None if wanted.unfinished.exists() else probe(str(wanted.venv_python))
    if existing is not None and existing.version == interpreter.version:
        return
    if wanted.venv.exists():
        shutil.rmtree(wanted.venv)
    wanted.venv.mkdir()
    wanted.unfinished.touch()
    steps.run(
        f"virtual environment with {interpreter.name}",
        [interpreter.executable, "-m", "venv", str(wanted.venv)],
    )


def _install_pip(pip: list[str], steps: Steps) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
        requirement.write(PIP)
        requirement.flush()
        steps.run("pip", [*pip, "install", "--require-hashes", "--no-deps", "-r", requirement.name])


def _install_torch(pip: list[str], interpreter: Interpreter, wanted: Wanted, steps: Steps) -> None:
    if _torch_is_installed(wanted.venv_python):
        return
    refusals = []
    for source in torch_build.sources(wanted.torch_index, wanted.torch_wheel):
        build = ask(pip, source)
        if build is None:
            refusals.append(
                f"For {interpreter.name}, {source.name} has no torch {torch_build.VERSION}, or is out of reach."
            )
        elif not build.for_cpu:
            refusals.append(torch_build.refusal(build, source, interpreter.name))
        else:
            exact = wanted.torch_wheel or f"torch=={build.version}"
            command = [*pip, "install", "--no-deps", *source.arguments, exact]
            steps.run(f"torch {build.version}, a CPU build ({build.file})", command)
            return
    raise NoCpuBuild("\n".join(refusals))


def ask(pip: list[str], source: torch_build.Source) -> torch_build.Build | None:
    """What pip would install from `source`; None when nothing or when the source does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        question = [
            "install",
            "--quiet",
            "--dry-run",
            "--no-deps",
            "--ignore-installed",
            "--report",
            str(report),
        ]
        answer = subprocess.run(
            [*pip, *question, *source.arguments, source.requirement], capture_output=True, check=False
        )
        if answer.returncode != 0:
            return None
        return torch_build.judge(json.loads(report.read_text()))


def _torch_is_installed(python: Path) -> bool:
    answer = subprocess.run(
        [str(python), "-c", _INSTALLED_TORCH], capture_output=True, text=True, check=False
    )
    return answer.returncode == 0 and torch_build.judge(json.loads(answer.stdout)).for_cpu


def _version_of(command: str) -> tuple[int, int] | None:
    found = probe(command)
    return found.version if found else None


def _cpu_flags() -> frozenset[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tools.environment", description="Makes .venv for this project."
    )
    parser.add_argument("kind", choices=sorted(LOCKS), help="what it is for")
    parser.add_argument(
        "--python", default="", help="the Python to use (default: python3, python3.12 or python3.11)"
    )
    parser.add_argument("--torch-index", default="", help="an index of CPU builds of torch")
    parser.add_argument("--torch-wheel", default="", help="a wheel file of a CPU build of torch")
    options = parser.parse_args(arguments)
    wanted = Wanted(
        Path.cwd(),
        options.kind,
        options.python or None,
        options.torch_index or None,
        options.torch_wheel or None,
    )
    try:
        make(wanted)
    except (SetUpRefused, StepFailed, NoCpuBuild) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command does it again from the beginning.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

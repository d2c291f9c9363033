"""Locust with the real locustfile, in the environment of `make setup-loadtests`."""

import fcntl
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.servers.killed_runs import end_with_run

ROOT = Path(__file__).resolve().parents[3]
_PYTHON = ROOT / ".venv-loadtests" / "bin" / "python"
_SETUP_SECONDS = 300.0
_PREFIXES = ("LOADTEST_", "LOCUST_")


def installed_python() -> Path:
    """Locust's Python. Creates the environment if it is missing or outdated."""
    with (ROOT / "Makefile").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["make", "setup-loadtests"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_SETUP_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return _PYTHON


def start(
    python: Path, arguments: Sequence[str], settings: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Starts Locust with the locustfile and further arguments. Its output goes to `log`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIXES)}
    command = [str(python), "-m", "locust", "--locustfile", str(ROOT / "loadtests" / "locustfile.py")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *arguments],
            env=inherited | dict(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    end_with_run(process.pid)
    return process

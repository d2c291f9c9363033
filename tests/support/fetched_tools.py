"""Programs and packages that some tests need, fetched once."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 300


class ToolMissing(Exception):
    """A tool cannot be fetched.

    The text names the tool, the cause and a remedy.
    """


def fetched_once(root: Path, name: str, sources: Sequence[Path], make: Callable[[Path], None]) -> Path:
    """Returns a folder below `root` that `make` fills.

    It is recreated if a source changes or if it is incomplete.

    Raises:
        ToolMissing: `make` failed.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = root / f"{name}-{digest}"
    if not folder.exists():
        unfinished = root / f".{name}-{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            make(unfinished)
            for outdated in root.glob(f"{name}-*"):
                shutil.rmtree(outdated)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def install_packages(folder: Path, requirements: Path, purpose: str) -> None:
    """Installs locked packages of the package index into a folder.

    Raises:
        ToolMissing: one of them cannot be had, or has another hash.
    """
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    install = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder)]
    run_tool([*install, "--requirement", str(requirements)], purpose)


def run_tool(command: Sequence[str], purpose: str, folder: Path = ROOT) -> None:
    """Runs a command that fetches something.

    Raises:
        ToolMissing: it failed. The message has its output.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolMissing(f"{purpose}: {error}") from error
    if done.returncode != 0:
        raise ToolMissing(
            f"{purpose}: {' '.join(command)} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}"
        )

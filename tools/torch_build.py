"""Installs a CPU build of torch into the environment of the running Python.

pip prefers the GPU build on Linux, which pulls several gigabytes of libraries that nothing here uses. So pip first
reports the build that it would install, and only a build without GPU packages is installed. Other requirements of
torch are locked, so it comes without its dependencies. `TORCH_INDEX` is an index of CPU builds, `TORCH_WHEEL` a wheel.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

VERSION = "2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
NO_CPU_BUILD = 20
"""Exit code of this program when no source has a CPU build."""

NO_NETWORK = (
    "cannot be reached. Check the network, the proxy (HTTPS_PROXY) and the index of pip (PIP_INDEX_URL)."
)
_NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Max retries exceeded"
    r"|connection broken by|Temporary failure in name resolution|Network is unreachable"
)

_GPU_PREFIXES = ("nvidia-", "cuda-", "triton", "pytorch-triton")


class NoCpuBuild(Exception):
    """No source has a CPU build of torch. The text says what to do."""


def find(pip: Sequence[str], index: str, wheel: str, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Finds a CPU build of torch without downloading it.

    The sources are the given wheel alone, or the index of CPU builds and then the indexes that pip is set up for.

    Args:
        pip: the command that runs pip.
        index: URL of an index of CPU builds, or empty for PyTorch's own.
        wheel: path or URL of a wheel, or empty.
        options: more options for pip, such as `--python-version`.

    Returns:
        The arguments with which pip installs exactly this build.

    Raises:
        NoCpuBuild: no source has one.
    """
    index = index or CPU_INDEX
    # An index that does not answer must not delay the set-up, because there is a second source.
    bounded = ("--index-url", index, "--timeout", "5", "--retries", "0")
    sources = {f"The index of CPU builds, {index},": bounded, "pip's configured index": ()}
    rejections = []
    for source, arguments in ({f"TORCH_WHEEL={wheel}": ()} if wheel else sources).items():
        torch = _dry_run(pip, [*options, *arguments, wheel or f"torch=={VERSION}"])
        if isinstance(torch, str):
            rejections.append(f"{source} {no_network(torch) or f'has no torch {VERSION} for this Python.'}")
        elif gpu := gpu_packages(torch.get("requires_dist", ())):
            rejections.append(
                f"{source} has only the GPU build (it needs {gpu[0]}), which was not downloaded."
            )
        elif torch["version"].partition("+")[0] != VERSION:
            rejections.append(f"{source} has torch {torch['version']}, not {VERSION}.")
        else:
            return (*arguments, wheel or f"torch=={torch['version']}")
    advice = (
        f"A CPU build of torch {VERSION} is needed. Let this machine reach {index}, or set TORCH_INDEX to a mirror "
        "of it, or TORCH_WHEEL to a wheel file, or use another Python (PYTHON=python3.11 or PYTHON=python3.12)."
    )
    raise NoCpuBuild("\n".join([*rejections, advice]))


def gpu_packages(requirements: Iterable[str]) -> list[str]:
    """Names of the GPU packages among the requirements that apply to this machine."""
    # Imported here because the system's Python reads VERSION from this module and may have no pip.
    from pip._vendor.packaging.requirements import Requirement

    applying = [
        requirement.name.lower().replace("_", "-")
        for requirement in map(Requirement, requirements)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]
    return [name for name in applying if name.startswith(_GPU_PREFIXES)]


def no_network(output: str) -> str:
    """Says that pip could not reach an index, if its output shows it.

    pip itself then names a missing package.
    """
    return NO_NETWORK if _NO_NETWORK.search(output) else ""


def _dry_run(pip: Sequence[str], arguments: Sequence[str]) -> dict[str, Any] | str:
    """Metadata of the torch that pip would install, or the output of pip."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        options = ["--quiet", "--dry-run", "--no-deps", "--ignore-installed", "--report", str(report)]
        command = [*pip, "install", *options, *arguments]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        print(done.stdout, end="", flush=True)
        if done.returncode != 0:
            return done.stdout
        metadata: dict[str, Any] = json.loads(report.read_text())["install"][0]["metadata"]
        return metadata


def main() -> int:
    """Installs a CPU build unless there is one. Returns the exit code."""
    for torch in importlib.metadata.distributions(name="torch"):
        if torch.version.partition("+")[0] == VERSION and not gpu_packages(torch.requires or ()):
            return 0
    pip = [sys.executable, "-m", "pip"]
    try:
        build = find(pip, os.environ.get("TORCH_INDEX", ""), os.environ.get("TORCH_WHEEL", ""))
    except NoCpuBuild as error:
        print(error, flush=True)
        return NO_CPU_BUILD
    return subprocess.run([*pip, "install", "--no-deps", *build], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

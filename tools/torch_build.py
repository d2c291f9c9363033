"""Which build of torch pip would install: only a CPU build will do. Standard library only.

The build for GPUs draws several gigabytes of libraries that nothing here uses, and on Linux x86-64 it is what pip
takes unless it is told otherwise. So pip is asked first, without downloading, and what it answers is judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

VERSION = "2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

_GPU_PREFIXES = ("nvidia-", "cuda-", "triton", "pytorch-triton")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_COMPARISON = re.compile(r"""(\w+)\s*(==|!=)\s*["']([^"']*)["']""")


@dataclass(frozen=True)
class Source:
    """Where pip is told to look: `arguments` go before the requirement."""

    name: str
    arguments: tuple[str, ...]
    requirement: str = f"torch=={VERSION}"


@dataclass(frozen=True)
class Build:
    """What pip would take: its version and the GPU packages that it would draw, by name."""

    version: str
    file: str
    gpu_packages: tuple[str, ...]

    @property
    def for_cpu(self) -> bool:
        """Whether it is the wanted version, without a GPU's libraries."""
        return not self.gpu_packages and self.version.split("+")[0] == VERSION


def sources(index: str | None, wheel: str | None) -> list[Source]:
    """Where to look, in this order: a given wheel alone; else the index of CPU builds, then pip's own settings."""
    if wheel:
        return [Source(f"TORCH_WHEEL={wheel}", (), wheel)]
    url = index or CPU_INDEX
    # An index that does not answer must not hold the set-up up: there is a second way.
    bounded = ("--index-url", url, "--timeout", "5", "--retries", "0")
    return [Source(f"the index of CPU builds, {url}", bounded), Source("pip's configured index", ())]


def judge(report: Mapping[str, Any]) -> Build:
    """Reads pip's installation report (`pip install --dry-run --report`); ValueError when torch is not in it."""
    environment = report.get("environment", {})
    for entry in report.get("install", ()):
        metadata = entry["metadata"]
        if str(metadata["name"]).lower() == "torch":
            required = [line for line in metadata.get("requires_dist", ()) if _applies(line, environment)]
            gpu = sorted({name for line in required if (name := _name(line)).startswith(_GPU_PREFIXES)})
            url = str(entry.get("download_info", {}).get("url", ""))
            return Build(str(metadata["version"]), unquote(url.rsplit("/", 1)[-1]), tuple(gpu))
    raise ValueError("pip's report names no torch")


def refusal(build: Build, source: Source, python: str) -> str:
    """Says what was found and what can be done about it; `python` is the interpreter's name."""
    if build.gpu_packages:
        found = (
            f"For {python}, {source.name} has only the GPU build of torch ({build.file or build.version}), which "
            f"needs {', '.join(build.gpu_packages[:3])} and more, several GB. Nothing of it was downloaded."
        )
    else:
        found = f"For {python}, {source.name} has torch {build.version}; {VERSION} is wanted."
    return found


def advice(index: str | None) -> str:
    """The ways to a CPU build, as one sentence."""
    return (
        f"A CPU build of torch {VERSION} is needed: let this machine reach {index or CPU_INDEX}, or set TORCH_INDEX "
        "to a mirror of it, or TORCH_WHEEL to a wheel file of it, or name another Python that has one "
        "(PYTHON=python3.11 or PYTHON=python3.12)."
    )


def _name(requirement: str) -> str:
    match = _NAME.match(requirement.strip())
    return match.group().lower().replace("_", "-") if match else ""


def _applies(requirement: str, environment: Mapping[str, str]) -> bool:
    """Whether a requirement holds here. In doubt it does: a GPU build must not slip through."""
    marker = requirement.partition(";")[2]
    if re.search(r"\bextra\b", marker):
        return False
    if re.search(r"\bor\b", marker):
        return True
    for variable, operator, value in _COMPARISON.findall(marker):
        known = environment.get(variable)
        if known is not None and (known == value) != (operator == "=="):
            return False
    return True

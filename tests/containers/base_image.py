"""Stand-ins for images of a registry, on a base made from Debian packages."""

import os
import shutil
from pathlib import Path

from tests.containers.engine import Tools

SUITE = "bookworm"
"""Debian with a Python of the locked requirements."""
PYTHON_VERSION = "3.11"

STAND_INS = {
    "postgres": "Debian's PostgreSQL 15",
    "redis": "Debian's Redis 7.0",
    "nginx": "Debian's nginx 1.22",
    "prometheus": "Debian's Prometheus 2.42",
}

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_OFFICIAL_PIP = "/usr/local/lib/python3.12/site-packages/pip"
"""Path of pip in official Python images, which our images must not keep."""
_DOCUMENTS = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")


def make_base(tools: Tools, tag: str) -> None:
    """Builds the Dockerfile's base image, with this machine's certificates."""
    archive = tools.folder / "base.tar"
    options = [f"--dpkgopt=path-exclude={pattern}" for pattern in _DOCUMENTS]
    options += ["--customize-hook=rm -rf $1/var/lib/apt/lists/* $1/var/cache/apt/*.bin"]
    packages = "--include=python3,python3-venv,ca-certificates"
    tools.run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=minbase",
            "--mode=root",
            packages,
            *options,
            SUITE,
            str(archive),
        ],
        420,
    )
    tools.run(["docker", "import", str(archive), "debian-with-python:made-here"], 120)
    archive.unlink()
    context = tools.folder / "base"
    context.mkdir()
    shutil.copy(_CERTIFICATES, context)
    (context / "Dockerfile").write_text(
        f"FROM debian-with-python:made-here\nCOPY {_CERTIFICATES.name} {_CERTIFICATES}\n"
        f"RUN mkdir -p {_OFFICIAL_PIP} && touch {_OFFICIAL_PIP}/__init__.py\n"
    )
    build(tools, context, tag, 120)


def make_stand_in(tools: Tools, name: str, tag: str, base: str) -> None:
    """Builds a stand-in for the image `tag`."""
    build(tools, Path(__file__).parent / "stand_ins" / name, tag, 300, BASE_IMAGE=base)


def build(tools: Tools, context: Path, tag: str, seconds: float, target: str = "", **arguments: str) -> None:
    """Runs `docker build` with this machine's network settings."""
    command = ["docker", "build", "--network=host", "--tag", tag]
    command += ["--target", target] if target else []
    for name, value in {**_proxies(), **arguments}.items():
        command += ["--build-arg", f"{name}={value}"]
    tools.run([*command, str(context)], seconds)


def _proxies() -> dict[str, str]:
    names = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL")
    given = {name: os.environ.get(name) or os.environ.get(name.lower()) for name in names}
    return {name: value for name, value in given.items() if value}

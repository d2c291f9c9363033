"""A CPU build of torch, served at an address that container builds reach."""

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from tests.containers.base_image import PYTHON_VERSION
from tools import torch_build

_PIP = [sys.executable, "-m", "pip"]
_FOR_BASE = ("--python-version", PYTHON_VERSION, "--only-binary=:all:")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without logging."""

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


def download_wheel(folder: Path) -> Path:
    """Downloads the wheel with pip. Raises NoCpuBuild if no source has one."""
    index, wheel = os.environ.get("TORCH_INDEX", ""), os.environ.get("TORCH_WHEEL", "")
    build = torch_build.find(_PIP, index, wheel, [*_FOR_BASE, "--target", str(folder / "unused")])
    command = [*_PIP, "download", "--no-deps", "--dest", str(folder), *_FOR_BASE, *build]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return next(folder.glob("torch-*.whl"))


@contextmanager
def served(file: Path) -> Iterator[str]:
    """Serves the file on loopback during the block and returns its address."""
    handler = functools.partial(QuietHandler, directory=str(file.parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{quote(file.name)}"
    finally:
        server.shutdown()
        server.server_close()

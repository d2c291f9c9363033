"""Real nginx with the configuration of docker/nginx and the tests' addresses."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.ingress.programs import program
from tests.support.servers.ports import listens, unused_port
from tests.support.servers.processes import serving

CONFIGURATION = Path(__file__).resolve().parents[2] / "docker" / "nginx"


@dataclass(frozen=True)
class Ingress:
    """The running proxy.

    Attributes:
        port: on loopback.
        client: asks it.
        log: nginx's own, access lines and errors.
    """

    port: int
    client: httpx.Client
    log: Path

    def ask(
        self,
        method: str,
        target: str,
        token: str | None = None,
        *,
        json: Any = None,
        content: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Sends the target unchanged, byte by byte."""
        url = httpx.URL(f"http://127.0.0.1:{self.port}").copy_with(raw_path=target.encode())
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        return self.client.request(
            method, url, json=json, content=content, headers={**bearer, **(headers or {})}
        )

    def exchange(self, message: bytes) -> bytes:
        """Sends bytes and returns all bytes until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(message)
            received = bytearray()
            # nginx may reset a connection after its answer if it stopped reading.
            with suppress(ConnectionResetError):
                while chunk := connection.recv(65536):
                    received += chunk
            return bytes(received)


@contextmanager
def ingress(upstreams: Sequence[int], changes: Mapping[str, str] | None = None) -> Iterator[Ingress]:
    """Runs nginx in front of these ports during the block.

    Args:
        upstreams: ports on loopback.
        changes: texts in the configuration and what stands there instead; each must be there.
    """
    # Outside pytest's folders: nginx started by root runs as another user, who must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="nginx-"))
    port = unused_port()
    servers = "\n".join(
        f"    server 127.0.0.1:{upstream} max_fails=1 fail_timeout=2s;" for upstream in upstreams
    )
    own = {
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "    server service:8000 max_fails=1 fail_timeout=2s;": servers,
        "worker_processes auto;": "worker_processes 2;",
    }
    try:
        folder.chmod(0o755)
        _configure(folder, {**own, **(changes or {})})
        command = [
            program("nginx"),
            "-e",
            "stderr",
            "-p",
            str(folder),
            "-c",
            str(folder / "nginx.conf"),
        ]
        url = f"http://127.0.0.1:{port}"
        with (
            serving(command, os.environ, partial(listens, port), folder / "nginx.log"),
            httpx.Client(base_url=url, timeout=20) as client,
        ):
            yield Ingress(port, client, folder / "nginx.log")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, changes: Mapping[str, str]) -> None:
    files = {path.name: path.read_text() for path in CONFIGURATION.glob("*.conf")}
    for text, instead in changes.items():
        found = [name for name, content in files.items() if text in content]
        if not found:
            raise RuntimeError(f"the nginx configuration does not contain {text!r}")
        for name in found:
            files[name] = files[name].replace(text, instead)
    for name, content in files.items():
        (folder / name).write_text(content)

"""Servers that speak S3, behind a relay that can fail."""

import os
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import obstore
from obstore.store import from_url

from tests.support.servers.ports import listens, unused_port
from tests.support.servers.processes import Server
from tests.support.servers.relay import Relay

_KEY, _SECRET = "test", "test-secret"


class S3Server(ABC):
    """One process.

    Attributes:
        relay: what clients connect to.
        environment: variables that make clients use the server.
    """

    def __init__(self, command: Sequence[str], port: int, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._port, self._folder = port, folder
        variables = os.environ | {"AWS_ACCESS_KEY_ID": _KEY, "AWS_SECRET_ACCESS_KEY": _SECRET}
        self._server = Server(command, variables, lambda: listens(port), Path(folder.name, "server.log"))
        self.relay = Relay(port)
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.relay.port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
        }

    def start(self) -> None:
        """Starts the process and waits until it accepts connections."""
        self._server.start()
        self._server.wait_until_ready()

    def kill(self) -> None:
        """Ends the process without a warning."""
        process = self._server.process
        assert process is not None
        process.kill()
        process.wait()

    @abstractmethod
    def create_bucket(self, name: str) -> str:
        """Creates a bucket, or an empty prefix in one, and returns its URL."""

    def close(self) -> None:
        """Stops the process."""
        self.relay.close()
        self._server.stop()
        self._folder.cleanup()


class MotoServer(S3Server):
    """moto, which keeps its objects in memory and accepts any credentials."""

    def __init__(self) -> None:
        port = unused_port()
        command = [sys.executable, "-m", "tests.support.servers.object_storage.moto_server", str(port)]
        super().__init__(command, port, tempfile.TemporaryDirectory(prefix="moto-"))

    def create_bucket(self, name: str) -> str:
        """See the base."""
        answer = httpx.put(f"http://127.0.0.1:{self._port}/{name}", timeout=60)
        assert answer.status_code == 200, answer.text
        return f"s3://{name}"


class SeaweedServer(S3Server):
    """SeaweedFS, which keeps its objects on the disk and verifies signatures."""

    def __init__(self, program: Path) -> None:
        folder = tempfile.TemporaryDirectory(prefix="seaweedfs-")
        parts = {part: unused_port() for part in ("master", "volume", "filer", "s3")}
        ports = [f"-{part}.port={port}" for part, port in parts.items()]
        remote = [f"-{part}.port.grpc={unused_port()}" for part in parts]
        unneeded = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
        place = [f"-dir={folder.name}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        restart = ["-master.electionTimeout=1s", "-master.heartbeatInterval=100ms"]
        disk = ["-master.volumeSizeLimitMB=64", "-volume.max=100", "-volume.preStopSeconds=0"]
        command = [
            str(program),
            "server",
            "-filer",
            "-s3",
            *ports,
            *remote,
            *unneeded,
            *place,
            *disk,
            *restart,
        ]
        super().__init__(command, parts["s3"], folder)

    def start(self) -> None:
        """Starts the process and waits until it can be written."""
        super().start()
        options: Any = {"endpoint": f"http://127.0.0.1:{self._port}", "region": "us-east-1"}
        options |= {
            "access_key_id": _KEY,
            "secret_access_key": _SECRET,
            "client_options": {"allow_http": True},
        }
        # It creates the bucket. Requests are repeated until all parts of the server are there.
        obstore.put(from_url("s3://tests", **options), "started", b"")

    def create_bucket(self, name: str) -> str:
        """See the base."""
        return f"s3://tests/{name}"

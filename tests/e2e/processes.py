"""The deployables as processes, as an operator starts them."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

_READY_SECONDS = 60.0


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The tests' environment without settings of the deployables, and with `settings`."""
    prefixes = ("SERVICE_", "INDEXER_", "CATALOG_", "ISSUER_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return inherited | dict(settings)


def run(
    arguments: Sequence[str], settings: Mapping[str, str], timeout: float = 100
) -> subprocess.CompletedProcess[str]:
    """Runs `python -m …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class Server:
    """A deployable that serves HTTP until the context ends."""

    def __init__(
        self, arguments: Sequence[str], settings: Mapping[str, str], ready_url: str, log: Path
    ) -> None:
        self.ready_url, self.log = ready_url, log
        self._command = [sys.executable, "-m", *arguments]
        self._environment = environment(settings)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdout=output, stderr=output
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_until_ready(self) -> Self:
        """Waits for a 200 of the readiness probe; raises with the log when the process ends or takes too long."""
        assert self.process is not None
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(self.ready_url, timeout=2).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{self._command} is not ready:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> int:
        """Ends the process as Kubernetes would; returns its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=30)

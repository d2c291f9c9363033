"""Programs as real processes: started, waited for, and always ended, each by its own id."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parents[3]
_READY_SECONDS = 60.0
_STOP_SECONDS = 30.0
_DEPLOYABLES = ("SERVICE_", "INDEXER_", "CATALOG_", "ISSUER_")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The tests' environment without settings of the deployables, and with `settings`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_DEPLOYABLES)}
    return inherited | dict(settings)


def module(arguments: Sequence[str]) -> list[str]:
    """The command `python -m …`."""
    return [sys.executable, "-m", *arguments]


def run(
    arguments: Sequence[str], settings: Mapping[str, str], timeout: float = 100
) -> subprocess.CompletedProcess[str]:
    """Runs `python -m …` to its end, whatever it is."""
    return subprocess.run(
        module(arguments),
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_module(arguments: Sequence[str], settings: Mapping[str, str]) -> None:
    """Runs `python -m …` to its end; RuntimeError with what it said when it fails."""
    done = run(arguments, settings)
    if done.returncode:
        raise RuntimeError(f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def answers(url: str) -> Callable[[], bool]:
    """Asks whether the URL is answered with 200."""

    def ask() -> bool:
        try:
            return httpx.get(url, trust_env=False, timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    return ask


class Server:
    """A program that serves from the beginning of the context to its end; it may be started again.

    Args:
        command: the program and its arguments.
        variables: its whole environment.
        is_ready: whether it serves now.
        log: file that all it says is added to.

    Attributes:
        process: what runs, or ran last.
    """

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], is_ready: Callable[[], bool], log: Path
    ) -> None:
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._command, self._variables, self._is_ready = list(command), dict(variables), is_ready

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the process and does not wait for it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._variables, stdout=output, stderr=output
            )

    def wait_until_ready(self) -> Self:
        """Returns once it serves; RuntimeError with its log's end when it ends before, or takes too long."""
        assert self.process is not None
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._is_ready():
                return self
            time.sleep(0.05)
        raise RuntimeError(f"{self._command} is not ready:\n{self._log_end()}")

    def stop(self) -> int | None:
        """Ends the process as Kubernetes would; its exit code, None when it was never started.

        Raises:
            RuntimeError: it had to be ended by force.
        """
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired as late:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"{self._command} did not end when told to:\n{self._log_end()}") from late

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


@contextmanager
def serving(
    command: Sequence[str], variables: Mapping[str, str], is_ready: Callable[[], bool], log: Path
) -> Iterator[Server]:
    """Runs a program until the block ends, which begins once it serves; see `Server`."""
    with Server(command, variables, is_ready, log) as server:
        yield server.wait_until_ready()


@contextmanager
def serving_module(
    arguments: Sequence[str], settings: Mapping[str, str], ready_url: str, log: Path
) -> Iterator[None]:
    """Runs `python -m …` until the block ends; begins when `ready_url` answers 200."""
    with serving(module(arguments), environment(settings), answers(ready_url), log):
        yield

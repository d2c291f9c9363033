"""Real processes that always end with the test."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.servers.killed_runs import end_with_run
from tests.support.servers.ports import listens
from tests.support.servers.prepared_interpreter import PreparedProgram

ROOT = Path(__file__).resolve().parents[3]
_DEPLOYABLES = ("SERVICE_", "INDEXER_", "CATALOG_", "ISSUER_")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of the tests, with `settings` as the only settings of deployables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_DEPLOYABLES)}
    return inherited | dict(settings)


def module(arguments: Sequence[str]) -> list[str]:
    """The command `python -m …`."""
    return [sys.executable, "-m", *arguments]


def run(
    arguments: Sequence[str], settings: Mapping[str, str], timeout: float = 240
) -> subprocess.CompletedProcess[str]:
    """Runs `python -m …` to its end, with any exit code."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        program = PreparedProgram(arguments, environment(settings), ROOT, output, errors)
        try:
            code = program.wait(timeout)
        finally:
            program.kill()
        return subprocess.CompletedProcess(module(arguments), code, output.read_text(), errors.read_text())


def run_module(arguments: Sequence[str], settings: Mapping[str, str]) -> None:
    """Runs `python -m …` to its end.

    Raises:
        RuntimeError: the program failed. The message has its output.
    """
    done = run(arguments, settings)
    if done.returncode:
        raise RuntimeError(f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def answers(url: str) -> Callable[[], bool]:
    """A check that a GET of the URL is answered with 200."""
    port = httpx.URL(url).port or 80

    def ask() -> bool:
        if not listens(port):  # A request takes ten times the time of a connection.
            return False
        try:
            return httpx.get(url, timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    return ask


class Server:
    """A program that runs as long as the context. It can be started again.

    Args:
        command: program and arguments.
        variables: whole environment.
        is_ready: True once the program serves.
        log: file that its output is appended to.
        ready_seconds: limit of the start.
        stop_seconds: limit of the stop.

    Attributes:
        process: current or last process.
    """

    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        is_ready: Callable[[], bool],
        log: Path,
        *,
        ready_seconds: float = 120.0,
        stop_seconds: float = 30.0,
    ) -> None:
        self._ready_seconds, self._stop_seconds = ready_seconds, stop_seconds
        self.log = log
        self.process: subprocess.Popen[bytes] | PreparedProgram | None = None
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
        if self._command[:2] == module([]):
            self.log.touch()
            self.process = PreparedProgram(self._command[2:], self._variables, ROOT, self.log, self.log)
            return
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._variables, stdout=output, stderr=output
            )
        end_with_run(self.process.pid)

    def wait_until_ready(self) -> Self:
        """Waits until the program serves.

        Raises:
            RuntimeError: the program ended or took too long. The message has the end of its log.
        """
        assert self.process is not None
        deadline = time.monotonic() + self._ready_seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._is_ready():
                return self
            time.sleep(0.05)
        raise RuntimeError(f"{self._command} is not ready:\n{self._log_end()}")

    def stop(self) -> int | None:
        """Stops the process as Kubernetes does. Returns its exit code.

        Without a process, returns None.

        Raises:
            RuntimeError: the process had to be killed.
        """
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired as late:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"{self._command} did not stop on SIGTERM:\n{self._log_end()}") from late

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


@contextmanager
def serving(
    command: Sequence[str], variables: Mapping[str, str], is_ready: Callable[[], bool], log: Path
) -> Iterator[Server]:
    """Runs a program for the block, which starts once it is ready. See `Server`."""
    with Server(command, variables, is_ready, log) as server:
        yield server.wait_until_ready()


@contextmanager
def serving_module(
    arguments: Sequence[str], settings: Mapping[str, str], ready_url: str, log: Path
) -> Iterator[None]:
    """Runs `python -m …` for the block, which starts once `ready_url` answers 200."""
    with serving(module(arguments), environment(settings), answers(ready_url), log):
        yield

"""Starts the processes of the demo and ends all of them with it.

Each child leads its own process group, so that Ctrl-C in the terminal reaches this process only, which then ends every
group in order.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import TypeAlias

import httpx

_LOG_LINES = 20
_POLL_SECONDS = 0.1
_PROBE_SECONDS = 2.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Handler: TypeAlias = "Callable[[int, FrameType | None], object] | int | signal.Handlers | None"
"""A signal handler, as `signal.signal` takes and returns it."""


class StopRequested(BaseException):
    """The demo was stopped by Ctrl-C, SIGTERM or a closed terminal.

    It is not an error, so it is not an Exception.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


class ProcessFailed(Exception):
    """A process ended unexpectedly or did not become ready.

    The text has the end of its log.

    Attributes:
        exit_code: for the demo: the code of a command that failed, and 1 for a server.
    """

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Child:
    """A server process, whose output goes to `log`."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def log_end(self) -> str:
        """The last lines of its log, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return f"The end of {self.log}:\n" + "\n".join(f"    {line}" for line in lines)


class ProcessStack:
    """Starts processes, and ends all of them when its `with` block ends.

    Inside the block, SIGINT, SIGTERM and SIGHUP raise StopRequested in the main thread.
    """

    def __init__(self, grace_seconds: float = 10.0) -> None:
        self._grace_seconds = grace_seconds
        self._children: list[Child] = []
        self._groups: list[subprocess.Popen[bytes]] = []
        self._starting = False
        self._stop_signal: int | None = None
        self._handlers: dict[int, Handler] = {}

    def __enter__(self) -> "ProcessStack":
        for number in _STOP_SIGNALS:
            self._handlers[int(number)] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stop in _STOP_SIGNALS:  # a second Ctrl-C must not leave half of them running
            signal.signal(stop, signal.SIG_IGN)
        try:
            self._end_all()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """Starts a server. `environment` is added to the inherited variables."""
        with log.open("wb") as output:
            process = self._spawn(command, environment, output.fileno())
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Runs a process to its end, with its output on this terminal.

        Raises:
            ProcessFailed: it failed, or a server ended meanwhile.
        """
        process = self._spawn(command, environment, None)
        while process.poll() is None:
            self.check()
            time.sleep(_POLL_SECONDS)
        self._groups.remove(process)
        if process.returncode != 0:
            text = f"{name} failed ({_ending(process.returncode)}). Its output is above."
            raise ProcessFailed(text, max(process.returncode, 1))

    def wait_until_ready(self, child: Child, url: str, seconds: float) -> None:
        """Returns when `url` answers 200.

        Raises:
            ProcessFailed: a server ended, or `seconds` have passed.
        """
        deadline = time.monotonic() + seconds
        with httpx.Client(timeout=_PROBE_SECONDS, trust_env=False) as client:
            while not _answers(client, url):
                self.check()
                if time.monotonic() > deadline:
                    raise ProcessFailed(
                        f"{child.name} was not ready after {seconds:.0f} s. {child.log_end()}"
                    )
                time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Raises ProcessFailed when a server has ended."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise ProcessFailed(f"{child.name} ended unexpectedly ({_ending(code)}). {child.log_end()}")

    def wait(self) -> None:
        """Blocks until the demo is stopped or a server ends.

        Raises:
            StopRequested: the demo was stopped.
            ProcessFailed: a server ended.
        """
        while True:
            self.check()
            time.sleep(_POLL_SECONDS)

    def _spawn(
        self, command: Sequence[str], environment: Mapping[str, str], output: int | None
    ) -> "subprocess.Popen[bytes]":
        self._starting = True  # a signal must not arrive before the process is in the list
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                env={**os.environ, **environment},
                process_group=0,
                preexec_fn=_ends_with_parent(),
            )
            self._groups.append(process)
        finally:
            self._starting = False
        if self._stop_signal is not None:
            raise StopRequested(self._stop_signal)
        return process

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._stop_signal = number
        if not self._starting:
            raise StopRequested(number)

    def _end_all(self) -> None:
        """Terminates every group, the last started first, and kills it after a grace period."""
        for process in reversed(self._groups):
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + self._grace_seconds
        for process in reversed(self._groups):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
            _signal_group(process, signal.SIGKILL)  # its own children may still run
        self._groups.clear()
        self._children.clear()


def module(name: str) -> list[str]:
    """The command that runs a Python module."""
    return [sys.executable, "-m", name]


def _ends_with_parent() -> Callable[[], None] | None:
    """Makes the Linux kernel terminate the child when this process is killed."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    set_parent_death_signal = 1

    def set_signal() -> None:
        libc.prctl(set_parent_death_signal, signal.SIGTERM)

    return set_signal


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

"""The processes that the demo starts, and the promise that none outlives it.

Each child leads a process group of its own, so that a Ctrl-C in the terminal reaches only this process, which then
ends every group in order.
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
"""What may be done about a signal, as `signal.signal` takes and returns it."""


class StopRequested(BaseException):
    """Someone wants the demo to end: Ctrl-C, SIGTERM or a closed terminal. Not an error, so not an Exception."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


class ProcessFailed(Exception):
    """A process ended by itself, or did not become ready; the text has the end of its log."""


@dataclass(frozen=True)
class Child:
    """A process that serves until it is ended; what it says goes to `log`."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def log_end(self) -> str:
        """The last lines of its log, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return f"The end of {self.log}:\n" + "\n".join(f"    {line}" for line in lines)


class ProcessStack:
    """Starts processes and ends all of them when the `with` block is left, whatever the reason.

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
        for stop in _STOP_SIGNALS:  # an impatient second Ctrl-C must not leave half of them running
            signal.signal(stop, signal.SIG_IGN)
        try:
            self._end_all()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """Starts a process that serves; `environment` is added to this process's own."""
        with log.open("wb") as output:
            process = self._spawn(command, environment, output.fileno())
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Runs a process to its end, on this terminal. ProcessFailed when it, or a serving one, fails."""
        process = self._spawn(command, environment, None)
        while process.poll() is None:
            self.check()
            time.sleep(_POLL_SECONDS)
        self._groups.remove(process)
        if process.returncode != 0:
            raise ProcessFailed(f"{name} failed ({_ending(process.returncode)}); what it said stands above.")

    def wait_until_ready(self, child: Child, url: str, seconds: float) -> None:
        """Returns when `url` answers 200. ProcessFailed when a process ends before or `seconds` have passed."""
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
        """Raises ProcessFailed when a serving process has ended."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise ProcessFailed(f"{child.name} ended by itself ({_ending(code)}). {child.log_end()}")

    def wait(self) -> None:
        """Stays until a stop is requested (StopRequested) or a serving process ends (ProcessFailed)."""
        while True:
            self.check()
            time.sleep(_POLL_SECONDS)

    def _spawn(
        self, command: Sequence[str], environment: Mapping[str, str], output: int | None
    ) -> "subprocess.Popen[bytes]":
        self._starting = True  # a signal must not arrive between the start and the note of it
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
        """Asks every group to end, last started first, and ends by force what does not go in time."""
        for process in reversed(self._groups):
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + self._grace_seconds
        for process in reversed(self._groups):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
            _signal_group(process, signal.SIGKILL)  # what it left behind in its group
        self._groups.clear()
        self._children.clear()


def _ends_with_parent() -> Callable[[], None] | None:
    """On Linux, has the kernel end the child when this process is killed and can do nothing itself."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    set_parent_death_signal = 1

    def ask_the_kernel() -> None:
        libc.prctl(set_parent_death_signal, signal.SIGTERM)

    return ask_the_kernel


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

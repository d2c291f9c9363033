"""Runs the steps of the set-up, with their output in a log.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from tools import torch_build
from tools.interpreters import SetupFailed
from tools.step_progress import StepProgress

_LOG_LINES = 20
_GRACE_SECONDS = 5.0


class NoCpuBuild(SetupFailed):
    """No source has a CPU build of torch for this Python."""


class Steps:
    """Runs commands in `root`, one after another, and shows how far each is.

    Args:
        root: folder of the repository.
        output: stream for the progress of the steps, standard output by default.
        every_seconds: time between two looks at a step's progress, by default that of the stream.
    """

    def __init__(self, root: Path, output: TextIO | None = None, every_seconds: float | None = None) -> None:
        self._root = root
        self._output = output or sys.stdout
        self._every_seconds = every_seconds
        self._log = root / ".setup.log"

    def begin(self, folder: Path) -> None:
        """Empties the log, and says what is made."""
        print(f"Setting up {folder}, once. The output of each step goes to {self._log}.", file=self._output)
        self._log.write_text("")

    def run(self, step: str, command: list[str], packages: int = 0, **variables: str) -> None:
        """Runs one command to its end.

        It leads a process group, so that nothing that it started is left when this program is stopped.

        Raises:
            NoCpuBuild: it found no CPU build of torch.
            SetupFailed: it failed. The text has the end of its output.
        """
        with self._log.open("a") as log, self._log.open(errors="replace") as output:
            start = output.seek(0, os.SEEK_END)
            progress = StepProgress(step, self._output, packages, self._every_seconds)
            with subprocess.Popen(
                command,
                cwd=self._root,
                env=os.environ | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process:
                try:
                    while not _has_ended(process, progress.every_seconds):
                        progress.show(output.read())
                except BaseException:
                    _end_group(process)
                    raise
            code = process.returncode
            progress.end(code)
            output.seek(start)
            last_lines = "".join(output.readlines()[-_LOG_LINES:])
        if code == torch_build.NO_CPU_BUILD:
            raise NoCpuBuild(last_lines)
        if code != 0:
            network = torch_build.no_network(last_lines)
            reason = f"The index of packages {network}\n" if network else ""
            raise SetupFailed(f"{reason}The step “{step}” failed. The end of {self._log}:\n{last_lines}")


def end_like_ctrl_c() -> None:
    """Makes SIGTERM and SIGHUP end this program and its step as Ctrl-C does."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) != signal.SIG_IGN:  # as `nohup` leaves it
            signal.signal(ending, signal.default_int_handler)


def exit_code_of(set_up: Callable[[], None]) -> int:
    """Runs a set-up, and says why it ended early."""
    try:
        set_up()
    except SetupFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nerror: interrupted. The same command starts from the beginning.", file=sys.stderr)
        return 130
    return 0


def _has_ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """True if the process ends within so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        _has_ended(process, _GRACE_SECONDS)

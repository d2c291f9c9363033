"""Tests that stop programs run in the background of a shell, too."""

import signal
import subprocess
import sys

from tests.support.ignored_signals import handle_ignored_signals


def test_programs_heed_signals_of_an_ignoring_run() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        handle_ignored_signals()
        asked = [
            sys.executable,
            "-c",
            "import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL)",
        ]
        assert subprocess.check_output(asked, text=True) == "True\n"
        signal.raise_signal(signal.SIGHUP)  # It does not end the run.
    finally:
        signal.signal(signal.SIGHUP, before)

"""A demo in a folder of its own, as `make demo` starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from tests.conftest import BLAS_THREADS
from tests.support.servers.killed_runs import end_with_run
from tests.support.servers.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 300.0


class RunningDemo:
    """`python -m demo run` in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        self.folder = folder
        self._output = folder / f"output-{time.monotonic_ns()}.txt"
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "demo", "run", *arguments],
                cwd=folder,
                env=environment() | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        end_with_run(self.process.pid)

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_until_up(self) -> None:
        def is_up_or_ended() -> bool:
            return self.process.poll() is not None or "Ctrl-C ends everything" in self.output

        wait_until(is_up_or_ended, "the demo is up", SECONDS)
        assert self.process.poll() is None, self.output

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def environment() -> dict[str, str]:
    """Without the tests' own number of threads: the demo sets it."""
    inherited = {name: value for name, value in os.environ.items() if name not in BLAS_THREADS}
    return {**inherited, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}


def command(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "demo", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )


def published(folder: Path) -> list[tuple[datetime, bool]]:
    """The time of the latest purchase of each snapshot, and whether it is measured."""
    manifests = [
        json.loads(file.read_bytes()) for file in sorted(folder.glob(".demo/*/snapshots/*/manifest.json"))
    ]
    return [
        (datetime.fromisoformat(each["data_watermark"]), "ndcg_at_20" in each["metrics"])
        for each in manifests
    ]

"""A test run that is killed leaves no programs behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.servers.processes import ROOT
from tests.support.servers.waiting import wait_until

SUITE = Path(__file__).with_name("suite_to_kill.py")
SECONDS = 400


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def test_programs_of_a_killed_run_end(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'run'}",
        SUITE,
    ]
    run = subprocess.Popen(command, cwd=ROOT, env=own | {"REPORT": str(report)}, stdout=subprocess.DEVNULL)
    pids: list[int] = []
    try:
        wait_until(lambda: report.exists() or run.poll() is not None, "the programs run", SECONDS)
        pids += json.loads(report.read_text())
        assert all(map(is_running, pids)), pids
        run.kill()
        run.wait()
        wait_until(lambda: not any(map(is_running, pids)), "they have ended", SECONDS)
    finally:
        for pid in filter(is_running, (run.pid, *pids)):
            os.kill(pid, signal.SIGKILL)
        run.wait()

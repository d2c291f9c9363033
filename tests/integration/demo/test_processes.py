import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.processes import ProcessFailed, ProcessStack
from tests.support.servers.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
STACK = Path(__file__).with_name("supervised.py")
PROCESSES = ("server", "grandchild", "bystander/server", "bystander/grandchild")
SECONDS = 15.0


class Supervised:
    """The running stack of `supervised.py`, with the ids of its processes."""

    def __init__(self, folder: Path, behavior: str) -> None:
        (folder / "bystander").mkdir()
        self.folder = folder
        self.parent = subprocess.Popen(
            [sys.executable, str(STACK), str(folder), behavior],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        files = [folder / name for name in PROCESSES]
        wait_until(lambda: all(file.exists() and file.read_text() for file in files), "a start", SECONDS)
        self.processes = [int((folder / name).read_text()) for name in PROCESSES]

    def end(self) -> None:
        if self.parent.poll() is None:
            self.parent.kill()
        self.parent.communicate()
        for process in self.processes:
            if is_alive(process):
                os.kill(process, signal.SIGKILL)


def is_alive(process: int) -> bool:
    """True when the process runs. A zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def started(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Supervised]:
    stack = Supervised(tmp_path, request.param)
    try:
        yield stack
    finally:
        stack.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("started", ["stays", "job"], indirect=True)
def test_signal_ends_every_process(started: Supervised, number: signal.Signals) -> None:
    assert all(is_alive(process) for process in started.processes)
    started.parent.send_signal(number)
    assert started.parent.wait(SECONDS) == 0
    assert [process for process in started.processes if is_alive(process)] == []


@pytest.mark.parametrize("started", ["stubborn"], indirect=True)
def test_process_that_ignores_sigterm_is_killed(started: Supervised) -> None:
    wait_until((started.folder / "deaf").exists, "deafness", SECONDS)
    started.parent.send_signal(signal.SIGINT)
    assert started.parent.wait(SECONDS) == 0
    assert [process for process in started.processes if is_alive(process)] == []


@pytest.mark.parametrize("started", ["stubborn"], indirect=True)
def test_second_ctrl_c_leaves_no_process_behind(started: Supervised) -> None:
    wait_until((started.folder / "deaf").exists, "deafness", SECONDS)
    started.parent.send_signal(signal.SIGINT)
    time.sleep(0.1)
    started.parent.send_signal(signal.SIGINT)
    assert started.parent.wait(SECONDS) == 0
    assert [process for process in started.processes if is_alive(process)] == []


@pytest.mark.parametrize("started", ["dies"], indirect=True)
def test_failure_of_one_process_ends_the_rest_and_shows_its_log(started: Supervised) -> None:
    (started.folder / "die").touch()
    output, _ = started.parent.communicate(timeout=SECONDS)
    assert started.parent.returncode == 4
    assert "The server ended unexpectedly (exit code 3)" in output
    assert "the disk is full" in output
    assert [process for process in started.processes if is_alive(process)] == []


@pytest.mark.parametrize("started", ["stays"], indirect=True)
def test_children_end_when_their_parent_is_killed(started: Supervised) -> None:
    servers = started.processes[::2]
    started.parent.kill()
    wait_until(lambda: not any(is_alive(process) for process in servers), "the end", SECONDS)


def test_failed_job_is_an_error_with_its_exit_code() -> None:
    with ProcessStack() as processes, pytest.raises(ProcessFailed, match=r"Loading failed \(exit code 7\)"):
        processes.run("Loading", [sys.executable, "-c", "raise SystemExit(7)"], {})


def test_job_gets_the_given_variables() -> None:
    with ProcessStack() as processes:
        processes.run("Looking", [sys.executable, "-c", "import os; os.environ['SHOP']"], {"SHOP": "open"})
        with pytest.raises(ProcessFailed):
            processes.run("Looking", [sys.executable, "-c", "import os; os.environ['SHOP']"], {})


def test_server_that_is_not_ready_in_time_is_an_error_with_its_log(tmp_path: Path, free_port: int) -> None:
    program = "import time; print('still warming up', flush=True); time.sleep(60)"
    with ProcessStack() as processes:
        child = processes.start("The service", [sys.executable, "-c", program], {}, tmp_path / "log")
        wait_until(lambda: bool(child.log.read_text()), "a word", SECONDS)
        with pytest.raises(ProcessFailed, match=r"not ready after 0 s(.|\n)*still warming up"):
            processes.wait_until_ready(child, f"http://127.0.0.1:{free_port}/health/ready", 0.3)


def test_server_is_ready_when_it_answers(tmp_path: Path, free_port: int) -> None:
    command = [
        sys.executable,
        "-m",
        "http.server",
        str(free_port),
        "--bind",
        "127.0.0.1",
        "-d",
        str(tmp_path),
    ]
    with ProcessStack() as processes:
        child = processes.start("The service", command, {}, tmp_path / "log")
        processes.wait_until_ready(child, f"http://127.0.0.1:{free_port}/", SECONDS)
        assert child.process.poll() is None
    assert child.process.poll() is not None


def test_earlier_signal_handlers_are_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with ProcessStack():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before

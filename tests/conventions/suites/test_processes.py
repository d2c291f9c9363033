"""Processes started by tests are awaited, explained if they fail, and always stopped."""

import os
import sys
from pathlib import Path

import pytest

from tests.support.servers.processes import Server, serving

FOREVER = "import time; time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {FOREVER}"


def python(program: str, folder: Path, said: str = "", **limits: float) -> Server:
    """A Python program that is ready once `said` is in its log."""
    log = folder / "log"
    return Server([sys.executable, "-c", program], os.environ, lambda: said in log.read_text(), log, **limits)


def is_gone(server: Server) -> bool:
    assert server.process is not None
    return not Path(f"/proc/{server.process.pid}").exists()


def test_process_is_stopped_when_the_block_fails(tmp_path: Path) -> None:
    server = python(FOREVER, tmp_path)
    with pytest.raises(ValueError, match="of a test"), server:
        server.wait_until_ready()
        assert not is_gone(server)
        raise ValueError("of a test")
    assert is_gone(server)


def test_early_exit_is_reported_with_the_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no room')"]
    with (
        pytest.raises(RuntimeError, match="no room"),
        serving(command, os.environ, lambda: False, tmp_path / "log"),
    ):
        raise AssertionError("it never serves")


def test_waiting_for_readiness_ends_after_a_timeout(tmp_path: Path) -> None:
    with (
        python(FOREVER, tmp_path, said="ready", ready_seconds=0.1) as server,
        pytest.raises(RuntimeError, match="is not ready"),
    ):
        server.wait_until_ready()
    assert is_gone(server)


def test_process_that_ignores_sigterm_is_killed_and_reported(tmp_path: Path) -> None:
    server = python(DEAF, tmp_path, said="deaf", stop_seconds=0.2)
    server.start()
    server.wait_until_ready()
    with pytest.raises(RuntimeError, match="did not stop on SIGTERM"):
        server.stop()
    assert is_gone(server)


def test_server_can_be_started_again(tmp_path: Path) -> None:
    server = python(FOREVER, tmp_path)
    assert server.stop() is None
    seen = set()
    for _ in range(2):
        with server:
            assert server.wait_until_ready().process is not None
            seen.add(server.process)
    assert len(seen) == 2

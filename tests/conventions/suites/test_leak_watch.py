"""The leak watch finds planted values wherever a test run leaves them."""

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conventions.source_files import ROOT
from tests.support.leak_watch import MARK, leaks, planted

OPTIONS = ["-p", "tests.support.leak_watch", "-p", "no:cacheprovider", "-c", "/dev/null"]
LEAKS = {
    "print": "print('a line with ' + MARK)",
    "stderr": "print(MARK, file=sys.stderr)",
    "log": "logging.getLogger('x').warning('user %s', MARK)",
    "file": "(tmp_path / 'service.log').write_text('x ' + MARK)",
    "descriptor": "os.write(2, MARK.encode())",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder outside the run's own, whose log files are searched too."""
    with tempfile.TemporaryDirectory(prefix="leaks-") as name:
        yield Path(name)


def run(folder: Path, tests: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Runs tests with these bodies in a pytest process with the leak watch."""
    bodies = "".join(f"def test_{name}(tmp_path):\n    {body}\n" for name, body in tests.items())
    (folder / "test_it.py").write_text(f"import logging, os, sys\nMARK = {MARK!r}\n{bodies}")
    places = [f"--basetemp={folder / 'temp'}", f"--rootdir={folder}", str(folder / "test_it.py")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *options, *places],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_leak_is_reported_and_fails_the_run(folder: Path) -> None:
    done = run(folder, LEAKS)
    assert done.returncode == 1, done.stdout
    assert "planted secrets or user ids in output" in done.stdout
    report = done.stdout.partition("planted secrets or user ids in output")[2]
    assert all(f"test_{name}" in report for name in LEAKS), report


def test_leaks_in_workers_fail_the_run(folder: Path) -> None:
    done = run(folder, {"file": LEAKS["file"]}, "-p", "xdist.plugin", "-n", "1")
    assert done.returncode == 1, done.stdout
    assert done.stdout.count("service.log: x") == 1


def test_run_without_leaks_passes(folder: Path) -> None:
    done = run(folder, {"clean": "(tmp_path / 'service.log').write_text('nothing')"})
    assert done.returncode == 0, done.stdout


def test_leak_watch_is_active_in_this_run(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.has_plugin("leak-watch")


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_of_a_planted_value_is_found(before: str) -> None:
    value = before + planted("secret")
    for encoded in (base64.b64encode(value.encode()), base64.urlsafe_b64encode(value.encode())):
        assert list(leaks(b"Authorization: " + encoded))
    assert not list(leaks(b"an ordinary line"))

"""The watch over planted values finds them, wherever a run leaves them."""

import base64
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.leak_watch import MARK, leaks, planted

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Apart from the run's own folder, where these leaks would be found as its own."""
    with tempfile.TemporaryDirectory(prefix="leaks-") as name:
        yield Path(name)


def run(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(f"MARK = {MARK!r}\n{test}\n")
    options = [
        "-p",
        "tests.support.leak_watch",
        "-p",
        "no:cacheprovider",
        f"--basetemp={folder / 'temp'}",
        "-c",
        "/dev/null",
    ]
    command = [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", str(folder / "test_it.py")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "leak",
    [
        "print('a line with ' + MARK)",
        "import sys; print(MARK, file=sys.stderr)",
        "import logging; logging.getLogger('x').warning('user %s', MARK)",
        "(tmp_path / 'service.log').write_text('x ' + MARK)",
        "import os; os.write(2, MARK.encode())",
    ],
)
def test_a_leak_fails_the_run(folder: Path, leak: str) -> None:
    done = run(folder, f"def test(tmp_path):\n    {leak}")
    assert done.returncode == 1, done.stdout
    assert "planted secrets or user ids in output" in done.stdout


def test_a_run_without_leaks_passes(folder: Path) -> None:
    done = run(folder, "def test(tmp_path):\n    (tmp_path / 'service.log').write_text('nothing')")
    assert done.returncode == 0, done.stdout


def test_this_run_is_watched(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.has_plugin("leak-watch")


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_hides_nothing(before: str) -> None:
    value = before + planted("secret")
    for encoded in (base64.b64encode(value.encode()), base64.urlsafe_b64encode(value.encode())):
        assert list(leaks(b"Authorization: " + encoded))
    assert not list(leaks(b"an ordinary line"))

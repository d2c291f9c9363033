"""`make` refuses unknown targets and variables, and tokens without a demo."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("demo", "PURCHASE=x.csv"), "PURCHASE is no variable of this Makefile. Its variables are PYTHON"),
        (("token", "SUB=402", "SCOPES=events:write"), "SCOPES is no variable"),
        (("dmeo",), "There is no target dmeo. Run make help"),
        (("token", "SUB=402", "VENV=none/bin/python"), "none is not set up. Run make demo, then this again"),
    ],
)
def test_commands_that_cannot_run_are_refused(words: tuple[str, ...], says: str) -> None:
    done = subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


def test_missing_uv_is_named(tmp_path: Path) -> None:
    for name in ("bash", "dirname", "env"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    words = [str(shutil.which("make")), "lock"]
    done = subprocess.run(
        words, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.startswith("error: make lock needs uv")) == (2, True), done.stderr


@pytest.mark.parametrize("target", ["token", "rebuild"])
def test_commands_beside_the_demo_are_refused_during_the_set_up(target: str, tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    # Within `make test`, make would print the directory.
    words = ["make", "--no-print-directory", target, "SUB=402", f"VENV={python}"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: No demo is running here, and {tmp_path} is not set up.")
    (tmp_path / ".installed-demo").touch()
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "is not set up" not in done.stderr


@pytest.mark.parametrize(
    "words", [("token", "SUB=402", "SCOPE=a b"), ("demo", "PURCHASES=my file.csv", "MAP=a=b")]
)
def test_variables_of_the_makefile_are_accepted(words: tuple[str, ...]) -> None:
    done = subprocess.run(["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr

import io
import os
from pathlib import Path

import pytest

from tests.unit.tools.stand_in_python import StandInPythons
from tools.environment import LOCKS, Environment
from tools.step_progress import PipOutput, packages_of

OUTPUT = """\
Looking in indexes: https://index.example/simple
Ignoring contourpy: markers 'python_full_version >= "3.12"' don't match your environment
Collecting annoy==1.17.3 (from -r requirements/demo.txt (line 13))
  Downloading annoy-1.17.3.tar.gz (647 kB)
     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 647.5/647.5 kB 191.2 MB/s  0:00:00
Processing ./files/attrs-26.1.0-py3-none-any.whl (from -r requirements/demo.txt (line 163))
Collecting scipy==1.18.0 (from -r requirements/demo.txt (line 900))
  Downloading scipy-1.18.0-cp311-cp311-manylinux_2_27_x86_64.whl (35.4 MB)
"""


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class Watched(io.StringIO):
    """A stream that opens a named pipe once a text is written."""

    def __init__(self, text: str, pipe: Path) -> None:
        super().__init__()
        self._text, self._pipe = text, pipe
        os.mkfifo(pipe)

    def write(self, text: str) -> int:
        if self._text in text and self._text not in self.getvalue():
            self._pipe.write_bytes(b"")
        return super().write(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for lock in LOCKS.values():
        (tmp_path / lock).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / lock).write_text("annoy==1.17.3\nattrs==26.1.0\ncontourpy==1 ; x\nscipy==1.18.0\nuv==1\n")
    return tmp_path


def test_packages_of_a_lock_are_counted() -> None:
    lock = "a-b==1 \\\n    --hash=sha256:00\n    # via c==2\nuvicorn[standard]==1 \\\n    --hash=sha256:00\n"
    assert packages_of(lock) == 2


def test_output_of_pip_is_summed_up() -> None:
    done = PipOutput(5)
    for character in OUTPUT:
        done.read(character)
    assert str(done) == "4 of 5 packages, 36 MB"
    done.read("  Building wheel for annoy (pyproject.toml): started\n")
    assert str(done) == "4 of 5 packages, 36 MB, compiling annoy"
    done.read("  Building wheel for annoy (pyproject.toml): finished with status 'done'\n")
    done.read("Installing collected packages: scipy, attrs, annoy\n")
    assert str(done) == "4 of 5 packages, 36 MB, installing"


def test_progress_is_shown_while_packages_are_downloaded(
    pythons: StandInPythons, root: Path, tmp_path: Path
) -> None:
    shown = tmp_path / "shown"
    pythons.add(
        "python3", (3, 11), fails_at=LOCKS["demo"], says=OUTPUT.rstrip(), waits_for=str(shown), exit_code=0
    )
    output = Watched("\n    4 of 5 packages, 36 MB, 0:", shown)
    Environment(root, output, every_seconds=0.01).make("demo")
    first, *_, last = output.getvalue().splitlines()
    assert first.startswith("Setting up ")
    assert last.endswith(" s")


def test_terminal_has_one_line_for_each_step(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), fails_at=LOCKS["demo"], says=OUTPUT, exit_code=0)
    output = Terminal()
    Environment(root, output, every_seconds=0.01).make("demo")
    _, *steps, _ = output.getvalue().split("\n")
    assert len(steps) == 4
    ended = [step.rpartition("\r")[2] for step in steps]
    assert all(step.endswith(" s\x1b[K") for step in ended)
    assert ended[-1].startswith(f"  packages of {LOCKS['demo']} … ")

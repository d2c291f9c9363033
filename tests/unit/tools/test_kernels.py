"""Kernels are compiled once, and again after every change of their sources."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.kernels import FOLDER, compile_outdated

SOURCE = "from recommender.kernels.shared cimport number\n\ndef answer():\n    return number()\n"
SHARED = "cdef inline int number() noexcept:\n    return {}\n"


def test_changes_of_shared_code_are_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    for package in (FOLDER, FOLDER.parent):
        (package / "__init__.py").touch()
    (FOLDER / "tiny.pyx").write_text(SOURCE)
    for number in (1, 2):
        (FOLDER / "shared.pxd").write_text(SHARED.format(number))
        assert compile_outdated() == ["tiny"]
        program = "from recommender.kernels.tiny import answer; print(answer())"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(number)
    assert compile_outdated() == []

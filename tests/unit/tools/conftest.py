from pathlib import Path

import pytest

from tests.unit.tools.stand_in_python import StandInPythons


@pytest.fixture
def pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInPythons:
    stand_ins = StandInPythons(tmp_path)
    monkeypatch.setenv("PATH", str(stand_ins.programs))
    return stand_ins

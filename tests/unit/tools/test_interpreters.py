import sys

import pytest

from tests.unit.tools.stand_in_python import StandInPythons
from tools.interpreters import SetupFailed, candidates, probe


def test_running_python_is_probed() -> None:
    found = probe(sys.executable)
    assert found is not None
    assert tuple(found.version) == sys.version_info[:2]
    assert found.has_venv
    assert probe("/nowhere/python3") is None
    assert probe("/bin/false") is None


def test_supported_pythons_are_candidates_once_per_version(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 13))
    pythons.add("python3.12", (3, 12))
    pythons.add("python3.11", (3, 11))
    assert [found.command for found in candidates("")] == ["python3.12", "python3.11"]
    pythons.add("python3", (3, 12))
    assert [found.command for found in candidates("")] == ["python3", "python3.11"]
    given = str(pythons.programs / "python3.11")
    assert [found.command for found in candidates(given)] == [given]


@pytest.mark.parametrize(
    ("given", "message"),
    [("", "Found: python3 \\(3.9\\)"), ("python3.99", "Found: no Python that starts as python3.99")],
)
def test_unsupported_python_is_rejected_by_name(pythons: StandInPythons, given: str, message: str) -> None:
    pythons.add("python3", (3, 9))
    with pytest.raises(SetupFailed, match=message) as failure:
        candidates(given)
    assert "apt-get install python3 python3-venv python3-dev" in str(failure.value)


@pytest.mark.parametrize("name", ["python3", "python3.12"])
def test_missing_parts_are_named_by_their_debian_packages(pythons: StandInPythons, name: str) -> None:
    pythons.add(name, (3, 12), venv=False, headers=False)
    (pythons.programs / "g++").unlink()
    with pytest.raises(SetupFailed, match=f"apt-get install {name}-venv {name}-dev g\\+\\+"):
        candidates("")


def test_complete_python_is_preferred_to_one_without_headers(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 11), headers=False)
    pythons.add("python3.12", (3, 12))
    assert [found.command for found in candidates("")] == ["python3.12"]

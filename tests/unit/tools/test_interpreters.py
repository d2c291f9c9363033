import sys
from pathlib import Path

import pytest

from tests.unit.tools.stand_in_python import StandInPythons
from tools.interpreters import SetUpRefused, choose, missing_packages, probe


@pytest.fixture
def pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInPythons:
    stand_ins = StandInPythons(tmp_path)
    monkeypatch.setenv("PATH", str(stand_ins.programs))
    return stand_ins


def test_this_python_is_found_by_running_it() -> None:
    found = probe(sys.executable)
    assert found is not None
    assert found.version == sys.version_info[:2]
    assert found.supported


def test_a_program_that_is_missing_or_no_python_is_not_found(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    assert probe("/nowhere/python3") is None
    assert probe(str(broken)) is None


def test_the_usual_python3_comes_first_then_the_other_version(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 12))
    pythons.add("python3.12", (3, 12))
    pythons.add("python3.11", (3, 11))
    assert [found.command for found in choose(None)] == ["python3", "python3.11"]


def test_an_unsupported_python3_is_passed_over(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 13))
    pythons.add("python3.11", (3, 11))
    assert [found.command for found in choose(None)] == ["python3.11"]


def test_a_given_python_is_the_only_choice(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 12))
    asked_for = pythons.add("python3.11", (3, 11))
    assert [found.command for found in choose(asked_for)] == [asked_for]


def test_a_given_python_that_does_not_exist_is_named(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 12))
    with pytest.raises(SetUpRefused, match=r"PYTHON=python3\.99 is no Python that starts"):
        choose("python3.99")


def test_only_unsupported_pythons_are_refused_by_name(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 9))
    with pytest.raises(SetUpRefused, match=r"3\.11 or 3\.12 is needed; there is only python3 \(3\.9\)"):
        choose(None)


def test_without_any_python_the_packages_are_named(pythons: StandInPythons) -> None:
    with pytest.raises(SetUpRefused, match="apt-get install python3 python3-venv python3-dev"):
        choose(None)


@pytest.mark.parametrize(
    ("name", "packages"),
    [("python3", "python3-venv python3-dev"), ("python3.12", "python3.12-venv python3.12-dev")],
)
def test_missing_parts_are_sentences_with_debians_package_names(
    pythons: StandInPythons, name: str, packages: str
) -> None:
    pythons.add(name, (3, 12), venv=False, headers=False)
    with pytest.raises(SetUpRefused) as refused:
        choose(None)
    text = str(refused.value)
    assert "cannot make virtual environments" in text
    assert "headers" in text
    assert f"apt-get install {packages}" in text


@pytest.mark.parametrize("tool", ["g++", "make"])
def test_a_missing_tool_is_named(pythons: StandInPythons, tool: str) -> None:
    found = probe(pythons.add("python3", (3, 12)))
    assert found is not None
    assert missing_packages(found) == {}
    (pythons.programs / tool).unlink()
    assert list(missing_packages(found)) == [tool]


def test_a_complete_python_is_preferred_to_one_without_headers(pythons: StandInPythons) -> None:
    pythons.add("python3", (3, 11), headers=False)
    pythons.add("python3.12", (3, 12))
    assert [found.command for found in choose(None)] == ["python3.12"]

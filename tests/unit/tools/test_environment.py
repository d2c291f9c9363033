import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tools.stand_in_python import StandInPythons
from tools import environment
from tools.environment import LOCKS, NoCpuBuild, StepFailed, Wanted, annoy_compiler_arguments, is_ready, make

REPORTS = Path(__file__).with_name("reports")
CPU: dict[str, Any] = json.loads((REPORTS / "cpu.json").read_text())
GPU: dict[str, Any] = json.loads((REPORTS / "gpu.json").read_text())


@pytest.fixture
def pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInPythons:
    stand_ins = StandInPythons(tmp_path)
    monkeypatch.setenv("PATH", str(stand_ins.programs))
    return stand_ins


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    for lock in LOCKS.values():
        (root / lock).parent.mkdir(parents=True, exist_ok=True)
        (root / lock).write_text("numpy==1\n")
    return root


def torch_installs(pythons: StandInPythons) -> list[str]:
    return [line for line in pythons.installed if line.split()[-1].startswith("torch==")]


def test_pip_then_torch_then_the_lock_are_installed_each_bounded(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), torch=CPU)
    make(Wanted(root, "demo"))
    pip, torch, lock = pythons.installed
    assert "--require-hashes" in pip
    assert "--no-deps" in torch
    assert torch.endswith("torch==2.13.0+cpu")
    assert "--require-hashes --no-deps" in lock
    assert lock.endswith(LOCKS["demo"])


def test_a_second_call_does_nothing(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), torch=CPU)
    make(Wanted(root, "demo"))
    before = pythons.installed
    make(Wanted(root, "demo"))
    assert pythons.installed == before


def test_the_tests_packages_serve_the_demo_too_but_not_the_other_way(
    pythons: StandInPythons, root: Path
) -> None:
    pythons.add("python3", (3, 11), torch=CPU)
    make(Wanted(root, "demo"))
    assert not is_ready(Wanted(root, "tests"))
    make(Wanted(root, "tests"))
    assert is_ready(Wanted(root, "tests"))
    assert is_ready(Wanted(root, "demo"))


def test_a_changed_lock_is_installed_without_torch_again(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), torch=CPU)
    make(Wanted(root, "demo"))
    (root / LOCKS["demo"]).write_text("numpy==2\n")
    make(Wanted(root, "demo"))
    assert len(torch_installs(pythons)) == 1
    assert len(pythons.installed) == 5


def test_the_gpu_build_is_never_installed(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 12), torch=GPU)
    with pytest.raises(NoCpuBuild) as refused:
        make(Wanted(root, "demo"))
    assert torch_installs(pythons) == []
    assert "GPU build" in str(refused.value)
    assert "TORCH_INDEX" in str(refused.value)
    assert not is_ready(Wanted(root, "demo"))


def test_the_other_python_is_tried_when_only_it_has_a_cpu_build(
    pythons: StandInPythons, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pythons.add("python3", (3, 12), torch=GPU)
    pythons.add("python3.11", (3, 11), torch=CPU)
    make(Wanted(root, "demo"))
    assert is_ready(Wanted(root, "demo", python=str(pythons.programs / "python3.11")))
    assert not is_ready(Wanted(root, "demo", python=str(pythons.programs / "python3")))
    assert "trying python3.11 (3.11)" in capsys.readouterr().out


def test_a_given_python_is_not_replaced_by_another(pythons: StandInPythons, root: Path) -> None:
    given = pythons.add("python3.12", (3, 12), torch=GPU)
    pythons.add("python3.11", (3, 11), torch=CPU)
    with pytest.raises(NoCpuBuild):
        make(Wanted(root, "demo", python=given))


def test_pips_own_index_is_asked_when_the_index_of_cpu_builds_does_not_answer(
    pythons: StandInPythons, root: Path
) -> None:
    pythons.add("python3", (3, 11), torch=CPU, index_answers=False)
    make(Wanted(root, "demo"))
    (torch,) = torch_installs(pythons)
    assert "--index-url" not in torch


def test_no_torch_anywhere_is_said_with_the_ways_out(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), torch=None)
    with pytest.raises(NoCpuBuild, match=r"has no torch 2\.13\.0, or is out of reach"):
        make(Wanted(root, "demo"))


def test_a_failed_step_shows_the_end_of_its_log_and_is_done_again(
    pythons: StandInPythons, root: Path
) -> None:
    pythons.add("python3", (3, 11), torch=CPU, fails_at=LOCKS["demo"])
    with pytest.raises(StepFailed, match="no space left on the device"):
        make(Wanted(root, "demo"))
    assert not is_ready(Wanted(root, "demo"))
    pythons.add("python3", (3, 11), torch=CPU)
    make(Wanted(root, "demo"))
    assert is_ready(Wanted(root, "demo"))


def test_what_an_interrupted_set_up_left_is_thrown_away(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), torch=CPU)
    wanted = Wanted(root, "demo")
    make(wanted)
    half_installed = wanted.venv / "lib" / "numpy"
    half_installed.mkdir(parents=True)
    wanted.unfinished.touch()
    assert not is_ready(wanted)
    make(wanted)
    assert is_ready(wanted)
    assert not half_installed.exists()


def test_an_environment_whose_python_is_gone_is_made_again(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), torch=CPU)
    wanted = Wanted(root, "demo")
    make(wanted)
    wanted.venv_python.unlink()
    assert not is_ready(wanted)
    make(wanted)
    assert is_ready(wanted)


def test_annoy_is_compiled_for_a_generation_of_cpus_not_for_this_one() -> None:
    modern = annoy_compiler_arguments("x86_64", frozenset({"avx2", "fma", "bmi2"})).split(",")
    old = annoy_compiler_arguments("x86_64", frozenset({"sse2"})).split(",")
    arm = annoy_compiler_arguments("aarch64", frozenset()).split(",")
    assert "-march=x86-64-v3" in modern
    assert not [flag for flag in old + arm if flag.startswith("-march")]
    for flags in (modern, old, arm):
        assert {"-O3", "-ffast-math", "-DANNOYLIB_MULTITHREADED_BUILD"} <= set(flags)
        assert "-march=native" not in flags


def test_the_command_says_a_refusal_in_one_sentence(
    pythons: StandInPythons, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pythons.add("python3", (3, 9))
    monkeypatch.chdir(root)
    assert environment.main(["demo"]) == 1
    assert capsys.readouterr().err.startswith("Python 3.11 or 3.12 is needed")


def test_the_command_sets_up_and_then_says_nothing(
    pythons: StandInPythons, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pythons.add("python3", (3, 11), torch=CPU)
    monkeypatch.chdir(root)
    assert environment.main(["tests"]) == 0
    assert "torch 2.13.0+cpu" in capsys.readouterr().out
    assert environment.main(["demo"]) == 0
    assert capsys.readouterr().out == ""

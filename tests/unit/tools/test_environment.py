import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers.waiting import wait_for
from tests.unit.tools.stand_in_python import StandInPythons
from tools import environment
from tools.environment import LOCKS, SEPARATE, Environment, annoy_compiler_arguments, make_separate
from tools.interpreters import SetupFailed
from tools.torch_build import NO_CPU_BUILD

TORCH = "-m tools.torch_build"
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    for lock in [*LOCKS.values(), *(lock for _, lock in SEPARATE.values())]:
        (root / lock).parent.mkdir(parents=True, exist_ok=True)
        (root / lock).write_text("numpy==1\n")
    return root


def test_pip_and_packages_are_checked_by_hash_and_made_once(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11))
    Environment(root).make("demo")
    pip, torch, packages = pythons.commands
    assert pip.startswith("-m pip install --require-hashes --no-deps")
    assert torch == TORCH
    assert packages == f"-m pip install --require-hashes --no-deps -r {LOCKS['demo']}"
    Environment(root).make("demo")
    assert len(pythons.commands) == 3


def test_packages_of_the_tests_include_those_of_the_demo(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11))
    made = Environment(root)
    made.make("demo")
    assert not made.is_ready("tests")
    made.make("tests")
    assert made.is_ready("tests")
    assert made.is_ready("demo")


def test_changed_lock_is_installed_into_the_same_environment(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11))
    made = Environment(root)
    made.make("demo")
    kept = root / ".venv" / "kept"
    kept.touch()
    (root / LOCKS["demo"]).write_text("numpy==2\n")
    assert not made.is_ready("demo")
    made.make("demo")
    assert made.is_ready("demo")
    assert kept.exists()


def test_another_python_is_tried_when_the_first_has_no_cpu_build_of_torch(
    pythons: StandInPythons, root: Path
) -> None:
    first = pythons.add("python3", (3, 12), fails_at="torch_build", exit_code=NO_CPU_BUILD)
    second = pythons.add("python3.11", (3, 11))
    made = Environment(root)
    made.make("demo")
    assert made.is_ready("demo", second)
    assert not made.is_ready("demo", first)


def test_given_python_is_not_replaced_by_another(pythons: StandInPythons, root: Path) -> None:
    given = pythons.add(
        "python3.12", (3, 12), fails_at="torch_build", exit_code=NO_CPU_BUILD, says="set TORCH_INDEX"
    )
    pythons.add("python3.11", (3, 11))
    with pytest.raises(SetupFailed, match="set TORCH_INDEX"):
        Environment(root).make("demo", given)
    assert pythons.commands[-1] == TORCH


def test_failed_step_shows_its_output_and_the_next_call_starts_again(
    pythons: StandInPythons, root: Path
) -> None:
    pythons.add("python3", (3, 11), fails_at=LOCKS["demo"], says="no space left on the device")
    made = Environment(root)
    with pytest.raises(SetupFailed, match="no space left on the device"):
        made.make("demo")
    half_installed = root / ".venv" / "half"
    half_installed.touch()
    assert not made.is_ready("demo")
    pythons.add("python3", (3, 11))
    made.make("demo")
    assert made.is_ready("demo")
    assert not half_installed.exists()


def test_missing_network_is_named(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11), fails_at=LOCKS["demo"], says="connection broken by 'NewConnectionError'")
    with pytest.raises(SetupFailed, match="The index of packages cannot be reached"):
        Environment(root).make("demo")


def test_environment_without_a_working_python_is_made_again(pythons: StandInPythons, root: Path) -> None:
    pythons.add("python3", (3, 11))
    made = Environment(root)
    made.make("demo")
    (root / ".venv" / "bin" / "python").unlink()
    assert not made.is_ready("demo")
    made.make("demo")
    assert made.is_ready("demo")


@pytest.mark.parametrize("kind", SEPARATE)
def test_separate_environment_is_made_once_for_its_lock(
    pythons: StandInPythons, root: Path, kind: str
) -> None:
    folder, lock = SEPARATE[kind]
    pythons.add("python3", (3, 11), headers=False)
    make_separate(root, kind)
    installed = ["-m pip install --disable-pip-version-check --require-hashes --no-deps -r " + lock]
    assert pythons.commands == installed
    make_separate(root, kind)
    assert pythons.commands == installed
    old = root / folder / "old"
    old.touch()
    (root / lock).write_text("numpy==2\n")
    make_separate(root, kind)
    assert pythons.commands == installed * 2
    assert not old.exists()


def test_separate_environment_that_failed_is_made_again(pythons: StandInPythons, root: Path) -> None:
    _, lock = SEPARATE["audit"]
    pythons.add("python3", (3, 11), fails_at=lock, says="connection broken by 'NewConnectionError'")
    for _ in range(2):
        with pytest.raises(SetupFailed, match="The index of packages cannot be reached"):
            make_separate(root, "audit")
    assert len(pythons.commands) == 2


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize(
    ("kind", "step"), [("demo", "torch_build"), ("tests", LOCKS["tests"]), ("audit", SEPARATE["audit"][1])]
)
def test_nothing_is_left_of_a_set_up_that_was_stopped(
    pythons: StandInPythons, root: Path, tmp_path: Path, kind: str, step: str, ending: signal.Signals
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pythons.add("python3", (3, 11), fails_at=step, waits_for=str(pipe))
    stop_what_reads(pipe, ["tools.environment", kind], root, ending)


def test_compiler_ends_with_the_set_up(tmp_path: Path) -> None:
    kernels, pipe, compiler = tmp_path / "recommender/kernels", tmp_path / "pipe", tmp_path / "compiler"
    kernels.mkdir(parents=True)
    (kernels / "loops.pyx").touch()
    os.mkfifo(pipe)
    compiler.write_text(f"#!/bin/sh\ncat {pipe} &\nwait\n")  # g++ is a program that starts another, too
    compiler.chmod(0o755)
    stop_what_reads(pipe, ["tools.kernels"], tmp_path, signal.SIGTERM, CC=str(compiler), CXX=str(compiler))


def stop_what_reads(
    pipe: Path, module: list[str], root: Path, ending: signal.Signals, **variables: str
) -> None:
    """Stops a program whose child reads the pipe. The child must end, too."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)} | variables
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE, text=True) as stopped:
        writing = opened_for_writing(pipe)
        stopped.send_signal(ending)
        _, said = stopped.communicate(timeout=60)
    assert (stopped.returncode, "error: interrupted" in said) == (130, True), said
    with pytest.raises(BrokenPipeError):
        os.write(writing, b"Nobody reads this.")
    os.close(writing)


def opened_for_writing(pipe: Path) -> int:
    """Waits until a program reads the named pipe."""

    def opened() -> int | None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    descriptor = wait_for(opened, lambda found: found is not None, what="a program reads the pipe")
    assert descriptor is not None
    return descriptor


def test_annoy_is_compiled_for_a_generation_of_cpus() -> None:
    modern, old = annoy_compiler_arguments("flags : fma avx2 bmi2"), annoy_compiler_arguments("flags : sse2")
    assert modern == f"{old},-march=x86-64-v3"
    assert "-march" not in old


def test_command_prints_an_error_without_a_traceback(
    pythons: StandInPythons, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pythons.add("python3", (3, 9))
    monkeypatch.chdir(root)
    assert environment.main(["demo"]) == 1
    assert capsys.readouterr().err.startswith("error: Python 3.11 or 3.12 is needed. Found: python3 (3.9).")

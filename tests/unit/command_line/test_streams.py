"""Programs run without standard streams."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command_line.exit_codes import ExitCode
from tests.support.servers.processes import ROOT, module


def run_without(first: int, command: list[str]) -> int:
    """The exit code of `command`, whose standard streams from `first` on are closed."""
    closing = f"import os; os.closerange({first}, 3); os.execv({sys.executable!r}, {command!r})"
    done = subprocess.run(
        [sys.executable, "-c", closing], cwd=ROOT, env=dict(os.environ), check=False, timeout=120
    )
    return done.returncode


@pytest.mark.parametrize("program", ["service", "indexer", "catalog"])
def test_closed_streams_change_no_exit_code(program: str) -> None:
    assert run_without(1, module([program, "--unknown"])) == ExitCode.WRONG_USAGE


@pytest.mark.parametrize("first", [0, 1, 2])
def test_next_file_gets_no_number_of_a_closed_stream(first: int) -> None:
    program = (
        "import os; from command_line.streams import replace_closed_streams; "
        "replace_closed_streams(); os._exit(os.open(os.devnull, os.O_RDONLY))"
    )
    assert run_without(first, [sys.executable, "-c", program]) == 3


def test_lines_that_nobody_reads_do_not_stop_a_program(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("user_id,product_id,purchased_at\n1,A,2024-01-02\n")
    reading, writing = os.pipe()
    os.close(reading)
    command = module(["catalog", "inspect", str(tmp_path / "p.csv")])
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=120)
    os.close(writing)
    assert (done.returncode, b"BrokenPipeError" in done.stderr) == (0, False)

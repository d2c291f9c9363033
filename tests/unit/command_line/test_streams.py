"""Programs run without standard streams."""

import os
import subprocess
import sys

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

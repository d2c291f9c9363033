"""Programs run without standard output and error."""

import os
import subprocess
import sys

import pytest

from command_line.exit_codes import ExitCode
from tests.support.servers.processes import ROOT, module


@pytest.mark.parametrize("program", ["service", "indexer", "catalog"])
def test_closed_streams_change_no_exit_code(program: str) -> None:
    command = module([program, "--unknown"])
    closing = f"import os; os.closerange(1, 3); os.execv({sys.executable!r}, {command!r})"
    done = subprocess.run(
        [sys.executable, "-c", closing], cwd=ROOT, env=dict(os.environ), check=False, timeout=120
    )
    assert done.returncode == ExitCode.WRONG_USAGE

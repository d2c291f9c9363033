"""Commands of the deployables inside the test's process.

A process of its own takes two seconds of imports, and most tests show what a command does, not that it starts.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from unittest.mock import patch

from tests.support.builders.kept_logs import kept_logs
from tests.support.servers.processes import environment


def run_here(arguments: Sequence[str], settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs what `python -m …` runs, to its end, with any exit code."""
    name, *rest = arguments
    program = import_module(f"{name}.__main__")
    output, errors = StringIO(), StringIO()
    with (
        patch.dict(os.environ, environment(settings), clear=True),
        kept_logs(),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        try:
            code = program.main(rest)
        except SystemExit as ended:
            code = ended.code
    return subprocess.CompletedProcess(list(arguments), int(code or 0), output.getvalue(), errors.getvalue())

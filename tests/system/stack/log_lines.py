"""Reading the JSON log lines that a process writes to standard error."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

Entry = dict[str, Any]


def entries(output: str) -> list[Entry]:
    """The log entries of an output. Other lines are skipped: libraries print their own."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def entry_of(output: str, event: str) -> Entry:
    """The only entry of an event."""
    (found,) = (entry for entry in entries(output) if entry["event"] == event)
    return found


def failure_reason(output: str) -> str:
    """The reason of the only error."""
    (found,) = (entry for entry in entries(output) if entry["level"] == "error")
    return str(found["reason"])


def read_until(process: subprocess.Popen[str], holds: Callable[[Entry], bool]) -> str:
    """Reads standard error up to the first entry for which `holds`, and returns it.

    Raises:
        AssertionError: the process ends without such an entry.
    """
    assert process.stderr is not None
    read = ""
    for line in process.stderr:
        read += line
        if any(map(holds, entries(line))):
            return read
    raise AssertionError(read)

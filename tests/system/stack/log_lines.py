"""Reading the JSON log lines that a process writes to standard error."""

import json
from collections.abc import Callable, Iterable
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


def read_until(log: Iterable[str], holds: Callable[[Entry], bool]) -> str:
    """Reads lines up to the first entry for which `holds`, and returns them.

    Raises:
        AssertionError: the log ends without such an entry.
    """
    read = ""
    for line in log:
        read += line
        if any(map(holds, entries(line))):
            return read
    raise AssertionError(read)

"""CPU time of processes, from `/proc`."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of running processes, in seconds."""
    return sum(map(_seconds, pids))


def with_children(pid: int) -> list[int]:
    """A process and its children, such as those of PostgreSQL."""
    children = [
        int(path.name) for path in _PROC.iterdir() if path.name.isdigit() and _parent(int(path.name)) == pid
    ]
    return [pid, *children]


def _seconds(pid: int) -> float:
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if fields else 0


def _fields(pid: int) -> list[str]:
    """Fields of `/proc/<pid>/stat` after the name, the state first. Empty after its end."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []

"""CPU time of processes, from `/proc`."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of running processes, in seconds."""
    return sum(_ticks(pid, 11, 12) for pid in pids) / _TICKS


def tree_seconds(pid: int) -> float:
    """Time of a process and its children, those that have ended included.

    PostgreSQL has a child for each connection.
    """
    children = [int(path.name) for path in _PROC.iterdir() if path.name.isdigit()]
    running = sum(_ticks(child, 11, 12) for child in children if _parent(child) == pid)
    return (running + _ticks(pid, 11, 12, 13, 14)) / _TICKS


def _ticks(pid: int, *places: int) -> int:
    fields = _fields(pid)
    return sum(int(fields[place]) for place in places) if fields else 0


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if fields else 0


def _fields(pid: int) -> list[str]:
    """Fields of `/proc/<pid>/stat` after the name, the state first. Empty after its end."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []

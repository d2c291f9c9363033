"""The deployables as processes, started as an operator does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.servers import processes
from tests.support.servers.commands import run_here
from tests.support.servers.processes import answers, environment, module, run

__all__ = ["Server", "environment", "run", "run_here"]


class Server(processes.Server):
    """A deployable that serves HTTP until its context ends."""

    def __init__(
        self, arguments: Sequence[str], settings: Mapping[str, str], ready_url: str, log: Path
    ) -> None:
        super().__init__(module(arguments), environment(settings), answers(ready_url), log)

"""The deployables as processes, started as an operator does."""

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tests.support.servers import processes
from tests.support.servers.commands import run_here
from tests.support.servers.prepared_interpreter import PreparedProgram
from tests.support.servers.processes import ROOT, answers, environment, module, run

__all__ = ["Server", "building", "environment", "run", "run_here"]


class Server(processes.Server):
    """A deployable that serves HTTP until its context ends."""

    def __init__(
        self, arguments: Sequence[str], settings: Mapping[str, str], ready_url: str, log: Path
    ) -> None:
        super().__init__(module(arguments), environment(settings), answers(ready_url), log)


@contextmanager
def building(settings: Mapping[str, str]) -> Iterator[tuple[PreparedProgram, TextIO]]:
    """Runs a build beside the test, until the block ends at the latest.

    Yields it and its log.
    """
    pipe = Path(settings["INDEXER_SNAPSHOT_ROOT"]).with_name(f"log-{uuid.uuid4().hex}")
    os.mkfifo(pipe)
    arguments, nowhere = ["indexer", "build"], Path(os.devnull)
    process = PreparedProgram(arguments, environment(settings), ROOT, nowhere, pipe)
    try:
        with pipe.open() as log:
            yield process, log
    finally:
        process.kill()
        process.wait()

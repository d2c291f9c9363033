"""Locust runs against stand-ins, each a set of processes."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.loadtests.stand_in import StandIn, serving
from tests.support.servers import locust

HEADLESS = ["--headless", "--only-summary", "--stop-timeout", "10"]
SECONDS = 120
"""Patience with a run. The longest shape of these tests takes 6 s."""

_Processes = dict[str, "subprocess.Popen[bytes]"]


@dataclass
class Run:
    """One run of a shape."""

    stand_in: StandIn
    processes: _Processes
    folder: Path

    def wait(self) -> list[int]:
        """Exit codes of the processes, in the order of their start."""
        return [process.wait(SECONDS) for process in self.processes.values()]

    def output(self, process: str = "locust") -> str:
        """Everything that a process printed so far."""
        return (self.folder / f"{process}.log").read_text()


@contextmanager
def running(
    python: Path,
    folder: Path,
    stand_in: StandIn,
    arguments: dict[str, list[str]] | None = None,
    limits: str = "",
    **variables: str,
) -> Iterator[Run]:
    """Runs twenty shoppers for three seconds, until the block ends at the latest.

    Args:
        python: the Python that has Locust.
        folder: receives logs and the file with the limits.
        stand_in: answers the shoppers.
        arguments: command line of each process by its name.
        limits: content of the file with the limits.
        variables: more settings, which override the usual ones.
    """
    folder.mkdir(exist_ok=True)
    file = folder / "limits.toml"
    file.write_text(limits)
    with serving(stand_in), ExitStack() as stack:
        settings = {
            "LOCUST_HOST": stand_in.url,
            "LOADTEST_TOKEN_URL": f"{stand_in.url}/token",
            "LOADTEST_CLIENT_SECRET": "for-the-stand-in",
            "LOADTEST_SHOPPERS": "1-100000",
            "LOADTEST_STRETCH": "0.1",
            "LOADTEST_SCALE": "4",
            "LOADTEST_THRESHOLDS": str(file),
        }
        processes: _Processes = {}
        for name, line in (arguments or {"locust": HEADLESS}).items():
            process = locust.start(python, line, settings | variables, folder / f"{name}.log")
            processes[name] = stack.enter_context(process)
            stack.callback(process.kill)
        yield Run(stand_in, processes, folder)

"""Programs in processes whose modules were imported before.

Importing them takes two seconds of each start, and the tests start hundreds of programs. A server of `multiprocessing`
imports the libraries and the programs' modules once for each worker, and is forked for each program, which then runs
its `__main__` and reads its own environment. What a start itself takes and needs is tested with plain processes.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.servers.killed_runs import end_with_run

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "service",  # the package alone, which sets the threads of numpy
        "asyncpg",
        "cryptography.x509",
        "httpx",
        "jinja2",
        "joserfc.jwt",
        "litestar",
        "litestar.openapi",
        "numpy",
        "opentelemetry.sdk.metrics",
        "opentelemetry.sdk.trace",
        "prometheus_client",
        "pydantic_settings",
        "redis.asyncio",
        "rich.progress",
        "scipy.sparse.linalg",
        "sqlalchemy.dialects.postgresql.asyncpg",
        "sqlalchemy.ext.asyncio",
        "structlog",
        "uvicorn",
        # What each program imports. No module reads the environment while it is imported.
        "catalog.app",
        "demo.issuer.app",
        "indexer.commands.build",
        "indexer.wiring.connections",
        "service.http.uvicorn_protocol",
        "service.wiring",
    ]
)


class PreparedProgram:
    """A run of `python -m …`, with the methods of `subprocess.Popen` that tests need.

    Args:
        arguments: name of the module, and its arguments.
        variables: whole environment.
        directory: working directory.
        output, errors: files that standard output and standard error are appended to.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        directory: Path,
        output: Path,
        errors: Path,
    ) -> None:
        self._process = _CONTEXT.Process(
            target=_become, args=(list(arguments), dict(variables), str(directory), str(output), str(errors))
        )
        self._process.start()
        end_with_run(self.pid)

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end, and returns the exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Sends a signal unless the program has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Sends SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Sends SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _become(
    arguments: list[str], variables: dict[str, str], directory: str, output: str, errors: str
) -> None:
    """Runs a module as the program of this process."""
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    os.chdir(directory)
    for path, descriptor in ((output, 1), (errors, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.path[0:0] = [directory]
    sys.argv = list(arguments)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)

"""Pytest plugin that fails a run whose output contains planted values.

Tests plant secrets and user ids made by `planted`, which all contain one mark. The plugin searches the captured output
of every test, and the log files of the processes that tests start, for the mark as plain text and as base64.
"""

import base64
import secrets
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

MARK = "xq7zplanted"
LOGS = ("*.log", "*.out", "*.err", "*.ndjson")


def planted(kind: str) -> str:
    """A unique value that must not reach a log. It starts with `kind`."""
    return f"{kind}-{MARK}-{secrets.token_hex(8)}"


def _spellings() -> list[bytes]:
    """The mark as plain text and as base64 at each of three offsets.

    Base64 characters that depend on the neighbours of the mark are cut off.
    """
    shifted = (
        base64.b64encode(b"\0" * shift + MARK.encode())[(4 if shift else 0) : -4] for shift in range(3)
    )
    return [MARK.encode(), *shifted]


_SPELLINGS = _spellings()


def leaks(text: str | bytes) -> Iterator[str]:
    """The lines that contain a planted value."""
    content = text.encode(errors="replace") if isinstance(text, str) else text
    for line in content.splitlines():
        if any(spelling in line for spelling in _SPELLINGS):
            yield line[:300].decode(errors="replace")


class LeakWatch:
    """Collects findings over a whole run."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self._folder: Path | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self) -> Generator[None, object, object]:
        """Notes the folder of all temporary files."""
        value = yield
        if isinstance(value, pytest.TempPathFactory):
            self._folder = value.getbasetemp()
        return value

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Searches the output and the log of a test."""
        for name, content in report.sections:
            self.findings += [f"{report.nodeid}, {name}: {line}" for line in leaks(content)]

    # First: pytest itself then releases the run's folder, which another run may delete.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Searches log files, and fails the run if a value was found."""
        found = [f"{path}: {line}" for path in self._log_files() for line in leaks(path.read_bytes())]
        self.findings += found
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["leaks"] = found
        if self.findings and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collects what a worker of pytest-xdist found in log files."""
        self.findings += getattr(node, "workeroutput", {}).get("leaks", [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Lists the lines with planted values."""
        if self.findings:
            terminalreporter.section("planted secrets or user ids in output", red=True)
            for finding in self.findings[:50]:
                terminalreporter.line(finding)

    def _log_files(self) -> Iterator[Path]:
        if self._folder is not None:
            for pattern in LOGS:
                yield from (path for path in self._folder.rglob(pattern) if path.is_file())


def pytest_configure(config: pytest.Config) -> None:
    """Registers the plugin."""
    if not config.pluginmanager.has_plugin("leak-watch"):
        config.pluginmanager.register(LeakWatch(), "leak-watch")

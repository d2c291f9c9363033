"""Fails a test run in whose output a planted secret or user id turns up: a plugin of pytest.

Tests plant values made by `planted`. Whatever any test captured, and whatever any process that a test started wrote
into a log file, is searched for the mark that all of them carry, plain and as base64.
"""

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

MARK = "xq7zplanted"
LOGS = ("*.log", "*.out", "*.err", "*.ndjson")


def planted(kind: str) -> str:
    """A value of its own that must never reach a log: `kind` tells the reader of a finding what it is."""
    return f"{kind}-{MARK}-{secrets.token_hex(8)}"


def _spellings() -> list[bytes]:
    """The mark as it stands, and what of its base64 does not depend on its neighbours, at each of three offsets."""
    shifted = (
        base64.b64encode(b"\0" * shift + MARK.encode())[(4 if shift else 0) : -4] for shift in range(3)
    )
    return [MARK.encode(), *shifted]


_SPELLINGS = _spellings()


def leaks(text: str | bytes) -> Iterator[str]:
    """The lines in which a planted value stands."""
    content = text.encode(errors="replace") if isinstance(text, str) else text
    for line in content.splitlines():
        if any(spelling in line for spelling in _SPELLINGS):
            yield line[:300].decode(errors="replace")


class LeakWatch:
    """Collects findings over a whole run."""

    def __init__(self) -> None:
        self.findings: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Searches what a test printed and logged."""
        for name, content in report.sections:
            self.findings += [f"{report.nodeid}, {name}: {line}" for line in leaks(content)]

    # First: pytest itself then releases the run's folder, which another run may delete.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Searches what processes wrote, and fails the run when anything was found."""
        for path in _log_files(session.config):
            self.findings += [f"{path}: {line}" for line in leaks(path.read_bytes())]
        if self.findings and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says where it was found."""
        if self.findings:
            terminalreporter.section("planted secrets or user ids in output", red=True)
            for finding in self.findings[:50]:
                terminalreporter.line(finding)


def pytest_configure(config: pytest.Config) -> None:
    """Begins to watch."""
    if not config.pluginmanager.has_plugin("leak-watch"):
        config.pluginmanager.register(LeakWatch(), "leak-watch")


def _log_files(config: pytest.Config) -> Iterator[Path]:
    factory: pytest.TempPathFactory | None = getattr(config, "_tmp_path_factory", None)
    if factory is None:
        return
    for pattern in LOGS:
        yield from (path for path in factory.getbasetemp().rglob(pattern) if path.is_file())

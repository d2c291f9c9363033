"""Exit codes mean the same in all programs, and help names them."""

import re
from pathlib import Path

import pytest

from command_line.exit_codes import ExitCode, exit_codes_help
from docs.reference.command_line import PROGRAMS

ROOT = Path(__file__).resolve().parents[3]
HELP = (ROOT / "docs/reference/cli.md").read_text().split("```text\n")[1:]
"""Help of each program and command, from the page that is compared with them elsewhere."""


@pytest.mark.parametrize("text", HELP, ids=lambda text: text.partition("\n")[0][7:40])
def test_help_of_each_command_names_settings_and_exit_codes(text: str) -> None:
    assert re.search(r"\b(SERVICE|INDEXER|CATALOG|ISSUER)_[A-Z_]+\b", text)
    assert "docs/reference/configuration.md" in text
    lines = text.partition("Exit codes:\n")[2].partition("```")[0].splitlines()
    assert len(lines) >= 3
    assert set(lines) <= set(exit_codes_help(*ExitCode).splitlines())


@pytest.mark.parametrize("program", PROGRAMS)
def test_codes_are_written_once(program: str) -> None:
    source = (ROOT / program.replace(".", "/") / "__main__.py").read_text()
    assert "ExitCode." in source
    assert not re.findall(r"(?:return |exit\(|codes? = )\d", source)


def test_page_has_each_code_once() -> None:
    page = (ROOT / "docs/operations/exit-codes.md").read_text()
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == [str(int(code)) for code in ExitCode]

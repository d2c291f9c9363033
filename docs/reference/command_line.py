"""Renders the page of all programs and commands from their `--help`."""

import importlib
import io
import os
import re
from contextlib import redirect_stdout, suppress
from functools import cache

PROGRAMS = ("service", "indexer", "catalog", "demo", "demo.issuer")
_COMMAND = re.compile(r"^    ([a-z-]+) {2,}", re.MULTILINE)
_PAGE = """\
# Command line

Every program is a module: `.venv/bin/python -m service serve`. Settings are [environment variables](configuration.md),
and [exit codes](../operations/exit-codes.md) mean the same in all. This page is generated from `--help`:
`python docs/reference/generate.py`.
"""


@cache
def command_line_page() -> str:
    """The page, in Markdown."""
    parts = [_PAGE]
    for program in PROGRAMS:
        parts.append(f"\n## python -m {program}\n\n```text\n{help_of(program)}```\n")
        for command in commands_of(program):
            parts.append(f"\n### {program} {command}\n\n```text\n{help_of(program, command)}```\n")
    return "".join(parts)


def commands_of(program: str) -> list[str]:
    """Names of a program's commands, in the order of its help."""
    text = help_of(program)
    found = _COMMAND.findall(text.partition("\noptions:")[0] + text.partition("positional arguments:")[2])
    return list(dict.fromkeys(found))


def help_of(program: str, *words: str) -> str:
    """Help of a command, 100 columns wide."""
    main = importlib.import_module(f"{program}.__main__").main
    shown, before = io.StringIO(), os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        with redirect_stdout(shown), suppress(SystemExit):
            main([*words, "--help"])
    finally:
        del os.environ["COLUMNS"]
        if before is not None:
            os.environ["COLUMNS"] = before
    return "\n".join(line.rstrip() for line in shown.getvalue().splitlines()) + "\n"

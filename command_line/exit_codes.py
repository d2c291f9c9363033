"""Exit codes of all programs, the source of their help and of docs/operations/exit-codes.md."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes. Each means the same in all programs."""

    SUCCESS = 0
    FAILED = 1
    WRONG_USAGE = 2
    NOT_PUBLISHED = 3
    PORT_TAKEN = 4
    NO_MODEL = 5
    INTERRUPTED = 130


_MEANINGS = {
    ExitCode.SUCCESS: ("success, or a server was stopped", ""),
    ExitCode.FAILED: (
        "failure of something that the program needs, such as the catalog, a database or a volume",
        "the last error says why; run the command again when that is mended",
    ),
    ExitCode.WRONG_USAGE: (
        "wrong arguments, settings or files",
        "the message names the option or the variable, what was given and what is expected",
    ),
    ExitCode.NOT_PUBLISHED: (
        "the quality gate rejected the snapshot; the live one is unchanged",
        "[runbook](runbooks.md#recommenderindexfailed)",
    ),
    ExitCode.PORT_TAKEN: (
        "the port is in use by another process",
        "stop the other process, or set the port that the message names",
    ),
    ExitCode.NO_MODEL: (
        "the text encoder's model cannot be downloaded or read",
        "the message says why; [all causes](../troubleshooting.md#the-text-encoders-model)",
    ),
    ExitCode.INTERRUPTED: (
        "a command was interrupted; nothing was published, loaded or deleted in part",
        "run it again",
    ),
}
"""Meaning of each code, and what to do, in Markdown."""

_PAGE = """\
# Exit codes

They mean the same in `python -m service`, `indexer`, `catalog`, `demo` and `demo.issuer`. The `--help` of each command
lists those that it has. `make` itself ends with 2 whenever a command of it fails, and prints the command's own code
(`Error 1`). This page is generated: `python docs/reference/generate.py`.

| code | meaning | what to do |
| --- | --- | --- |
"""

_UNKNOWN_VARIABLES = """
A program that ends with a code above 0 says why in lines that begin with `error:`, or in its [log](logs.md). Lines with
`warning:` end nothing.

A variable with the prefix of a program that is no setting, such as `SERVICE_LISTEN_PROT`, stops nothing. Each program
reports it at the start, with the closest setting. Variables that Kubernetes makes from Services, such as
`CATALOG_PORT_80_TCP_ADDR`, are not reported.
"""


def exit_codes_help(*codes: ExitCode) -> str:
    """Lines for `--help` about success and the `codes`."""
    lines = [f"  {code:<4} {_MEANINGS[code][0]}" for code in sorted({ExitCode.SUCCESS, *codes})]
    return "\n".join(["Exit codes:", *lines])


def exit_codes_page() -> str:
    """The page of all codes, in Markdown."""
    rows = (f"| {code} | {meaning} | {cure} |\n" for code, (meaning, cure) in _MEANINGS.items())
    return _PAGE + "".join(rows) + _UNKNOWN_VARIABLES

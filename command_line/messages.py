"""One form for what programs say on standard error: `error: …` and `warning: …`.

Log lines have a form of their own (docs/operations/logs.md).
"""

import argparse
import shlex
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from command_line.exit_codes import ExitCode


def print_errors(*sentences: str) -> None:
    """Prints each reason why a program ends."""
    _print("error", sentences)


def print_warnings(*sentences: str) -> None:
    """Prints what looks wrong and ends nothing."""
    _print("warning", sentences)


def printable(text: str) -> str:
    """Returns a text without characters that would steer a terminal.

    Names in files and answers of other programs may contain some.
    """
    return "".join(character if character.isprintable() or character == "\n" else "·" for character in text)


class ArgumentParser(argparse.ArgumentParser):
    """A parser that reports wrong arguments as programs report everything else."""

    def parse_known_args(
        self, args: Iterable[str] | None = None, namespace: object = None
    ) -> tuple[Any, list[str]]:
        """Reports unknown options before missing ones, which may be misspelled."""
        given = None if args is None else list(args)
        required = [action for action in self._actions if action.required]
        for action in required:
            action.required = False
        _, unknown = super().parse_known_args(given)
        if unknown:
            self.error(f"unrecognized arguments: {shlex.join(unknown)}")
        for action in required:
            action.required = True
        return super().parse_known_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Prints the usage and the message, and exits."""
        self.print_usage(sys.stderr)
        print_errors(message)
        sys.exit(ExitCode.WRONG_USAGE)


def _print(kind: str, sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        sys.stderr.write(f"{kind}: {printable(sentence)}\n")

"""One form for what programs say on standard error: `error: …` and `warning: …`.

Log lines have a form of their own (docs/operations/logs.md).
"""

import argparse
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any, NoReturn

from command_line.exit_codes import ExitCode

_OPTION = re.compile(r"-(?![\d.])\S+$")
"""What argparse takes for an option: no negative number, and nothing with a space."""


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
    """A parser that reports wrong arguments as programs report everything else.

    Unknown options come before every other fault, also of a command that follows: they may be misspelled ones that are
    required, and what follows one is taken for something else.
    """

    _given: Sequence[str] = ()

    def parse_known_args(
        self, args: Iterable[str] | None = None, namespace: object = None
    ) -> tuple[Any, list[str]]:
        """Parses the arguments, and reports unknown ones with the usage of their command."""
        self._given = sys.argv[1:] if args is None else list(args)
        if options := self._unknown_options():
            self.error(_unrecognized(options) + self._as_value(options[0]))
        found, unknown = super().parse_known_args(self._given, namespace)
        if unknown:
            self.error(_unrecognized(unknown))
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Prints the usage and the message, and exits."""
        self.print_usage(sys.stderr)
        print_errors(message)
        sys.exit(ExitCode.WRONG_USAGE)

    def _as_value(self, unknown: str) -> str:
        """The spelling that makes an unknown option the value of the one before."""
        place = self._given.index(unknown)
        option = self._given[place - 1] if place else ""
        takes_one = any(option in action.option_strings and action.nargs is None for action in self._actions)
        return f". As the value of {option}: {shlex.quote(f'{option}={unknown}')}" if takes_one else ""

    def _unknown_options(self) -> list[str]:
        """Options that the parser does not have.

        What follows the name of a command is of that command.
        """
        options = [option for action in self._actions for option in action.option_strings]
        commands = {
            name
            for action in self._actions
            if action.nargs == argparse.PARSER
            for name in action.choices or ()
        }
        before = takewhile(lambda each: each not in commands and each != "--", self._given)
        names = {each: each.partition("=")[0] if each.startswith("--") else each[:2] for each in before}
        return [
            each
            for each, name in names.items()
            if _OPTION.match(each) and not any(option.startswith(name) for option in options)
        ]


def _unrecognized(arguments: list[str]) -> str:
    return f"unrecognized arguments: {shlex.join(arguments)}"


def _print(kind: str, sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        sys.stderr.write(f"{kind}: {printable(sentence)}\n")

"""Command-line arguments that say how files are read."""

import argparse
import re
import secrets
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from purchase_files.errors import RefusedFile
from purchase_files.options import ReadingOptions
from purchase_files.vocabulary.names import FIELDS

Source = Path | Literal["-"]
"""A file, a folder, or standard input."""

_JOINED = {"--map": " ", "--where": " AND "}
_ASSIGNMENT = re.compile(rf"(?:^|[\s,;])({'|'.join(FIELDS)})\s*=")


def source(text: str) -> Source:
    """Parses the name of a file, where "-" is standard input."""
    return "-" if text == "-" else Path(text)


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `reading_options`."""
    reading: Any = parser.add_argument_group("how the files are read")
    reading.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="the column that holds a field, such as user_id=CustomerID, or none, as in price=. "
        f"Fields: {', '.join(FIELDS)}",
    )
    reading.add_argument(
        "--dates",
        choices=("dmy", "mdy", "swapped"),
        help="order of day and month in dates such as 1/2/2024, or swapped by a spreadsheet up to the 12th",
    )
    reading.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="zone of times without one, such as Europe/Vienna"
    )
    reading.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="CONDITION",
        help="reads only rows with COLUMN=VALUE or COLUMN!=VALUE, such as status=paid",
    )
    reading.add_argument(
        "--bad-rows",
        type=_share,
        default=0.01,
        metavar="SHARE",
        help="share of unreadable rows that are left out (default: 0.01). With more, the files are refused",
    )
    reading.add_argument(
        "--hash-users",
        type=Path,
        metavar="KEYFILE",
        help="replaces the shoppers' ids by keyed hashes. The file holds the key, and is created if missing",
    )


def reading_options(parsed: argparse.Namespace) -> ReadingOptions:
    """Returns the options of parsed arguments.

    Raises:
        RefusedFile: an option is not valid.
    """
    return ReadingOptions(
        mapping=dict(assignment for text in parsed.map for assignment in assignments(text)),
        dates=parsed.dates,
        timezone=parsed.timezone,
        where=tuple(parsed.where),
        bad_rows=parsed.bad_rows,
        hash_key=None if parsed.hash_users is None else _key(parsed.hash_users),
    )


def assignments(text: str) -> list[tuple[str, str]]:
    """Splits fields with their columns, such as "user_id=Client no, title=Name".

    Raises:
        RefusedFile: no field of this name.
    """
    found = list(_ASSIGNMENT.finditer(text))
    if not found or text[: found[0].start()].strip():
        raise RefusedFile(
            f"--map {shlex.quote(text)} is not FIELD=COLUMN with one of these fields: {', '.join(FIELDS)}"
        )
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [
        (match[1], text[match.end() : end].strip(" ,;\t")) for match, end in zip(found, ends, strict=True)
    ]


def refused(refusal: RefusedFile, command: str) -> str:
    """Returns the message of a refusal, with a command line that may help."""
    if not refusal.arguments:
        return refusal.problem
    return f"{refusal.problem}\nRun this instead:\n  {with_arguments(command, refusal.arguments)}"


def with_arguments(command: str, arguments: Sequence[tuple[str, str]]) -> str:
    """Returns a command line with more options, to be pasted.

    For `make`, options become variables: `--map a=b --map c=d` is `MAP="a=b c=d"`. It reads `$$` as a dollar sign.
    """
    if not command.startswith("make "):
        words = shlex.split(command)
        end = words.index("--") if "--" in words else len(words)
        added = [part for argument in arguments for part in argument]
        return shlex.join([*words[:end], *added, *words[end:]])
    given = [word.partition("=") for word in shlex.split(command)]
    variables = {name: value for name, equals, value in given if equals}
    for option, value in arguments:
        name = option.removeprefix("--").replace("-", "_").upper()
        known = variables.get(name) if option in _JOINED else None
        variables[name] = f"{known}{_JOINED[option]}{value}" if known else value
    words = [name for name, equals, _ in given if not equals]
    quoted = {name: shlex.quote(value.replace("$", "$$")) for name, value in variables.items()}
    return " ".join([*words, *(f"{name}={value}" for name, value in quoted.items())])


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return share


def _key(path: Path) -> bytes:
    try:
        with path.open("x") as stream:
            path.chmod(0o600)
            stream.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise RefusedFile(f"{path}: the key cannot be written: {error.strerror}") from error
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise RefusedFile(f"{path}: the key cannot be read: {error.strerror}") from error
    if len(key) < 16:
        raise RefusedFile(f"{path}: the key has {len(key)} bytes, but 16 are the least")
    return key

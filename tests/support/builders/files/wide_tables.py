"""Tables with a column per product, shopper or day, for tests."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from purchase_files import RefusedFile, open_purchases
from tests.support.purchases_read import Read

SHOPPERS = [f"u{number}" for number in range(12)]
GOODS = [f"SKU{number:03}" for number in range(1, 9)]
DAYS = [f"2024-03-{day:02}" for day in range(1, 13)]
Rows = Sequence[Sequence[str]]


def count(line: int, place: int) -> int:
    """The number of a line under a name, from 0 to 3."""
    return (line * place + line // 4 + place) % 4


def table(own: Rows, names: Sequence[str], amount: str = "{}", nothing: str = "0") -> list[list[str]]:
    """A header, and a line of numbers for each key."""
    head, *keys = own
    lines = [
        [*key, *(amount.format(n) if (n := count(line, place)) else nothing for place in range(len(names)))]
        for line, key in enumerate(keys)
    ]
    return [[*head, *names], *lines]


def bought(own: Rows, names: Sequence[str]) -> dict[tuple[str, str], int]:
    """The number of each purchase in a table, by first key and name."""
    return {
        (key[0], name): n
        for line, key in enumerate(own[1:])
        for place, name in enumerate(names)
        if (n := count(line, place))
    }


def written(path: Path, rows: Rows, separator: str = ",", encoding: str = "utf-8", above: str = "") -> Path:
    lines = [
        separator.join(
            f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & {separator, '"'} else cell
            for cell in row
        )
        for row in rows
    ]
    path.write_text(above + "\n".join([*lines, ""]), encoding=encoding)
    return path


def refusal_of(path: Path) -> RefusedFile:
    with pytest.raises(RefusedFile) as refused:
        open_purchases([path])
    return refused.value


def turned(path: Path) -> tuple[Read, dict[str, str]]:
    """Reads a file with the options of its refusal, and returns what they map."""
    arguments = refusal_of(path).arguments
    assert {name for name, _ in arguments} == {"--map"}
    mapping = dict(value.split("=", 1) for _, value in arguments)
    return Read(path, mapping=mapping), mapping


def pairs(found: Read, first: str, second: str, number: str) -> dict[tuple[str, str], float]:
    return {(row[first], row[second]): row[number] for row in found.purchases}

"""The separator and the names of columns of a text file."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from purchase_files.formats.text.lines import SEPARATORS, splitter
from purchase_files.values.cleaning import is_missing
from purchase_files.vocabulary.names import plain, ranks_of_name

_RARE_SEPARATORS = ("^", "~", "\x01", "\x1f", "¦", "§", " ")
"""Separators that are tried where no usual one separates the lines."""
ROW_NUMBER = "row"
"""Name of a column of numbers of rows that has none."""

_DECLARED = re.compile(r"\ufeff?\"?sep=(.)\"?", re.IGNORECASE)
_EVENTS = {
    "pv", "buy", "cart", "fav", "view", "click", "addtocart", "add_to_cart", "purchase", "transaction",
    "remove_from_cart", "order", "like", "favorite", "play", "install", "download", "wishlist", "share", "rate",
}  # fmt: skip
_FLAGS = {"true", "false", "t", "f", "yes", "no", "y", "n", "x", "?", ""}
_MAX_PREAMBLE = 30
_NUMBERED = 100
_MIN_COLUMNS, _MAX_UNKNOWN = 3, 4
_MIN_NAMES, _MIN_LENGTHS, _EVEN, _MARKED = 2, 2, 0.8, 0.7
_VALUE = re.compile(r"[-+(]?[\d.,:/\-\s]*\d[\d.,:/\-\s)%TZ]*")


@dataclass(frozen=True)
class Layout:
    """The layout of a file.

    Attributes:
        separator: character between values.
        header_lines: lines up to and with the names of columns. Without names, the lines before the first row.
        columns: names of the columns, made up if the file has none.
        named: True if the file names its columns.
        baskets: True if each line lists the products of one basket.
    """

    separator: str
    header_lines: int
    columns: tuple[str, ...]
    named: bool = True
    baskets: bool = False


def find_layout(lines: Sequence[str]) -> Layout:
    """Finds the layout from the lines at the start of a file."""
    declared = _DECLARED.fullmatch(lines[0].strip()) if lines else None
    separator = declared[1] if declared else _separator(lines)
    split = splitter(separator)
    rows = [split(line) for line in lines]
    widths = Counter(len(row) for row in rows if any(value.strip() for value in row))
    usual = widths.most_common(1)[0][0] if widths else 1
    start = 1 if declared else 0
    header = _header(rows, start, usual)
    if header is not None:
        names = tuple(map(_without_quotes, rows[header]))
        if _numbers_rows(rows[header + 1 :], len(names)):
            names = (ROW_NUMBER, *names)
        elif _has_row_numbers(rows[header], rows[header + 1 :]):
            names = (ROW_NUMBER, *names[1:])
        elif header and len(set(names)) < len(names):
            names = _with_groups(rows[header - 1], names)
        while (
            len(names) > 1
            and not names[-1]
            and all(len(row) < len(names) or not row[len(names) - 1].strip() for row in rows[header + 1 :])
        ):
            names = names[:-1]
        return Layout(separator, header + 1, _unique(names))
    numbered = any(map(is_numbered, rows[start : start + 1]))
    if _lists_baskets(rows[start + numbered :]):
        return Layout(separator, start + numbered, (), named=False, baskets=True)
    if numbered and _are_above_others(rows[start], rows[start + 1 :]):
        start += 1
    made_up = [f"column {number}" for number in range(1, usual + 1)]
    whole = [row for row in rows[start:] if len(row) == usual]
    known = tuple(_event_or(name, [row[index] for row in whole]) for index, name in enumerate(made_up))
    return Layout(separator, start, known, named=False)


def _event_or(name: str, values: Sequence[str]) -> str:
    """Returns `event` for a column of kinds of events, else its name."""
    found = {value.strip().lower() for value in values}
    return "event" if len(found) > 1 and found <= _EVENTS else name


def known_names(values: Sequence[str]) -> int:
    """Returns the number of values that are names of known columns."""
    return sum(bool(ranks_of_name(plain(value))) or plain(value) == "id" for value in values)


def _separator(lines: Sequence[str]) -> str:
    @cache
    def named(separator: str) -> int:
        return max(map(known_names, map(splitter(separator), lines[:_MAX_PREAMBLE])), default=0)

    def score(separator: str) -> float:
        split = splitter(separator)
        # Counting is much faster than splitting.
        widths = [
            len(split(line)) if '"' in line else line.count(separator) + 1 for line in lines if line.strip()
        ]
        if not widths:
            return 0.0
        usual, count = Counter(widths).most_common(1)[0]
        share = count / len(widths)
        return share * share * math.log2(usual) + named(separator) + (0.01 if max(widths) > 1 else 0.0)

    best = max(SEPARATORS, key=score)
    if named(best) >= _MIN_NAMES:
        return best
    rare = max(_RARE_SEPARATORS, key=score)
    return rare if named(rare) >= _MIN_NAMES and _is_even(lines, rare, _MAX_UNKNOWN * named(rare)) else best


def _is_even(lines: Sequence[str], separator: str, most: int) -> bool:
    """True if most lines have the same number of values, unlike lines of prose.

    It is more than one, which it is not where only the names of columns have spaces. Prose also has far more words than
    the `most` values of a table with its known columns.
    """
    split = splitter(separator)
    widths = Counter(len(split(line)) for line in lines if line.strip())
    usual, count = max(widths.items(), key=lambda pair: pair[1], default=(0, 0))
    return usual > 1 and count > _EVEN * widths.total() and max(widths) <= most


def _numbers_rows(rows: Sequence[Sequence[str]], columns: int) -> bool:
    """True if the rows begin with their numbers, which have no name.

    R writes such tables.
    """
    filled = [row for row in rows if any(value.strip() for value in row)][:_NUMBERED]
    numbered = sum(
        len(row) == columns + 1 and row[0].strip("' \"") == str(number)
        for number, row in enumerate(filled, start=1)
    )
    return len(filled) > 1 and numbered > _EVEN * len(filled)


def _has_row_numbers(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """True if the first column counts the rows, without a name.

    Pandas writes such tables.
    """
    return not names[0].strip() and count_rows(row[0] for row in rows if any(map(str.strip, row)))


def count_rows(values: Iterable[str]) -> bool:
    """True for values that count rows from 0 or 1.

    Lines of totals and other headers may be among them.
    """
    numbers = [int(value) if value.strip().isdecimal() else None for value in values][:_NUMBERED]
    counted = sum(number is not None and later == number + 1 for number, later in pairwise(numbers))
    return len(numbers) > 2 and numbers[0] in {0, 1} and counted >= _EVEN * (len(numbers) - 1)


def _without_quotes(name: str) -> str:
    """Returns a name without the quotes around it.

    Others, as in `Mug "large"`, are a part of it.
    """
    name = name.strip(" \t\ufeff")
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name


def _with_groups(groups: Sequence[str], names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns repeated names with their groups, from the line above."""
    if len(groups) != len(names):
        return names
    counts, found, group = Counter(names), list[str](), ""
    for name, above in zip(names, groups, strict=True):
        group = _without_quotes(above) or group
        found.append(f"{group} {name}".strip() if counts[name] > 1 else name)
    return tuple(found)


def _header(rows: Sequence[Sequence[str]], start: int, usual: int) -> int | None:
    """Returns the index of the line with the names of columns."""
    candidates = range(start, min(len(rows), start + _MAX_PREAMBLE))
    known = {index: known_names(rows[index]) for index in candidates}
    best = max(candidates, key=lambda index: (known[index], -index), default=None)
    if best is not None and known[best] >= min(2, usual):
        return best
    for index in candidates:
        row = [value.strip() for value in rows[index]]
        if _is_above_numbers(row, rows[index + 1 :]):
            return index
        if len(row) < usual or not all(row[_has_row_numbers(row, rows[index + 1 :]) :]):
            continue
        named = not any(_VALUE.fullmatch(value) for value in row) and len(set(row)) == len(row)
        later = [row for row in rows[index + 1 :] if len(row) == usual]
        values = {value.strip().lower() for row in later for value in row}
        # A table with a column per product need not have numbers.
        counted = any(map(_VALUE.fullmatch, values)) or _marks_products(row, later)
        return index if named and (counted or known[index]) else None
    return None


def _is_above_numbers(row: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """True for a header of a column per product, above numbers alone.

    Its first name is known or missing, as where pandas writes a table of two keys. The others may be numbers.
    """
    first, others = row[0] if row else "", row[1:]
    if (first and not known_names([first])) or len(others) < _MIN_COLUMNS or len(set(others)) < len(others):
        return False
    below = [[value.strip() for value in later] for later in rows if len(later) == len(row)]
    keys = {later[0] for later in below}
    are_numbers = all(
        not value or is_missing(value) or _VALUE.fullmatch(value) for later in below for value in later[1:]
    )
    return bool(below) and are_numbers and all(others) and not keys & {first, ""}


def _marks_products(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """True if hardly any column holds more than marks of what was bought.

    A mark is a flag, or the name of the column.
    """
    columns = ({value.strip().lower() for value in column} for column in zip(*rows, strict=True))
    filled = [(name.lower(), held) for name, held in zip(names, columns, strict=False) if held - {""}]
    marked = [held for name, held in filled if held <= {*_FLAGS, name}]
    return len(marked) >= max(1, _MARKED * len(filled)) and len(set().union(*marked)) > 1


def _lists_baskets(rows: Sequence[Sequence[str]]) -> bool:
    """True if the lines differ in length and hardly any value is a date.

    Programs fill shorter lines with blank values. The columns then have the same products.
    """
    baskets = [_without_end(row) for row in rows]
    if len({len(basket) for basket in baskets if basket}) < _MIN_LENGTHS:
        return _share_words([basket for basket in baskets if basket])
    values = [value for basket in baskets for value in basket if value]
    dated = sum(bool(re.search(r"\d[/:.-]\d", value)) for value in values)
    if dated > len(values) // 20:
        return False
    if len({len(row) for row in rows if any(map(str.strip, row))}) > 1:
        return True
    first = {basket[0] for basket in baskets if basket}
    later = [value for basket in baskets for value in basket[1:] if value]
    return sum(value in first for value in later) > len(later) / 2


def _share_words(baskets: Sequence[Sequence[str]]) -> bool:
    """True for equally many words in each line, most of them in several columns."""
    columns = [set(column) for column in zip(*baskets, strict=True)]
    if len(columns) < _MIN_LENGTHS or not all(
        any(map(str.isalpha, word)) for word in set[str]().union(*columns)
    ):
        return False
    values = [word for basket in baskets for word in basket]
    shared = sum(sum(word in column for column in columns) > 1 for word in values)
    return shared > len(values) / 2 and all(len(set(basket)) == len(basket) for basket in baskets)


def is_numbered(row: Sequence[str]) -> bool:
    """True for a header of numbers, as pandas writes it for columns without names."""
    names = [value.strip() for value in row]
    return len(names) > 1 and names in [
        [str(number) for number in range(start, start + len(names))] for start in (0, 1)
    ]


def _are_above_others(row: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """True if a column below has no numbers, such as one of dates."""
    below = [later for later in rows if len(later) == len(row)]
    columns = (column for column in zip(*below, strict=True)) if below else ()
    return any(not any(value.strip().isdigit() for value in column) for column in columns)


def _without_end(row: Sequence[str]) -> list[str]:
    """Returns the values up to the last one that is not missing."""
    values = ["" if is_missing(value) else value.strip() for value in row]
    while values and not values[-1]:
        values.pop()
    return values


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for number, name in enumerate(names, start=1):
        wanted = name or f"column {number}"
        found[wanted if wanted not in found else f"{wanted} ({number})"] = None
    return tuple(found)

"""Checks columns by the values of their first rows."""

import re
from collections.abc import Mapping

from purchase_files.formats.source import Source
from purchase_files.values.cleaning import BLANKS, MISSING
from purchase_files.vocabulary.names import plain

_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?")
_KIND = re.compile(r"\d(?:\.0)?")
KINDS = {"type", "kind", "typ", "tipo", "actionid", "typeid"}
"""Plain names of columns whose small numbers are kinds of actions."""

_MIN_KINDS, _MAX_KINDS = 2, 9
_MARKS = {
    *MISSING,
    "true",
    "false",
    "t",
    "f",
    "yes",
    "no",
    "y",
    "n",
    "1",
    "0",
    "x",
    "ja",
    "nein",
    "oui",
    "non",
    "si",
    "sí",
}
_MOST = 0.9
_MIN_GUESTS = 20
_NOBODY = {*MISSING, "0", "0.0", "-1", "guest"}


def empty_columns(source: Source) -> set[int]:
    """Returns the columns without any value."""
    rows = source.sample
    return {
        index
        for index in range(len(source.columns))
        if rows and all((row[index] or "").strip(BLANKS).casefold() in MISSING for row in rows)
    }


def placeholder_columns(source: Source, ranks: Mapping[int, Mapping[str, int]]) -> set[int]:
    """Returns columns of shoppers in which no row names one.

    Each row has a zero or nothing, as in shops with guests only.
    """
    return {
        index
        for index, fields in ranks.items()
        if "user_id" in fields
        and len(source.sample) >= _MIN_GUESTS
        and all((row[index] or "").strip(BLANKS).casefold() in _NOBODY for row in source.sample)
    }


def are_marks(source: Source, index: int) -> bool:
    """True if a column has marks such as yes and no alone."""
    return all((row[index] or "").strip(BLANKS).casefold() in _MARKS for row in source.sample)


def are_clocks(source: Source, index: int) -> bool:
    """True if a column has times of day."""
    times = [value for row in source.sample if (value := (row[index] or "").strip())]
    return bool(times) and sum(bool(_CLOCK.fullmatch(value)) for value in times) >= _MOST * len(times)


def are_kinds(source: Source, index: int) -> bool:
    """True if a column such as `type` has a few small numbers.

    They are kinds of actions rather than of products.
    """
    if plain(source.columns[index]) not in KINDS:
        return False
    values = {value for row in source.sample if (value := (row[index] or "").strip())}
    return _MIN_KINDS <= len(values) <= _MAX_KINDS and all(map(_KIND.fullmatch, values))


def may_be_title(source: Source, index: int) -> bool:
    """False for numbers, such as those of lines in an order."""
    return any(character.isalpha() for row in source.sample for character in row[index] or "a")

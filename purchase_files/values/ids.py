"""Ids in one form: trimmed, in Unicode form NFC, without an added `.0`.

Ids of products and shoppers are parts of URLs. A character that would break a path is written as a tilde and its
hexadecimal code: `rolls/buns` is `rolls~2Fbuns`. Proxies pass a tilde unchanged, but not a percent sign. It is
reversible, since a tilde that could be taken for such a code is written `~7E`. All other ids stay as they are.
"""

import re

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.distinct import distinct_values, holds, read_once

MAX_ID_CHARACTERS = 200
"""Maximum length of an id."""

_CODES = "2F|3F|23|2E|7E"
_ENCODING = (
    (f"~({_CODES})", r"~7E\1"),
    ("/", "~2F"),
    ("[?]", "~3F"),
    ("#", "~23"),
    ("^[.]$", "~2E"),
    ("^[.][.]$", "~2E~2E"),
)
_BREAKING = "contains(v, '/') OR contains(v, '?') OR contains(v, '#') OR contains(v, '~') OR v IN ('.', '..')"


def id_of(
    connection: Connection, table: str, column: str, *, in_paths: bool = True, of_person: bool = False
) -> str:
    """Returns SQL for the ids of a column of texts.

    They are encoded if they are used in the paths of URLs. E-mail addresses of persons become lower case.
    """
    values = distinct_values(connection, table, column)
    composed, pointed, broken, in_lower_case = holds(
        connection,
        values,
        "strlen(v) <> length(v)",
        "ends_with(v, '.0')",
        _BREAKING,
        "contains(v, '@')" if of_person else "false",
    )

    def written(id_: str) -> str:
        id_ = f"nfc_normalize({id_})" if composed else id_
        if pointed and _all_whole(connection, values):
            id_ = f"regexp_replace({id_}, '\\.0+$', '')"
        if in_lower_case:
            id_ = f"CASE WHEN contains({id_}, '@') THEN lower({id_}) ELSE {id_} END"
        return encoded(id_) if broken and in_paths else id_

    if in_paths and (composed or in_lower_case or broken):
        return read_once(connection, table, column, written("v"), use="id")
    return written(engine.name(column))


def encode(id_: str) -> str:
    """Returns an id without characters that break paths."""
    for pattern, replacement in _ENCODING:
        id_ = re.sub(pattern, replacement, id_)
    return id_


def decode(id_: str) -> str:
    """Returns an id as the file has it."""
    return re.sub(f"~({_CODES})", lambda found: chr(int(found[1], 16)), id_)


def encoded(value: str) -> str:
    """Returns SQL for an id without characters that break paths."""
    for pattern, replacement in _ENCODING:
        value = f"regexp_replace({value}, {engine.text(pattern)}, {engine.text(replacement)}, 'g')"
    return value


def decoded(value: str) -> str:
    """Returns SQL for an id as the file has it. See `decode`."""
    for code in ("2F", "3F", "23", "2E"):
        value = f"regexp_replace({value}, '~{code}', {engine.text(chr(int(code, 16)))}, 'g')"
    return f"regexp_replace({value}, '~7E', '~', 'g')"


def _all_whole(connection: Connection, values: str) -> bool:
    """True if each value is a whole number, written with or without `.0`."""
    [other] = holds(connection, values, "NOT regexp_full_match(v, '-?[0-9]+(\\.0+)?')")
    return not other

"""Ids in one form: trimmed, in Unicode form NFC, without an added `.0`."""

from purchase_files import engine
from purchase_files.engine import Connection

MAX_ID_CHARACTERS = 200
"""Maximum length of an id."""

BLANKS = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff"

MISSING = (
    "", "-", "--", "?", "nan", "<na>", "na", "n/a", "#n/a", "n.a.", "nat", "null", "(null)", "nil", "none", "\\n",
    "undefined", "unknown", "(not set)", "(none)", "(blank)", "(leer)", "(vide)", "(en blanco)", "#null!",
    "#ref!", "#value!",
)  # fmt: skip
"""Texts that stand for a missing value, in lower case."""

_LONGEST = max(map(len, MISSING))


def trimmed(value: str) -> str:
    """Returns SQL for a trimmed text, null if it stands for a missing value."""
    plain = f"trim({value}, {engine.text(BLANKS)})"
    return (
        f"CASE WHEN strlen({value}) <= {_LONGEST + 8} AND lower({plain}) IN ({engine.texts(MISSING)}) "
        f"THEN NULL ELSE {plain} END"
    )


def id_of(connection: Connection, table: str, column: str) -> str:
    """Returns SQL for the ids of a column of texts."""
    value = engine.name(column)
    plain = trimmed(value)
    composed, pointed = engine.row(
        connection,
        f"SELECT coalesce(bool_or(strlen(v) <> length(v)), false), coalesce(bool_or(ends_with(v, '.0')), false) "
        f"FROM (SELECT {plain} AS v FROM {engine.name(table)})",
    )
    if composed:
        plain = f"nfc_normalize({plain})"
    if pointed and _all_whole(connection, table, plain):
        plain = f"regexp_replace({plain}, '\\.0+$', '')"
    return plain


def _all_whole(connection: Connection, table: str, value: str) -> bool:
    """True if each value is a whole number, written with or without `.0`."""
    others = (
        f"SELECT count(*) FROM {engine.name(table)} WHERE NOT regexp_full_match({value}, '-?[0-9]+(\\.0+)?')"
    )
    return bool(engine.row(connection, others)[0] == 0)

"""Ids in one form: trimmed, in Unicode form NFC, without an added `.0`.

Ids of products and shoppers are parts of URLs. A character that would break a path is written as a tilde and its
hexadecimal code: `rolls/buns` is `rolls~2Fbuns`. Proxies pass a tilde unchanged, other than a percent sign. It is
reversible, since a tilde that could be taken for such a code is written `~7E`. All other ids stay as they are.
"""

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

_CODES = "2F|3F|23|2E|7E"
_ENCODING = (
    (f"~({_CODES})", r"~7E\1"),
    ("/", "~2F"),
    ("[?]", "~3F"),
    ("#", "~23"),
    ("^[.]$", "~2E"),
    ("^[.][.]$", "~2E~2E"),
)
_BREAKING = f"'[/?#]|~({_CODES})|^\\.\\.?$'"
_LONGEST = max(map(len, MISSING))


def trimmed(value: str) -> str:
    """Returns SQL for a trimmed text, null if it stands for a missing value."""
    plain = f"trim({value}, {engine.text(BLANKS)})"
    return (
        f"CASE WHEN strlen({value}) <= {_LONGEST + 8} AND lower({plain}) IN ({engine.texts(MISSING)}) "
        f"THEN NULL ELSE {plain} END"
    )


def id_of(connection: Connection, table: str, column: str, *, in_paths: bool = True) -> str:
    """Returns SQL for the ids of a column of texts.

    They are encoded if they are used in the paths of URLs.
    """
    value = engine.name(column)
    plain = trimmed(value)
    composed, pointed, broken = engine.row(
        connection,
        f"SELECT coalesce(bool_or(strlen(v) <> length(v)), false), coalesce(bool_or(ends_with(v, '.0')), false), "
        f"coalesce(bool_or(regexp_matches(v, {_BREAKING})), false) "
        f"FROM (SELECT {plain} AS v FROM {engine.name(table)})",
    )
    if composed:
        plain = f"nfc_normalize({plain})"
    if pointed and _all_whole(connection, table, plain):
        plain = f"regexp_replace({plain}, '\\.0+$', '')"
    return encoded(plain) if broken and in_paths else plain


def encoded(value: str) -> str:
    """Returns SQL for an id without characters that break paths."""
    for pattern, replacement in _ENCODING:
        value = f"regexp_replace({value}, {engine.text(pattern)}, {engine.text(replacement)}, 'g')"
    return value


def decoded(value: str) -> str:
    """Returns SQL for an id as the file has it."""
    for code in ("2F", "3F", "23", "2E"):
        value = f"regexp_replace({value}, '~{code}', {engine.text(chr(int(code, 16)))}, 'g')"
    return f"regexp_replace({value}, '~7E', '~', 'g')"


def _all_whole(connection: Connection, table: str, value: str) -> bool:
    """True if each value is a whole number, written with or without `.0`."""
    others = (
        f"SELECT count(*) FROM {engine.name(table)} WHERE NOT regexp_full_match({value}, '-?[0-9]+(\\.0+)?')"
    )
    return bool(engine.row(connection, others)[0] == 0)

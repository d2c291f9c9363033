"""Texts without outer spaces, null where they stand for a missing value."""

from collections.abc import Callable, Iterator, Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.casts import read_column
from purchase_files.values.distinct import derive_values, distinct_values, holds

BLANKS = (
    " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff"
    "\u200c\u200d"
)
"""Spaces of all scripts, and joiners, which mean something only between letters."""

_INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters without width that change no word. Ids that differ only in them look equal."""

_FORMULA = '\'^="([^"]*)"$\''
_APOSTROPHE = "'^''([-+=@0-9][^'']*)$'"
"""Numbers that a spreadsheet takes for texts: `="007"` and `'007`."""
_QUOTED = '\'^"([^"]*)"?$\''
"""A value that was quoted twice, or whose closing quote was lost."""

ERRORS = (
    "#n/a", "#value!", "#ref!", "#div/0!", "#name?", "#num!", "#null!", "#spill!", "#calc!", "#error!",
    "#nv", "#wert!", "#bezug!", "#zahl!", "#valeur!", "#nom?", "#nombre!", "#nul!", "#n/d", "#¡valor!", "#¡ref!",
    "#¡div/0!", "#¿nombre?", "#¡num!", "#valore!", "#rif!", "#nome?", "#valor!", "#núm!", "#n/b", "#waarde!", "#verw!",
    "#deel/0!", "#naam?", "#getal!", "#n/d!", "#arg!", "#adr!", "#dziel/0!", "#nazwa?", "#liczba!", "#saknas!",
    "#värdefel!", "#referens!", "#namn?", "#н/д", "#знач!", "#ссылка!", "#дел/0!", "#имя?", "#число!",
    *("#" * width for width in range(3, 16)),
)  # fmt: skip
"""Errors of spreadsheets in several languages, and cells that were too narrow for a number."""

MISSING = (
    "", "-", "--", "?", "nan", "<na>", "na", "n/a", "n.a.", "nat", "null", "(null)", "nil", "none", "\\n",
    "undefined", "unknown", "(not set)", "(none)", "(blank)", "(leer)", "(vide)", "(en blanco)", "<null>",
    "[null]", "[object object]", *ERRORS,
)  # fmt: skip
"""Texts that stand for a missing value, in lower case."""

_LONGEST = max(map(len, MISSING))
_WORDED = {"title", "description"}
"""Columns in which an apostrophe may begin a word."""


def is_missing(text: str) -> bool:
    """True if a text stands for a missing value."""
    return text.strip(BLANKS).lower() in MISSING


def clean(connection: Connection, table: str, columns: Sequence[str]) -> None:
    """Cleans columns of a table.

    Those with nothing to clean, or that a cast read, are not rewritten.

    A quantity that is no number stays, since a missing quantity counts as 1.
    """
    replaced = {}
    for column in columns:
        if read_column(connection, table, column):
            continue
        cleaned = _cleaned(connection, table, column)
        if cleaned:
            derive_values(connection, table, column, cleaned("v"))
            replaced[column] = ("VARCHAR", cleaned(engine.name(column)))
    engine.replace_columns(connection, table, replaced)


def _cleaned(connection: Connection, table: str, column: str) -> Callable[[str], str] | None:
    """Returns a function that makes SQL for clean texts, if any is not clean."""
    values = distinct_values(connection, table, column)
    spaced, hidden, formula, marked, quoted, worded = holds(
        connection,
        values,
        "starts_with(v, ' ') OR ends_with(v, ' ') OR contains(v, chr(9)) OR strlen(v) <> length(v)",
        f"strlen(v) <> length(v) AND regexp_matches(v, '[{_INVISIBLE}]')",
        "starts_with(v, '=')",
        "starts_with(v, chr(39))" if column not in _WORDED else "false",
        "starts_with(v, '\"')" if column not in _WORDED else "false",
        "NOT regexp_matches(v, '[0-9]') OR starts_with(v, '#')",
    )

    def plain(value: str) -> str:
        value = f"translate({value}, {engine.text(_INVISIBLE)}, '')" if hidden else value
        value = f"trim({value}, {engine.text(BLANKS)})" if spaced else value
        value = f"regexp_replace({value}, {_FORMULA}, '\\1')" if formula else value
        value = f"regexp_replace({value}, {_QUOTED}, '\\1')" if quoted else value
        return f"regexp_replace({value}, {_APOSTROPHE}, '\\1')" if marked else value

    # Of the texts that stand for a missing value, only errors have a digit. Ids, times and prices have one throughout.
    words = engine.texts(_missing_words(connection, values, column, plain)) if worded else ""
    if not words:
        return plain if spaced or formula or marked or quoted else None
    return lambda value: (
        f"CASE WHEN strlen({value}) <= {_LONGEST * 2} AND lower({plain(value)}) IN ({words}) THEN NULL "
        f"ELSE {plain(value)} END"
    )


def _missing_words(
    connection: Connection, values: str, column: str, plain: Callable[[str], str]
) -> Iterator[str]:
    """Returns the texts of a column that stand for missing values, in lower case."""
    missing = [word for word in MISSING if word != "nan" or column != "quantity"]
    short = f"SELECT lower({plain('v')}) AS word FROM {values} WHERE strlen(v) <= {_LONGEST * 2}"
    found = connection.execute(
        f"SELECT DISTINCT word FROM ({short}) WHERE word IN (SELECT unnest([{engine.texts(missing)}]))"
    ).fetchall()
    return (word for (word,) in found)

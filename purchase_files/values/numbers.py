"""Numbers with currency signs, thousands separators and decimal commas."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.casts import has_text, read_column
from purchase_files.values.distinct import distinct_values, holds, read_once

_FOREIGN = (
    "０１２３４５６７８９．，－−–٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙٫٬"
    "\u00a0\u202f\u2007\u2009\u3000\u200e\u200f\u200b\u2060\ufeff\u061c"
)
_ASCII = "0123456789.,---" + 5 * "0123456789" + ".,     "
_NO_CENTS = "'[.,:/]\\s?[-–—]{1,2}$'"
_FINITE = "CASE WHEN isfinite(v) THEN v END"
_MULTIPLIED = r"'(?i)[0-9]\s?(k|tsd|mio|mill?)\.?$'"
"""A number with a unit that multiplies it, which is not read."""

_DECIMAL_COMMA = (
    "'^[0-9]*,([0-9]{1,2}|[0-9]{4,})$|^[0-9]{1,3}([.][0-9]{3})+,[0-9]+$|^[0-9]{1,3}([.][0-9]{3}){2,}$'"
)
_DECIMAL_POINT = (
    "'^[0-9]*[.]([0-9]{1,2}|[0-9]{4,})$|^[0-9]{1,3}(,[0-9]{2,3})+[.][0-9]+$|^[0-9]{1,3}(,[0-9]{2,3}){2,}$'"
)
"""Numbers that decide by themselves what separates their decimals."""


def number_of(connection: Connection, table: str, column: str, beside: Sequence[str] = ()) -> str:
    """Returns SQL for the numbers of a column, null for other texts.

    Whether a comma separates thousands or decimals is found over the whole column, or else over those beside it.
    """
    if read := read_column(connection, table, column):
        return read
    values = distinct_values(connection, table, column)
    foreign, without_cents = holds(
        connection, values, "strlen(v) <> length(v)", f"regexp_matches(v, {_NO_CENTS})"
    )
    # Digits of other scripts, a minus that is no hyphen, marks of the direction of writing, and `99,-`.
    text = _plain("v") if foreign or without_cents else "v"
    texts = f"(SELECT v AS text, {text} AS v FROM {values})"
    decorated, infinite = holds(
        connection,
        texts,
        "try_cast(v AS DOUBLE) IS NULL AND v IS NOT NULL",
        "NOT isfinite(try_cast(v AS DOUBLE))",
    )
    if decorated:
        comma = _comma_is_decimal(connection, table, texts, beside)
        with_digits = f"(SELECT text, v, {_digits(ascii_only=not foreign)} AS digits FROM {texts})"
        number = f"(SELECT text, {_decorated(comma_is_decimal=comma)} AS v FROM {with_digits})"
        return read_once(connection, table, column, _FINITE, number)
    if text == "v":
        value = engine.name(column)
        plain = f"try_cast({value} AS DOUBLE)"
        return f"(CASE WHEN isfinite({plain}) THEN {plain} END)" if infinite else plain
    return read_once(
        connection, table, column, _FINITE, f"(SELECT text, try_cast(v AS DOUBLE) AS v FROM {texts})"
    )


def _plain(value: str) -> str:
    ascii_ = f"translate({value}, {engine.text(_FOREIGN)}, {engine.text(_ASCII)})"
    return f"regexp_replace({ascii_}, {_NO_CENTS}, '')"


def _digits(*, ascii_only: bool) -> str:
    """Returns SQL for the digits and separators of `$1,299.00`, `89.0 EUR` or `(5,00)`.

    The classes of all letters take milliseconds to compile, so that texts in ASCII do without.
    """
    letter, sign, digit = ("[A-Za-z]", "[$]", "[0-9]") if ascii_only else (r"\pL", r"\p{Sc}", r"\pN")
    unit = rf"(?:{letter}{{1,4}}\.?|{sign})"
    # A currency before and after, and one number in all. `A12` is no price.
    before = rf"[-+(]*\s*(?:[xX×]\s*|[A-Z]{{3}}|{letter}{{1,3}}[.$]|{letter}{{1,4}}\s|{sign})*\s*[-+]?\s*"
    after = rf"(?:[.,]?\s*|[.,]?\s+{unit}+\s*|\s*{unit}+\s*)[-)]?"
    # It ends with a digit, so that `02.Jan` is none.
    between = f"(?:{digit}|[.,\\s'\u2019\u00a0\u202f])*"
    shape = f"^{before}({digit}(?:{between}{digit})?|[.,]{digit}+){after}$"
    spaces = engine.text(" '\u00a0\u202f\u2019")
    return f"translate(regexp_extract(v, {engine.text(shape)}, 1), {spaces}, '')"


def _decorated(*, comma_is_decimal: bool) -> str:
    """Returns SQL that reads a number with its sign, from `v` and its `digits`."""
    with_comma, with_point = "replace(replace(digits, '.', ''), ',', '.')", "replace(digits, ',', '')"
    plain = (
        f"CASE WHEN regexp_matches(v, {_MULTIPLIED}) THEN NULL "
        f"WHEN regexp_matches(digits, {_DECIMAL_COMMA}) THEN {with_comma} "
        f"WHEN regexp_matches(digits, {_DECIMAL_POINT}) THEN {with_point} "
        f"ELSE {with_comma if comma_is_decimal else with_point} END"
    )
    sign = "(CASE WHEN regexp_matches(v, '^[^0-9]*[-(]|-$') THEN -1 ELSE 1 END)"
    readings = [f"{sign} * try_cast({plain} AS DOUBLE)", "try_cast(v AS DOUBLE)"]
    # A cast is faster, but would take the thousands of `1.299` for decimals.
    return f"coalesce({', '.join(readings if comma_is_decimal else reversed(readings))})"


def _comma_is_decimal(connection: Connection, table: str, values: str, beside: Sequence[str]) -> bool:
    """Returns the meaning of a comma in a column. `2,000` alone could be both."""
    decimal, thousands = _count_forms(connection, values)
    others = iter(other for other in beside if has_text(connection, table, other))
    while decimal == thousands and (other := next(others, None)):
        decimal, thousands = _count_forms(connection, distinct_values(connection, table, other))
    return decimal > thousands


def _count_forms(connection: Connection, values: str) -> tuple[int, int]:
    """Returns the numbers of values with a decimal comma, and with a decimal point."""
    decimal, thousands = engine.row(
        connection,
        f"""SELECT count(*) FILTER (regexp_matches(v, '[0-9]*,([0-9]{{1,2}}|[0-9]{{4,}})([^0-9.,]|$)|\\.[0-9]{{3}},')),
                   count(*) FILTER (regexp_matches(v, '[0-9]\\.([0-9]{{1,2}}|[0-9]{{4,}})([^0-9.,]|$)|,[0-9]{{3}}\\.'))
            FROM {values}""",
    )
    return decimal, thousands

"""Numbers with currency signs, thousands separators and decimal commas."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.casts import read_column
from purchase_files.values.distinct import distinct_values, holds

_FOREIGN = "０１２３４５６７８９．，－−–٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬\u200e\u200f\u200b\u2060\ufeff\u061c"
_ASCII = "0123456789.,---01234567890123456789.,"
_NO_CENTS = "'[.,:]\\s?[-–—]{1,2}$'"


def number_of(connection: Connection, table: str, column: str, beside: Sequence[str] = ()) -> str:
    """Returns SQL for the numbers of a column, null for other texts.

    Whether a comma separates thousands or decimals is found over the whole column, or else over those beside it.
    """
    if read := read_column(connection, table, column):
        return read
    value = engine.name(column)
    values = distinct_values(connection, table, column)
    if holds(connection, values, f"strlen(v) <> length(v) OR regexp_matches(v, {_NO_CENTS})")[0]:
        # Digits of other scripts, a minus that is no hyphen, marks of the direction of writing, and `99,-`.
        value = _plain(value)
        values = f"(SELECT DISTINCT {_plain('v')} AS v FROM {values})"
    decorated, infinite = holds(
        connection,
        values,
        "try_cast(v AS DOUBLE) IS NULL AND v IS NOT NULL",
        "NOT isfinite(try_cast(v AS DOUBLE))",
    )
    if not decorated:
        plain = f"try_cast({value} AS DOUBLE)"
        return _finite(plain) if infinite else plain
    return _finite(_decorated(value, comma_is_decimal=_comma_is_decimal(connection, table, values, beside)))


def _plain(value: str) -> str:
    ascii_ = f"translate({value}, {engine.text(_FOREIGN)}, {engine.text(_ASCII)})"
    return f"regexp_replace({ascii_}, {_NO_CENTS}, '')"


def _finite(number: str) -> str:
    return f"(CASE WHEN isfinite({number}) THEN {number} END)"


def _decorated(value: str, *, comma_is_decimal: bool) -> str:
    """Returns SQL that reads `$1,299.00`, `89.0 EUR` or `(5,00)`."""
    # A currency before and after, and one number in all. `A12` is no price.
    before, after = (
        r"[-+(]*\s*(?:[A-Z]{3}|\pL{1,3}[.$]|\pL{1,4}\s|\p{Sc})*\s*[-+]?\s*",
        r"\s*(?:\pL{1,4}\.?|\p{Sc}|%)*\s*[-)]?",
    )
    shape = f"^{before}(\\pN[\\pN.,\\s'\u2019\u00a0\u202f]*|[.,]\\pN+){after}$"
    digits = f"regexp_extract({value}, {engine.text(shape)}, 1)"
    dropped, point = (". '\u00a0\u202f\u2019", ",") if comma_is_decimal else (", '\u00a0\u202f\u2019", ".")
    plain = f"replace(translate({digits}, {engine.text(dropped)}, ''), {engine.text(point)}, '.')"
    sign = f"(CASE WHEN regexp_matches({value}, '^[^0-9]*[-(]|-$') THEN -1 ELSE 1 END)"
    return f"coalesce(try_cast({value} AS DOUBLE), {sign} * try_cast({plain} AS DOUBLE))"


def _comma_is_decimal(connection: Connection, table: str, values: str, beside: Sequence[str]) -> bool:
    """Returns the meaning of a comma in a column. `2,000` alone could be both."""
    decimal, thousands = _count_forms(connection, values)
    others = iter(beside)
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

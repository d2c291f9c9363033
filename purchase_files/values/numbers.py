"""Numbers with currency signs, thousands separators and decimal commas."""

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.ids import trimmed

_SAMPLE = 100_000


def number_of(connection: Connection, table: str, column: str) -> str:
    """Returns SQL for the numbers of a column, null for other texts.

    Whether a comma separates thousands or decimals is found over the whole column.
    """
    value = trimmed(engine.name(column))
    plain = f"try_cast({value} AS DOUBLE)"
    source = engine.name(table)
    others = f"SELECT count(*) FROM {source} WHERE {plain} IS NULL AND {value} IS NOT NULL"
    if not engine.row(connection, others)[0]:
        return _finite(plain)
    return _finite(_decorated(value, comma_is_decimal=_comma_is_decimal(connection, source, value)))


def _finite(number: str) -> str:
    return f"(CASE WHEN isfinite({number}) THEN {number} END)"


def _decorated(value: str, *, comma_is_decimal: bool) -> str:
    """Returns SQL that reads `$1,299.00`, `89.0 EUR` or `(5,00)`."""
    # At most three letters of a currency before and after, and one number in all: `A12` is no price.
    before, after = (
        r"[-+(]*\s*(?:[A-Za-z]{1,3}[.$]?|\p{Sc})*\s*[-+]?\s*",
        r"\s*(?:[A-Za-z]{1,4}\.?|\p{Sc}|%)*\s*[-)]?",
    )
    shape = f"^{before}(\\pN[\\pN.,\\s'\u2019\u00a0\u202f]*|[.,]\\pN+){after}$"
    digits = f"regexp_extract({value}, {engine.text(shape)}, 1)"
    dropped, point = (". '\u00a0\u202f\u2019", ",") if comma_is_decimal else (", '\u00a0\u202f\u2019", ".")
    plain = f"replace(translate({digits}, {engine.text(dropped)}, ''), {engine.text(point)}, '.')"
    sign = f"(CASE WHEN regexp_matches({value}, '^[^0-9]*[-(]|-$') THEN -1 ELSE 1 END)"
    return f"coalesce(try_cast({value} AS DOUBLE), {sign} * try_cast({plain} AS DOUBLE))"


def _comma_is_decimal(connection: Connection, source: str, value: str) -> bool:
    decimal, thousands = engine.row(
        connection,
        f"""SELECT count(*) FILTER (regexp_matches(v, '[0-9]*,([0-9]{{1,2}}|[0-9]{{4,}})([^0-9.,]|$)|\\.[0-9]{{3}},')),
                   count(*) FILTER (regexp_matches(v, '[0-9]\\.([0-9]{{1,2}}|[0-9]{{4,}})([^0-9.,]|$)|,[0-9]{{3}}\\.'))
            FROM (SELECT {value} AS v FROM {source} WHERE contains({value}, ',') OR contains({value}, '.')
                  LIMIT {_SAMPLE})""",
    )
    return bool(decimal > thousands)

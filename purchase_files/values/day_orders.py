"""The order of day and month in dates such as 1/2/2024."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.errors import RefusedFile
from purchase_files.vocabulary.names import plain

DayOrder = Literal["dmy", "mdy"]

_SAMPLE = 20_000
_DATE = re.compile(r"\D*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d\d)(?!\d)")
_MUCH, _SORTED = 0.1, 0.8
_MIXED = 0.02
"""Share of dates of the other order that are no typing errors any more."""
_MANY_DAYS, _FAR_MORE = 6, 3
_DAY = "strlen(split_part(day, '/', 1)) <= 2 AND try_cast(split_part(day, '/', {}) AS INTEGER) > 12"
_SIGNS = "./-"
_CENTURY = 70
"""Years of two digits from here on are in the last century."""

_NO_ENGLISH = re.compile(
    r"datum|fecha|data(?!e|base)|dato|tarih|дат|pvm|paiv|giorno|jour|dia(?!l)|zeit(?!g)|achat|vente|commande|paiement"
    r"|facture|creele|kauf|bestell|zamow|sprzedaz|utworz|cread|criad|creato|oprett|skapad|objedn|vytvor"
)
"""Names of columns in languages whose dates begin with the day."""


def order_of_days(connection: Connection, values: str, rows: str, label: str, example: str) -> DayOrder:
    """Returns the order of day and month that reads more of the values.

    Args:
        connection: engine.
        values: table of the distinct values `v`.
        rows: SQL for the values in the order of the rows.
        label: name of the column in messages.
        example: a value.

    Raises:
        RefusedFile: both read as many, or each reads dates that the other does not. It suggests the more likely order.
    """
    first, second, firsts, seconds = days_of(connection, values)
    if first and second and (said := mixed(connection, rows)):
        likely: DayOrder = _suggested(connection, rows, label, 0, 0) or ("dmy" if first >= second else "mdy")
        raise RefusedFile(
            f"{label}: {said}, so that those up to the 12th may be either. Write all in one order, or choose the order "
            "of these",
            (("--dates", likely),),
        )
    if first != second:
        return "dmy" if first > second else "mdy"
    raise undecided(connection, rows, label, example, (firsts, seconds))


def orders_of_signs(connection: Connection, values: str) -> dict[str, DayOrder]:
    """Returns the order of day and month by their sign, if it differs.

    A file joined of two has 13.01.2024 beside 01/13/2024. It is empty unless the days decide each sign's order.
    """
    found: dict[str, DayOrder] = {}
    for sign in _SIGNS:
        of_sign = f"(SELECT v FROM {values} WHERE regexp_matches(v, '^\\s*[0-9]{{1,2}}[{sign}][0-9]{{1,2}}[{sign}]'))"
        first, second, different, _ = days_of(connection, of_sign)
        if bool(first) == bool(second):
            if different:
                return {}
            continue
        found[sign] = "dmy" if first else "mdy"
    return found if len(set(found.values())) > 1 else {}


def days_of(connection: Connection, values: str) -> tuple[int, int, int, int]:
    """Returns what the numbers that dates begin with tell.

    They are the days with a first number above 12, and with a second one, and the different first and second numbers.
    """
    return engine.row(
        connection,
        f"SELECT count(*) FILTER ({_DAY.format(1)}), count(*) FILTER ({_DAY.format(2)}), "
        "count(DISTINCT split_part(day, '/', 1)), count(DISTINCT split_part(day, '/', 2)) "
        f"FROM (SELECT DISTINCT translate(left(v, 6), '-. ', '///') AS day FROM {values})",
    )


def begin_with_year(connection: Connection, values: str, now: datetime) -> bool:
    """True for dates such as 24-03-28 that would be in the future otherwise.

    A single one in the future is a typing error. So all dates must be short, with no more years than days.
    """
    this_year = now.year % 100
    [begins] = engine.row(
        connection,
        f"SELECT bool_and(a <= {this_year} AND b BETWEEN 1 AND 12 AND c BETWEEN 1 AND 31) AND bool_or(c > {this_year}) "
        "AND bool_and(short) AND count(DISTINCT a) <= count(DISTINCT c) "
        "FROM (SELECT p[1]::INTEGER AS a, p[2]::INTEGER AS b, p[3]::INTEGER AS c, short FROM (SELECT DISTINCT "
        "regexp_extract_all(left(trim(v), 8), '[0-9]+') AS p, "
        f"regexp_matches(trim(v), '^[0-9]{{2}}[-/. ][0-9]{{2}}[-/. ][0-9]{{2}}($|[T ,])') AS short FROM {values} "
        "WHERE regexp_matches(trim(v), '^[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2}')))",
    )
    return bool(begins)


def undecided(
    connection: Connection, rows: str, label: str, example: str, different: tuple[int, int]
) -> RefusedFile:
    """Returns the refusal of dates whose order nothing decides.

    Args:
        connection: engine.
        rows: SQL for the values in the order of the rows.
        label: name of the column in messages.
        example: a value.
        different: numbers of different first and second numbers.
    """
    likely = _suggested(connection, rows, label, *different)
    return RefusedFile(
        f"{label}: {example!r} is day-month (dmy) or month-day (mdy), and no value decides it",
        (("--dates", likely or ("mdy" if "/" in example else "dmy")),),
    )


def _suggested(connection: Connection, rows: str, label: str, firsts: int, seconds: int) -> DayOrder | None:
    found = connection.execute(f"{rows} LIMIT {_SAMPLE}").fetchall()
    likely = likely_order(
        [value for (value,) in found if value], label.rpartition("column ")[2], datetime.now(UTC)
    )
    if likely is None and firsts != seconds:
        return "dmy" if firsts > seconds else "mdy"
    return likely


def likely_order_of(connection: Connection, rows: str, different: tuple[int, int]) -> DayOrder | None:
    """Returns the order of day and month that clear signs suggest.

    In a part of a year, the month has far fewer values than the day.
    """
    found = connection.execute(f"SELECT * FROM ({rows}) LIMIT {_SAMPLE}").fetchall()
    likely = likely_order([value for (value,) in found if value], "", datetime.now(UTC))
    if likely is None and max(different) >= _MANY_DAYS and max(different) >= _FAR_MORE * min(different):
        return "dmy" if different[0] > different[1] else "mdy"
    return likely


def mixed(connection: Connection, rows: str) -> str:
    """Returns how many dates have each order, with one of each.

    It is empty if hardly any date has the other order.
    """
    text = f"(SELECT v, translate(left(v, 6), '-. ', '///') AS day FROM ({rows}) AS read(v))"
    days, months, of_days, of_months = engine.row(
        connection,
        "SELECT "
        + ", ".join(
            f"{count} FILTER ({_DAY.format(place)})" for count in ("count(*)", "min(v)") for place in (1, 2)
        )
        + f" FROM {text}",
    )
    if min(days, months) <= _MIXED * (days + months):
        return ""
    return (
        f"{days:,} dates begin with the day, such as {of_days!r}, and {months:,} with the month, such as "
        f"{of_months!r}"
    )


def likely_order(values: Sequence[str], column: str, now: datetime) -> DayOrder | None:
    """Returns the order of day and month that other signs suggest.

    No date is in the future, rows are often sorted, and languages other than English begin with the day.

    Args:
        values: dates in the order of the rows.
        column: name of the column.
        now: the time, after which nothing is bought.
    """
    found = [match for value in values if (match := _DATE.match(value))]
    dates = [(_year(match[3]), int(match[1]), int(match[2])) for match in found]
    orders: dict[DayOrder, list[tuple[int, int, int]]] = {
        "dmy": [(year, second, first) for year, first, second in dates],
        "mdy": dates,
    }
    latest = now + timedelta(days=1)
    limit = (latest.year, latest.month, latest.day)
    possible: list[DayOrder] = [order for order, days in orders.items() if max(days, default=limit) <= limit]
    if len(possible) == 1:
        return possible[0]
    sorting = {order: share_sorted(days) for order, days in orders.items()}
    best: DayOrder = max(orders, key=lambda order: sorting[order])
    if sorting[best] >= _SORTED and sorting[best] - min(sorting.values()) >= _MUCH:
        return best
    return "dmy" if _NO_ENGLISH.search(plain(column)) else None


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (2000 if year < _CENTURY else 1900)


def share_sorted(days: Sequence[tuple[int, int, int]]) -> float:
    """Returns the share of neighbours in the more frequent order, ascending or descending."""
    pairs = [(before, after) for before, after in pairwise(days) if before != after]
    rising = sum(before < after for before, after in pairs)
    return max(rising, len(pairs) - rising) / len(pairs) if pairs else 0.0


def with_days_swapped(date: str) -> str:
    """Returns SQL for the text of a date with its first two numbers swapped."""
    return f"regexp_replace({date}, '^(\\s*)([0-9]{{1,2}})([-/. ])([0-9]{{1,2}})([-/. ])', '\\1\\4\\3\\2\\5')"

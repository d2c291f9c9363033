"""Days and months that a spreadsheet swapped.

A spreadsheet that expects the month first takes 5/2/2024 for the 2nd of May. It leaves 27/2/2024 as a text, which it
cannot read. Saved again, days up to the 12th are months, and later days are right.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.day_orders import share_sorted

_LAST = 12
"""Last day that is a month, too."""

_MIN_DAYS = 10
_MIN_OUTSIDE, _MAX_LEFT_OUTSIDE = 0.25, 0.02
_SORTED, _MUCH = 0.98, 0.02
_SAMPLE = 5_000
_MIN_MISPLACED, _FITTING = 5, 0.8
_MONTH = timedelta(days=31)


def swapped_back(time: str) -> str:
    """Returns SQL for a time, with day and month swapped if both are months."""
    day = f"make_date(year({time}), day({time}), month({time}))"
    return f"CASE WHEN day({time}) <= {_LAST} THEN {day}::TIMESTAMP + ({time} - {time}::DATE) ELSE {time} END"


def are_apart(connection: Connection, values: str, years_first: str, days: str) -> bool:
    """True if the days up to the 12th have a form of their own.

    Cells that a spreadsheet read begin with the year, those that it left have the day.

    Args:
        connection: engine.
        values: table of the distinct values.
        years_first: SQL for the times that begin with the year.
        days: SQL for the times that begin with the day or the month.
    """
    read, not_read, left, not_left = engine.row(
        connection,
        f"SELECT count(DISTINCT y::DATE) FILTER (day(y) <= {_LAST}), count(*) FILTER (day(y) > {_LAST}), "
        f"count(DISTINCT d::DATE) FILTER (day(d) > {_LAST}), count(*) FILTER (day(d) <= {_LAST}) "
        f"FROM (SELECT {years_first} AS y, {days} AS d FROM {values})",
    )
    return bool(min(read, left) >= _MIN_DAYS and not not_read and not not_left)


def look_swapped(connection: Connection, days: Sequence[date]) -> bool:
    """True if the days up to the 12th fit only if they are swapped.

    `days` are the different days of the purchases.
    """
    if not all(
        len(part) >= _MIN_DAYS for part in (_open_days(days), [day for day in days if day.day > _LAST])
    ):
        return False
    if are_outside(days):
        return True
    rows = connection.execute(
        "SELECT purchased_at::DATE FROM purchase_rows "
        f"WHERE rowid < {_SAMPLE} AND purchased_at IS NOT NULL ORDER BY rowid"
    ).fetchall()
    return are_out_of_order([day for (day,) in rows])


def are_outside(days: Sequence[date]) -> bool:
    """True if many days lie outside the period of those after the 12th.

    Once they are swapped, hardly any does.
    """
    later = [day for day in days if day.day > _LAST]
    margin = timedelta(days=_LAST + 1)
    first, last = min(later) - margin, max(later) + margin
    open_days = _open_days(days)
    outside, left = (
        sum(not first <= day <= last for day in each) / len(open_days)
        for each in (open_days, [_swapped(day) for day in open_days])
    )
    return outside >= _MIN_OUTSIDE and left <= _MAX_LEFT_OUTSIDE


def are_out_of_order(rows: Sequence[date]) -> bool:
    """True if rows are sorted only once days and months are swapped back."""
    written = share_sorted([(day.year, day.month, day.day) for day in rows])
    swapped = [_swapped(day) if day.day <= _LAST else day for day in rows]
    return share_sorted([(day.year, day.month, day.day) for day in swapped]) >= max(_SORTED, written + _MUCH)


def swapped_in_a_part(connection: Connection) -> list[date]:
    """Returns days that fit between the rows around them only if they are swapped.

    Rows in order tell it where a spreadsheet swapped the days of one month only. There are none in other files.
    """
    found = set[date]()
    for end in ("min", "max"):
        rows = connection.execute(
            "SELECT purchased_at::DATE FROM purchase_rows WHERE reason IS NULL "
            f"GROUP BY 1 ORDER BY {end}(rowid)"
        ).fetchall()
        found |= _misplaced([day for (day,) in rows])
    return sorted(found) if len(found) >= _MIN_MISPLACED else []


def _misplaced(days: Sequence[date]) -> set[date]:
    """Returns the days that fit between the sure ones around only if swapped.

    Days after the 12th are sure. There are none if these are not in order, or if other days do not fit, either. Days
    before the first and after the last sure one fit within a month of it: another file may begin there.
    """
    sure = [day for day in days if day.day > _LAST]
    if len(sure) < _MIN_DAYS or share_sorted([(day.year, day.month, day.day) for day in sure]) < _SORTED:
        return set()
    rising = sure[0] <= sure[-1]
    ordered = days if rising else days[::-1]
    bounds, before = list[tuple[date, date]](), min(sure[0], sure[-1]) - _MONTH
    after = max(sure[0], sure[-1]) + _MONTH
    for day in ordered:
        before = day if day.day > _LAST else before
        bounds.append((before, after))
    for place in range(len(ordered) - 1, -1, -1):
        after = ordered[place] if ordered[place].day > _LAST else after
        bounds[place] = (bounds[place][0], after)
    outside = [
        (day, first <= _swapped(day) <= last)
        for day, (first, last) in zip(ordered, bounds, strict=True)
        if day.day <= _LAST and day.day != day.month and not first <= day <= last
    ]
    fitting = {day for day, fits in outside if fits}
    return fitting if len(fitting) >= _FITTING * len(outside) else set()


def _open_days(days: Sequence[date]) -> list[date]:
    return [day for day in days if day.day <= _LAST and day.day != day.month]


def _swapped(day: date) -> date:
    return day.replace(month=day.day, day=day.month)

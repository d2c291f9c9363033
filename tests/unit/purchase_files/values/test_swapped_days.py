"""Dates whose days and months a spreadsheet swapped."""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.purchases_read import Read

SWAPPED = "Day and month look swapped"


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n // 3) for n in range(3 * count)]


QUARTER, YEAR = days_from(date(2023, 2, 3), 80), days_from(date(2023, 1, 2), 360)
MIXED = random.Random(7).sample(YEAR, len(YEAR))


def write(path: Path, days: Sequence[date], text: Callable[[date], str]) -> Path:
    lines = [f"u{n % 19},P{n % 7},{text(day)}" for n, day in enumerate(days)]
    (path / "p.csv").write_text("\n".join(["user_id,product_id,date", *lines]) + "\n")
    return path / "p.csv"


def by_a_spreadsheet(day: date) -> str:
    return f"{day:%Y-%d-%m} 00:00:00" if day.day <= 12 else f"{day:%d/%m/%Y}"


def by_pandas(day: date) -> str:
    return f"{day:%Y-%d-%m}" if day.day <= 12 else f"{day:%Y-%m-%d}"


def as_shown(day: date) -> str:
    return f"{day:%m/%d/%Y}" if day.day <= 12 else f"{day:%d/%m/%Y}"


@pytest.mark.parametrize(
    ("days", "text"),
    [(MIXED, by_a_spreadsheet), (QUARTER, by_pandas), (YEAR, by_pandas), (QUARTER, as_shown)],
    ids=["two forms", "outside the period", "rows in order", "one form of days"],
)
def test_swapped_days_are_told_and_swapped_back(
    tmp_path: Path, days: Sequence[date], text: Callable[[date], str]
) -> None:
    path = write(tmp_path, days, text)
    assert any(SWAPPED in hint for hint in Read(path).preview.hints)
    found = Read(path, dates="swapped")
    assert [time.date() for time in found.values("purchased_at")] == list(days)
    assert not any(SWAPPED in hint for hint in found.preview.hints)


@pytest.mark.parametrize("month", [1, 6, 11])
@pytest.mark.parametrize("step", [1, -1])
def test_swapped_days_of_a_month_are_told(tmp_path: Path, month: int, step: int) -> None:
    path = write(tmp_path, YEAR[::step], lambda day: (by_pandas if day.month == month else str)(day))
    [hint] = [hint for hint in Read(path).preview.hints if SWAPPED in hint]
    assert "11 days, such as" in hint
    assert f"are among those of {date(2023, month, 1):%B} 2023" in hint


JANUARY = days_from(date(2023, 1, 1), 31)


@pytest.mark.parametrize(
    "days",
    [MIXED, QUARTER, YEAR, days_from(date(2023, 5, 20), 30), [*JANUARY[27:], *JANUARY]],
    ids=["mixed", "quarter", "year", "month", "shops one after another"],
)
@pytest.mark.parametrize(
    "text",
    [
        lambda day: f"{day:%Y-%m-%d}",
        lambda day: f"{day:%d.%m.%Y}",
        lambda day: f"{day.day}/{day.month}/{day.year}" if day.day <= 12 else f"{day:%d-%m-%Y}",
        lambda day: f"{day:%Y-%m-%d}" if day.month % 2 else f"{day:%d/%m/%Y}",
    ],
    ids=["year first", "day first", "signs by day", "forms by month"],
)
def test_right_days_are_not_doubted(
    tmp_path: Path, days: Sequence[date], text: Callable[[date], str]
) -> None:
    assert not any(SWAPPED in hint for hint in Read(write(tmp_path, days, text)).preview.hints)


def test_monthly_rows_are_not_doubted(tmp_path: Path) -> None:
    days = [date(2020 + n // 12, n % 12 + 1, 1) for n in range(40)] + days_from(date(2023, 12, 13), 19)
    found = Read(write(tmp_path, days, lambda day: f"{day:%Y-%m-%d}"))
    assert not any(SWAPPED in hint for hint in found.preview.hints)


def test_times_of_day_stay(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("user_id,product_id,date\nu,a,2023-05-02 10:30:01.5\nv,b,2023-02-27 23:59\n")
    found = Read(path, dates="swapped", timezone="Europe/Vienna")
    assert [f"{time:%m-%d %H:%M:%S.%f}" for time in found.values("purchased_at")] == [
        "02-05 09:30:01.500000",
        "02-27 22:59:00.000000",
    ]

"""Dates with years of other calendars and eras, and with names of months."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read


def written(path: Path, dates: list[str]) -> Path:
    rows = [f"u{number % 7},p{number % 5},{date}\n" for number, date in enumerate(dates)]
    path.write_text("user_id,product_id,purchased_at\n" + "".join(rows))
    return path


@pytest.mark.parametrize(
    "form",
    [
        "2567-02-{}", "{}/02/2567", "{}.02.2567 10:05", "2567/02/{} 10:05:11",
        "令和6年2月{}日", "平成36年2月{}日", "民國113年2月{}日",
    ],
)  # fmt: skip
def test_years_of_other_calendars_are_those_of_ours(tmp_path: Path, form: str) -> None:
    path = written(tmp_path / "p.csv", [form.format(f"{day:02}") for day in range(1, 30)])
    found = Read(path)
    assert [f"{time:%Y-%m-%d}" for time in found.values("purchased_at")] == [
        f"2024-02-{day:02}" for day in range(1, 30)
    ]
    assert found.left_out == {}


@pytest.mark.parametrize(
    "date",
    [
        "2010. december 31.", "2010-Dec-31", "31 decembrie 2010", "31 Δεκεμβρίου 2010", "31 грудня 2010 р.",
        "31 ديسمبر 2010", "31 ธันวาคม 2553", "31 ธ.ค. 2553", "31-ธค-53", "31 ธ.ค. 53 10:05", "31 ธ.ค. 2010",
        "Ngày 31 tháng 12 năm 2010", "pátek 31. prosince 2010", "31/12/2010 8:26 π.μ.",
        "31/12/2010 8:26 م", "31/12/2010 8:26 SA",
    ],
)  # fmt: skip
def test_names_of_months_are_read_in_all_languages_of_columns(tmp_path: Path, date: str) -> None:
    [time] = Read(written(tmp_path / "p.csv", [date])).values("purchased_at")
    assert f"{time:%Y-%m-%d}" == "2010-12-31"


def test_first_year_of_an_era_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", ["令和元年5月1日", "平成31年4月30日"])
    assert [f"{time:%Y-%m-%d}" for time in Read(path).values("purchased_at")] == ["2019-05-01", "2019-04-30"]


@pytest.mark.parametrize("form", ["1445-09-{}", "1402/12/{} 10:05", "{}/09/1445"])
def test_years_of_the_islamic_calendar_are_refused_with_the_next_step(tmp_path: Path, form: str) -> None:
    path = written(tmp_path / "p.csv", [form.format(f"{day:02}") for day in range(1, 30)])
    with pytest.raises(
        RefusedFile, match=r"Islamic or the Iranian calendar\. Export them with years such as 2024"
    ):
        Read(path)


def test_single_odd_year_is_unreadable(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", [*(f"2024-02-{day:02}" for day in range(1, 30)), "1445-02-03"])
    found = Read(path, bad_rows=0.1)
    assert (len(found.purchases), found.left_out) == (29, {"time": 1})


def test_hungarian_dates_with_spaces_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", [f"2024. 03. {day:02}. 10:05" for day in range(1, 30)])
    assert {f"{time:%Y-%m}" for time in Read(path).values("purchased_at")} == {"2024-03"}

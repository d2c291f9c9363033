"""The order of day and month that is suggested where no value decides it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from purchase_files.values.day_orders import likely_order
from tests.support.purchases_read import Read

NOW = datetime(2026, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "column", "likely"),
    [
        (["3/9/2025", "7/5/2026", "6/5/2026"], "Date", "dmy"),  # not in July
        (["9/3/2025", "5/7/2026", "5/6/2026"], "Date", "mdy"),
        (["9/1/24", "10/1/24", "1/2/24", "2/2/24", "3/2/24"], "Date", "dmy"),  # sorted
        (["1/9/24 8:05", "1/10/24 9:00", "2/1/24 9:30", "2/2/24", "2/3/24"], "Date", "mdy"),
        (["3/2/24", "2/2/24", "1/2/24", "10/1/24", "9/1/24"], "Date", "dmy"),  # the newest first
        (["04/11/2025 23:45:11", "04/11/2025 09:00:00"], "Fecha", "dmy"),  # language
        (["04/11/2025", "04/11/2025"], "Date de commande", "dmy"),
        (["04/11/2025", "04/11/2025"], "Дата", "dmy"),
        (["01/02/1998", "02/02/98"], "Bestelldatum", "dmy"),
        (["04/11/2025", "04/11/2025"], "Database time", None),
        ([], "Order date", None),
    ],
)
def test_likely_order(values: list[str], column: str, likely: str | None) -> None:
    assert likely_order(values, column, NOW) == likely


@pytest.mark.parametrize(
    ("by_month", "said"),
    [
        (1, None),
        (5, "95 dates begin with the day, such as '13/01/2024', and 5 with the month, such as '01/13/2024'"),
        (
            50,
            "50 dates begin with the day, such as '13/01/2024', and 50 with the month, such as '01/13/2024'",
        ),
    ],
)
def test_dates_of_both_orders_need_a_choice(tmp_path: Path, by_month: int, said: str | None) -> None:
    days = [(f"{n % 16 + 13:02}", "01") if n >= by_month else ("01", f"{n % 16 + 13:02}") for n in range(100)]
    rows = [f"c{n},A,{first}/{second}/2024\n" for n, (first, second) in enumerate([*days, ("05", "06")])]
    path = tmp_path / "p.csv"
    path.write_text("user_id,product_id,purchased_at\n" + "".join(rows))
    if said is None:
        assert Read(path).left_out == {"time": by_month}
        return
    with pytest.raises(RefusedFile) as refusal:
        Read(path)
    assert said in refusal.value.problem
    assert refusal.value.arguments == (("--dates", "dmy"),)
    chosen = Read(path, dates="dmy")
    assert chosen.left_out == {}
    assert chosen.purchases[-1]["purchased_at"].month == 6
    assert {at.month for at in chosen.values("purchased_at")[:-1]} == {1}


ROW = "{at},c{n},r{n},Mug\n"
DAYS = {
    "dmy": [f"{n:02}/01/2024" for n in range(1, 29)],
    "mdy": [f"02/{n:02}/2024" for n in range(1, 29)],
    "open, as dmy": [f"{n:02}/03/2024" for n in range(1, 9)],
    "open, as mdy": [f"03/{n:02}/2024" for n in range(1, 9)],
}


@pytest.mark.parametrize(
    ("files", "dates", "months", "suggested"),
    [
        (("dmy", "mdy"), None, [1] * 28 + [2] * 28, None),
        (("mdy", "dmy", "dmy"), None, [2] * 28 + [1] * 56, None),
        (("dmy", "open, as dmy"), None, [1] * 28 + [3] * 8, None),
        (("dmy", "open, as mdy"), None, [], "mdy"),
        (("dmy", "open, as mdy"), "mdy", [1] * 28 + [3] * 8, None),
        (("dmy", "mdy", "open, as dmy"), None, [], "dmy"),
        (("dmy", "mdy", "open, as dmy"), "dmy", [1] * 28 + [2] * 28 + [3] * 8, None),
    ],
)
def test_each_file_keeps_its_order(
    tmp_path: Path, files: tuple[str, ...], dates: str | None, months: list[int], suggested: str | None
) -> None:
    for number, kind in enumerate(files):
        rows = "".join(ROW.format(at=at, n=f"{number}-{n}") for n, at in enumerate(DAYS[kind]))
        (tmp_path / f"{number}.csv").write_text("date,customer,order id,item\n" + rows)
    if suggested:
        with pytest.raises(RefusedFile, match="no value decides it") as refusal:
            Read(tmp_path, dates=dates)
        assert refusal.value.arguments == (("--dates", suggested),)
        return
    found = Read(tmp_path, dates=dates)
    assert [at.month for at in found.values("purchased_at")] == months
    others = [what for what, _ in found.preview.noticed if "other order" in what]
    assert len(others) == (set(files) != {"dmy", "open, as dmy"})


def test_each_sign_between_day_and_month_has_its_order(tmp_path: Path) -> None:
    days = [(month, day) for month in (1, 2) for day in range(1, 29)]
    rows = [
        f"c{n},A,{day:02}.{month:02}.2024" if month == 1 else f"c{n},A,{month}/{day}/2024"
        for n, (month, day) in enumerate(days)
    ]
    (tmp_path / "p.csv").write_text("user_id,product_id,purchased_at\n" + "\n".join(rows) + "\n")
    assert [(at.month, at.day) for at in Read(tmp_path / "p.csv").values("purchased_at")] == days


@pytest.mark.parametrize("form", ["{0}-{1}-{2}", "{0}.{1}.{2} 10:05", "{2}/{1}/{0}"])
def test_years_of_two_digits_come_first_where_they_must(tmp_path: Path, form: str) -> None:
    dates = [form.format(22 + n % 2, f"{n % 12 + 1:02}", f"{n + 1:02}") for n in range(28)]
    rows = "".join(f"c{n},A,{at}\n" for n, at in enumerate(dates))
    (tmp_path / "p.csv").write_text("user_id,product_id,purchased_at\n" + rows)
    found = [(at.year, at.month, at.day) for at in Read(tmp_path / "p.csv").values("purchased_at")]
    assert found == [(2022 + n % 2, n % 12 + 1, n + 1) for n in range(28)]


def test_years_come_first_in_each_of_several_files(tmp_path: Path) -> None:
    for year in ("08", "13"):
        rows = "".join(f"c{n},A,{year}-{n % 12 + 1:02}-{n + 1:02}\n" for n in range(28))
        (tmp_path / f"{year}.csv").write_text("user_id,product_id,purchased_at\n" + rows)
    found = [at.year for at in Read(tmp_path).values("purchased_at")]
    assert found == [2008] * 28 + [2013] * 28


@pytest.mark.parametrize("year", ["24", "2024"])
def test_date_in_the_future_does_not_put_years_first(tmp_path: Path, year: str) -> None:
    dates = [f"{n + 1:02}/{n % 12 + 1:02}/{year}" for n in range(26)] + ["05/03/30"]
    rows = "".join(f"c{n},A,{at}\n" for n, at in enumerate(dates))
    (tmp_path / "p.csv").write_text("user_id,product_id,purchased_at\n" + rows)
    found = [(at.year, at.month, at.day) for at in Read(tmp_path / "p.csv").values("purchased_at")]
    assert found == [*((2024, n % 12 + 1, n + 1) for n in range(26)), (2030, 3, 5)]


def test_refusal_suggests_the_order_of_the_language(tmp_path: Path) -> None:
    path = tmp_path / "ordered-at.csv"
    path.write_text("Email;Fecha;SKU\na@b.es;04/11/2025 23:45:11;A\n")
    with pytest.raises(RefusedFile, match="no value decides it") as refusal:
        Read(path)
    assert refusal.value.arguments == (("--dates", "dmy"),)

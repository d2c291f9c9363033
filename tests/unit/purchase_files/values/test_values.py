"""Times, numbers and ids in the forms of real files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from purchase_files import ReadingOptions, RefusedFile, engine
from purchase_files.engine import Connection
from purchase_files.values.dates import times_of
from purchase_files.values.numbers import number_of
from tests.support.purchases_read import Read


def column(path: Path, name: str, values: list[str], **options: object) -> Read:
    given = {"user_id": "1", "product_id": "A", "purchased_at": "2024-01-31", "unit_price": "1"}
    rows = [{**given, name: value} for value in values]
    lines = ["\t".join(given), *("\t".join(row.values()) for row in rows)]
    (path / "p.tsv").write_text("\n".join(lines))
    return Read(path / "p.tsv", **options)


MINUTE = datetime(2010, 12, 31, 8, 26)
DAY = datetime(2010, 12, 31)


TIMES = [
    ("12/31/2010 8:26", MINUTE),
    ("2010年12月31日", DAY),
    ("2010年12月31日 8時26分", MINUTE),
    ("2010/12/31（金） 08:26", MINUTE),
    ("2010/12/31 上午 8:26", MINUTE),
    ("2010년 12월 31일 오전 8:26", MINUTE),
    ("２０１０／１２／３１ ０８：２６", MINUTE),
    ("31. Dezember 2010 um 08:26 Uhr", MINUTE),
    ("31 déc. 2010 à 08h26", MINUTE),
    ("31 de diciembre de 2010", DAY),
    ("31/dic/2010", DAY),
    ("31/12/2010 8:26 a. m.", MINUTE),
    ("venerdì 31 dicembre 2010 08:26", MINUTE),
    ("31 grudnia 2010", DAY),
    ("31. prosince 2010", DAY),
    ("31 Aralık 2010", DAY),
    ("31 декабря 2010 г. 08:26", MINUTE),
    ("31. joulukuuta 2010 klo 8.26", MINUTE),
    ("December 31st, 2010", DAY),
    ("Fri Dec 31 2010 09:26:00 GMT+0100 (CET)", MINUTE),
    ("2010-12-31T09:26:00+01:00[Europe/Paris]", MINUTE),
    ("2010-12-31 03:26 EST", MINUTE),
    ("20101231T082600", MINUTE),
    ("2010.12.31. 08:26", MINUTE),
    ("12/31/10 8:26", MINUTE),
    ("12/31/2010 8:26 AM", MINUTE),
    ("12/31/2010, 8:26:00 am", MINUTE),
    ("31.12.2010", DAY),
    ("31.12.2010 08:26", MINUTE),
    ("31-12-2010", DAY),
    ("2010/12/31", DAY),
    ("2010.12.31 08:26", MINUTE),
    ("2010-12-31 8:26", MINUTE),
    ("2010-12-31T08:26:00.000", MINUTE),
    ("2010-12-31 08:26:00 UTC", MINUTE),
    ("2010-12-31T08:26:00Z", MINUTE),
    ("2010-12-31 13:26:00 +0500", MINUTE),
    ("2010-12-31T09:26:00+01:00", MINUTE),
    ("Dec 31, 2010", DAY),
    ("December 31, 2010 8:26 AM", MINUTE),
    ("31 Dec 2010", DAY),
    ("31-Dec-10", DAY),
    ("Fri, 31 Dec 2010 08:26:00", MINUTE),
    ("20101231", DAY),
    ("20101231082600", MINUTE),
    ("1293783960", MINUTE),
    ("1293783960000", MINUTE),
    ("1293783960000000", MINUTE),
    ("1293783960.0", MINUTE),
    ("2010-W52-5", DAY),
    ("30.12.2010 24:00", DAY),
    ("2010-12-31 08", DAY + timedelta(hours=8)),
    ("31/Dec/2010:08:26:00 +0000", MINUTE),
    ("Fri Dec 31 09:26:00 CET 2010", MINUTE),
    ("Fri Dec 31  8:26:00 2010", MINUTE),
    ("31-DEC-10 08.26.00.000000 AM", MINUTE),
    ("31-12-2010 8u26", MINUTE),
    ("/Date(1293783960000)/", MINUTE),
    ("2010_12_31", DAY),
    ("40543", DAY),
    ("40543.35138888889", MINUTE),
]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """One engine for all forms: a whole file takes ten times as long."""
    opened = engine.open_engine(tmp_path_factory.mktemp("engine"), 1 << 28)
    yield opened
    opened.close()


@pytest.mark.parametrize(("value", "time"), TIMES)
def test_form_of_times_is_found(connection: Connection, value: str, time: datetime) -> None:
    connection.execute(f"CREATE TABLE {engine.name(value)} AS SELECT ? AS v", [value])
    found = times_of(connection, value, "v", "purchased_at", ReadingOptions())
    assert engine.row(connection, f"SELECT {found.sql} FROM {engine.name(value)}") == (time,)


@pytest.mark.parametrize(("value", "time"), [*TIMES[:2], ("'2010-12-31", DAY)])
def test_times_of_a_file_are_found(tmp_path: Path, value: str, time: datetime) -> None:
    found = column(tmp_path, "purchased_at", [value])
    assert found.values("purchased_at") == [time.replace(tzinfo=UTC)]


def test_whole_column_decides_the_order_of_days(tmp_path: Path) -> None:
    found = column(tmp_path, "purchased_at", ["1/2/2024", "3/4/2024", "13/5/2024"])
    assert [time.month for time in found.values("purchased_at")] == [2, 4, 5]
    assert found.preview.date_format == "day/month/year"


def test_local_times_are_converted(tmp_path: Path) -> None:
    found = column(
        tmp_path, "purchased_at", ["2024-07-01 12:00", "2024-01-01 12:00Z"], timezone="Europe/Vienna"
    )
    assert [time.hour for time in found.values("purchased_at")] == [10, 12]
    assert found.preview.timezone == "Europe/Vienna"


def test_rare_form_among_many_times_is_found(tmp_path: Path) -> None:
    usual = [f"2024-01-{1 + n // 1440:02} {n // 60 % 24:02}:{n % 60:02}" for n in range(21_000)]
    found = column(
        tmp_path, "purchased_at", [*usual, "31.12.2010 09:26", "2010-12-31T08:26Z"], timezone="Europe/Vienna"
    )
    assert found.values("purchased_at")[-2:] == [MINUTE.replace(tzinfo=UTC)] * 2


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("purchased_at", "2024-01-31 8:00+02", "purchased_at", datetime(2024, 1, 31, 6, tzinfo=UTC)),
        ("purchased_at", "2024-01-31 8:00Z", "purchased_at", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("purchased_at", "31.01.2024", "purchased_at", datetime(2024, 1, 30, 23, tzinfo=UTC)),
        ("purchased_at", "n/a", None, "no time"),
        ("unit_price", "1.299,00 €", "price", 1299.0),
        ("unit_price", "nan", "price", None),
        ("unit_price", "inf", None, "price"),
        ("quantity", "", "quantity", 1.0),
        ("quantity", "3 pcs", "quantity", 3.0),
        ("quantity", "quantity", None, "quantity"),
    ],
)
def test_other_form_below_many_plain_values_is_found(
    tmp_path: Path, name: str, value: str, field: str | None, expected: object
) -> None:
    head = {
        "user_id": "1",
        "product_id": "A",
        "purchased_at": "2024-01-31 08:00",
        "unit_price": "1",
        "quantity": "2",
    }
    lines = [
        ",".join(head),
        *([",".join(head.values())] * 1_100),
        ",".join(({**head, name: f'"{value}"'}).values()),
    ]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    found = Read(tmp_path / "p.csv", timezone="Europe/Vienna")
    assert found.purchases[0]["purchased_at"] == datetime(2024, 1, 31, 7, tzinfo=UTC)
    assert (found.purchases[0]["price"], found.purchases[0]["quantity"]) == (1.0, 2.0)
    assert found.purchases[-1][field] == expected if field else found.left_out == {expected: 1}


def test_years_are_no_times(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="no times are found"):
        column(tmp_path, "purchased_at", ["2019", "2020"])


PRICES = [
    (["1.99"], [1.99]),
    (["$1.99", "$ 1,299.00"], [1.99, 1299.0]),
    (["2,55", "10,00"], [2.55, 10.0]),
    (["89.0 EUR"], [89.0]),
    (["1.299,00 €", "2,50 €"], [1299.0, 2.5]),
    (["1 299,00", "2,50"], [1299.0, 2.5]),
    (["1'299.00 CHF"], [1299.0]),
    (["R$ 10,50"], [10.5]),
    (["£3"], [3.0]),
    (["１２．５", "￥1,200"], [12.5, 1200.0]),
    (["1\u202f234,50\u00a0€", "2\u00a0000,00", "€\u00a07,5"], [1234.5, 2000.0, 7.5]),
    (["12.5\u200f", "\u200e7.5", "٣٫٥"], [12.5, 7.5, 3.5]),
    (["99:-", "kr 5,50", "500 руб.", "7,-", "9,--"], [99.0, 5.5, 500.0, 7.0, 9.0]),
    (["1,299", "2,000,000"], [1299.0, 2_000_000.0]),
    (["1e2"], [100.0]),
    (["", "n/a"], [None, None]),
    (["5.50", "1 299,00 руб.", "R$ 1.299,00", "₹1,29,900.50"], [5.5, 1299.0, 1299.0, 129_900.5]),
    (["5,50", "7,25", "1.299", "1.5", "1.299.000"], [5.5, 7.25, 1299.0, 1.5, 1_299_000.0]),
    (["12.50", "Rs. 1,299/-", "१२.५०", "x12", "2x"], [12.5, 1299.0, 12.5, 12.0, 2.0]),
]


def numbers(connection: Connection, values: list[str]) -> list[float | None]:
    """Values of a column as prices."""
    table = "prices " + " ".join(values)
    connection.execute(f"CREATE TABLE {engine.name(table)} AS SELECT unnest(?) AS v", [values])
    sql = number_of(connection, table, "v")
    return [row[0] for row in connection.execute(f"SELECT {sql} FROM {engine.name(table)}").fetchall()]


@pytest.mark.parametrize(("values", "prices"), PRICES)
def test_form_of_prices_is_found(
    connection: Connection, values: list[str], prices: list[float | None]
) -> None:
    assert numbers(connection, values) == prices


@pytest.mark.parametrize(
    ("values", "prices"),
    [
        *PRICES[:3],
        (["", "n/a"], [None, None]),
        (['="12.50"', "'12.50", "Rs. 1,299/-", "१२.५०"], [12.5, 12.5, 1299.0, 12.5]),
    ],
)
def test_prices_of_a_file_are_found(tmp_path: Path, values: list[str], prices: list[float | None]) -> None:
    assert column(tmp_path, "unit_price", values).values("price") == prices


@pytest.mark.parametrize("value", ["soon", "1.2.3,4", "A12", "02.Jan", "1.2k", "12%", "10-12"])
def test_text_is_no_price(connection: Connection, value: str) -> None:
    assert numbers(connection, ["1.0", value]) == [1.0, None]


@pytest.mark.parametrize("value", ["soon", "1.2k"])
def test_file_with_texts_as_prices_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(RefusedFile, match="1 x price"):
        column(tmp_path, "unit_price", ["1.0", value])


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (["007", "7"], ["007", "7"]),
        (["7.0", " 7", "7"], ["7", "7", "7"]),
        (["7.0", "A.0"], ["7.0", "A.0"]),
        (["nan", "NULL", "N/A", "", "\u00a0"], [None] * 5),
        (["e\u0301", "é"], ["é", "é"]),
        (["C\u00ad7", "\u200eC7\u2060", "C\u200b7"], ["C7"] * 3),
        (["'007", '="007"', '"""007"""', '"007'], ["007"] * 4),
        (["C7\u200d", "\u200cC7"], ["C7"] * 2),
        (["#DIV/0!", "#NAME?", "#NV", "#¿NOMBRE?", "#ЗНАЧ!", "########", "<null>"], [None] * 7),
        (["Ann@X.com ", "ann@x.com"], ["ann@x.com", "ann@x.com"]),
    ],
)
def test_ids_have_one_form(tmp_path: Path, values: list[str], ids: list[str | None]) -> None:
    (tmp_path / "p.csv").write_text(
        "user_id,product_id,purchased_at,order_id\n"
        + "".join(f"{value},A,2024-01-31,1\n" for value in values)
    )
    assert Read(tmp_path / "p.csv").values("user_id") == ids


@pytest.mark.parametrize(
    ("zone", "hint"),
    [("Vienna", "Europe/Vienna"), ("Europe/Wien", "Did you mean"), ("Mars/Base", "Write a name")],
)
def test_unknown_time_zone_is_refused(tmp_path: Path, zone: str, hint: str) -> None:
    with pytest.raises(RefusedFile, match=rf"--timezone {zone} is no time zone\. .*{hint}"):
        column(tmp_path, "purchased_at", ["2024-01-31"], timezone=zone)


def read_with(folder: Path, **changed: str) -> Read:
    """Purchases of which one has other values."""
    rows = [
        {"user_id": "7", "product_id": "A", "purchased_at": "2024-01-31", "order_id": str(n)}
        for n in range(200)
    ]
    rows[5] |= changed
    lines = ["\t".join(row) for row in (list(rows[0]), *(row.values() for row in rows))]
    (folder / "p.tsv").write_text("\n".join(lines))
    return Read(folder / "p.tsv")


SHORTENED = {"id that a spreadsheet shortened": 1}


@pytest.mark.parametrize("shortened", ["1.23E+12", "4,00681e+12", "5E+12"])
def test_ids_that_a_spreadsheet_shortened_are_not_used(tmp_path: Path, shortened: str) -> None:
    assert read_with(tmp_path, user_id=shortened).left_out == SHORTENED


def test_shortened_product_is_left_out_and_shortened_order_is_dropped(tmp_path: Path) -> None:
    assert read_with(tmp_path, product_id="1.23E+12").left_out == SHORTENED
    orders = read_with(tmp_path, order_id="1.23E+12")
    assert orders.purchases[5]["order_id"] is None
    assert any("shortened by a spreadsheet" in hint for hint in orders.preview.hints)


def test_years_of_two_and_of_four_digits_are_read(tmp_path: Path) -> None:
    found = column(tmp_path, "purchased_at", ["31.12.2010", "31.12.10", "31.12.2010"])
    assert found.values("purchased_at") == [DAY.replace(tzinfo=UTC)] * 3

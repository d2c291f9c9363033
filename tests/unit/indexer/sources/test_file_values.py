"""Values of Parquet files: times, ids, and the fields of products."""

import calendar
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from structlog.testing import capture_logs

from indexer.sources.files import read_files
from tests.support.builders.purchase_files import NOON, NOON_SECONDS, problem_with, purchases_of, write

NOT_UTF8 = pa.array([b"ann", b"\xff", b"bob"]).view(pa.string())


@pytest.mark.parametrize(
    "values",
    [
        pa.array([NOON.replace(tzinfo=None)], pa.timestamp("s")),
        pa.array([NOON.replace(tzinfo=None, microsecond=999_000)], pa.timestamp("ms")),
        pa.array([NOON.replace(tzinfo=None, microsecond=999_999)], pa.timestamp("us")),
        pa.array([NOON_SECONDS * 10**9 + 987_654_321], pa.timestamp("ns")),
        pa.array([NOON], pa.timestamp("us", "+02:00")),
        pa.array([NOON], pa.timestamp("ns", "Europe/Berlin")),
        pa.array(["2026-05-17T12:30:05Z"]),
        pa.array(["2026-05-17T14:30:05.25+02:00"], pa.large_string()),
        pa.array(["2026-05-17 12:30:05"]),
        pa.array(["2026-05-17T12:30:05.123456789z"]),
        pa.array([b"2026-05-17T07:30:05-0500"]),
        pa.array(["2026-05-17T12:30:05"]).dictionary_encode(),
        pa.array([NOON_SECONDS], pa.int64()),
        pa.array([NOON_SECONDS], pa.uint32()),
    ],
    ids=lambda values: f"{values.type} {values[0]}",
)
def test_times_of_every_type_become_utc_seconds(tmp_path: Path, values: Any) -> None:
    path = write(tmp_path / "p.parquet", user_id=["u"], product_id=["p"], purchased_at=values)
    _, purchases = read_files(path, None)
    assert purchases.times.tolist() == [NOON_SECONDS]


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()], ids=str)
def test_date_becomes_its_first_second(tmp_path: Path, kind: pa.DataType) -> None:
    values = pa.array([date(2026, 5, 17)], kind)
    path = write(tmp_path / "p.parquet", user_id=["u"], product_id=["p"], purchased_at=values)
    _, purchases = read_files(path, None)
    assert purchases.times.tolist() == [calendar.timegm((2026, 5, 17, 0, 0, 0))]


def test_times_with_and_without_zones_may_be_mixed(tmp_path: Path) -> None:
    eastern = NOON.astimezone(timezone(timedelta(hours=-5)))
    values = ["2026-05-17T12:30:05", eastern.isoformat(), "20260517T123005Z"]
    _, purchases = read_files(purchases_of(tmp_path / "p.parquet", purchased_at=values), None)
    assert purchases.times.tolist() == [NOON_SECONDS] * 3


@pytest.mark.parametrize("text", ["2026-05-17T12:30:05", "20260517T123005"])
def test_time_without_zone_is_utc_in_any_local_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        _, purchases = read_files(purchases_of(tmp_path / "p.parquet", purchased_at=[text] * 3), None)
    time.tzset()
    assert purchases.times.tolist() == [NOON_SECONDS] * 3


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (
            ["2026-05-17", "yesterday", "2026-05-18"],
            "row 2, column 'purchased_at': 'yesterday' is not a date",
        ),
        (["2026-05-17", "", "2026-05-18"], "row 2, column 'purchased_at': '' is not a date"),
        ([NOON, NOON, None], "row 3, column 'purchased_at': the value is missing"),
        ([None, None, None], "row 1, column 'purchased_at': the value is missing"),
        ([1, NOON_SECONDS * 1000, 1], f"row 2, column 'purchased_at': {NOON_SECONDS * 1000} is outside"),
        ([1.5, 2.5, 3.5], "row 1, column 'purchased_at': 1.5 is of the type double"),
        (
            pa.array([0, 2**64 - 1, 0], pa.uint64()),
            "row 2, column 'purchased_at': 18446744073709551615 is out",
        ),
        ([NOON, datetime(1850, 1, 1), NOON], "row 2, column 'purchased_at': datetime.datetime(1850"),
    ],
)
def test_invalid_time_is_reported_with_its_row(tmp_path: Path, values: Any, says: str) -> None:
    path = purchases_of(tmp_path / "p.parquet", purchased_at=values)
    assert problem_with(path).startswith(f"{path}, {says}")


def test_milliseconds_are_rejected_with_a_hint(tmp_path: Path) -> None:
    path = purchases_of(tmp_path / "p.parquet", purchased_at=[NOON_SECONDS * 1000] * 3)
    assert "seconds since 1970, not milliseconds" in problem_with(path)


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("user_id", ["ann", None, "bob"], "row 2, column 'user_id': the value is missing"),
        ("product_id", ["tea", "cup", None], "row 3, column 'product_id': the value is missing"),
        ("user_id", ["ann", "bob", ""], "row 3, column 'user_id': '' is not a valid id: it is empty"),
        ("product_id", ["tea", "a/b", "cup"], "row 2, column 'product_id': 'a/b' is not a valid id"),
        ("product_id", [1.0, 2.0, 3.0], "row 1, column 'product_id': 1.0 is of the type double"),
        ("user_id", [[1], [2], [3]], "row 1, column 'user_id': [1] is of the type list"),
        ("user_id", [b"ann", b"\xff", b"bob"], "row 2, column 'user_id': b'\\xff' is not valid UTF-8"),
        ("user_id", NOT_UTF8, "row 2, column 'user_id': b'\\xff' is not valid UTF-8"),
    ],
)
def test_invalid_id_is_reported_with_its_row(tmp_path: Path, column: str, values: Any, says: str) -> None:
    path = purchases_of(tmp_path / "p.parquet", **{column: values})
    assert problem_with(path).startswith(f"{path}, {says}")


def test_products_are_read_with_all_fields(tmp_path: Path) -> None:
    products = write(
        tmp_path / "i.parquet",
        item_id=pa.array([7, 8]),
        title=pa.array(["Green Tea", None]).dictionary_encode(),
        description=["Loose leaf", ""],
        category=["Drinks > Tea", None],
        brand=["Acme", None],
        price=pa.array([2.5, float("nan")]),
        currency=["EUR", None],
        in_stock=[None, False],
        created_at=pa.array([NOON, None], pa.timestamp("us", "UTC")),
        attributes=[{"organic": True, "size": None}, None],
    )
    path = write(tmp_path / "p.parquet", user_id=["u", "u"], product_id=["8", "7"], purchased_at=[1, 2])
    with capture_logs() as logs:
        rows, purchases = read_files(path, products)
    assert list(rows.row_of) == ["7", "8"]
    assert purchases.products.tolist() == [1, 0]
    first, second = (msgspec.json.decode(document) for document in rows.documents)
    assert {name: value for name, value in first.items() if value is not None} == {
        "id": "7",
        "title": "Green Tea",
        "description": "Loose leaf",
        "category": "Drinks > Tea",
        "brand": "Acme",
        "price": 2.5,
        "currency": "EUR",
        "in_stock": True,
        "created_at": "2026-05-17T12:30:05Z",
        "updated_at": "1970-01-01T00:00:00Z",
        "attributes": {"organic": True},
    }
    assert second["title"] == "8"
    assert (second["price"], second["in_stock"]) == (None, False)
    assert rows.categories == ["Drinks > Tea", ""]
    assert list(rows.in_stock) == [1, 0]
    assert list(rows.texts) == ["green tea; loose leaf; drinks > tea; acme"]
    assert list(rows.text_numbers) == [0, -1]
    assert [log["products"] for log in logs if log["event"].startswith("products without text")] == [1]


def test_attributes_may_be_json_texts(tmp_path: Path) -> None:
    products = write(tmp_path / "i.parquet", id=["tea", "cup"], attributes=['{"a": [1]}', None])
    rows, _ = read_files(purchases_of(tmp_path / "p.parquet"), products)
    assert [msgspec.json.decode(document)["attributes"] for document in rows.documents] == [{"a": [1]}, {}]


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("id", ["tea", "tea"], "row 2, column 'id': 'tea' repeats the id of an earlier row"),
        ("price", [1.0, -2.0], "row 2, column 'price': -2.0 is not a valid price"),
        ("price", [float("inf"), 1.0], "row 1, column 'price': inf is not a finite"),
        ("price", ["1.5", "cheap"], "row 2, column 'price': 'cheap' is not a number"),
        ("in_stock", ["true", "maybe"], "row 2, column 'in_stock': 'maybe' is neither"),
        ("title", [["Tea"], ["Cup"]], "row 1, column 'title': ['Tea'] is of the type list"),
        ("created_at", [None, "soon"], "row 2, column 'created_at': 'soon' is not a date"),
        ("attributes", ["{}", "[1]"], "row 2, column 'attributes': '[1]' is not a JSON object"),
    ],
)
def test_invalid_product_is_reported_with_its_row(
    tmp_path: Path, column: str, values: Any, says: str
) -> None:
    products = write(tmp_path / "i.parquet", **{"id": ["tea", "cup"], column: values})
    assert problem_with(purchases_of(tmp_path / "p.parquet"), products).startswith(f"{products}, {says}")

"""Parquet files of views and carts: accepted and rejected contents."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from structlog.testing import capture_logs

from adapters.database import BrowsingEvent
from indexer.sources.browsing import read_browsing_file
from indexer.sources.files import read_files
from purchase_files import ReadingOptions
from tests.support.builders.files.browsing_files import NOW, ROW_OF, SECONDS, SHOPPERS, file_of, rows, written


def a_file(tmp_path: Path, **changes: Any) -> Path:
    """A file with three valid rows. `changes` replace columns, None drops one."""
    columns: dict[str, Any] = {
        "user_id": ["ann", "bob", "ann"],
        "product_id": ["milk", "bread", "bread"],
        "kind": ["view", "cart", "view"],
        "occurred_at": pa.array([SECONDS - 3, SECONDS - 2, SECONDS - 1], pa.timestamp("s")),
    }
    columns |= changes
    given = {name: values for name, values in columns.items() if values is not None}
    return written(tmp_path / "given.parquet", **given)


def test_batches_keep_the_order_of_events(tmp_path: Path) -> None:
    users, products, kinds = (
        ["bob", "x", "ann", "8", "ann"],
        ["milk", "bread", "17"],
        ["view", "click", "cart"],
    )
    count = 50
    path = written(
        tmp_path / "events.parquet",
        user_id=[users[n % 5] for n in range(count)],
        product_id=[products[n % 3] for n in range(count)],
        kind=[kinds[n // 2 % 3] for n in range(count)],
        occurred_at=pa.array([SECONDS - n for n in range(count)], pa.timestamp("s")),
    )
    expected = [
        (SHOPPERS[users[n % 5]], ROW_OF[products[n % 3]], n, kinds[n // 2 % 3] == "cart")
        for n in range(count)
        if users[n % 5] != "x" and kinds[n // 2 % 3] != "click"
    ]
    assert rows(read_browsing_file(path, ROW_OF, SHOPPERS, NOW, rows_at_once=4)) == expected


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    for name, user in (("b", "bob"), ("a", "ann")):
        file_of(tmp_path / f"{name}.parquet", [BrowsingEvent(user, "milk", "view", NOW)] * 2)
    assert read_browsing_file(tmp_path, ROW_OF, SHOPPERS, NOW).shoppers.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("key", [None, b"a key of sixteen bytes"])
def test_ids_have_the_form_of_files_of_purchases(tmp_path: Path, key: bytes | None) -> None:
    users, products = ["A/b@X.com", "bob?"], ["rolls/buns", "SKU#1"]
    bought = tmp_path / "p.csv"
    bought.write_text(
        "user_id,product_id,purchased_at\n"
        + "".join(f"{user},{product},2024-01-13\n" for user, product in zip(users, products, strict=True))
    )
    found, purchases, _ = read_files([bought], ReadingOptions(hash_key=key))
    numbers = {shopper: number for number, shopper in enumerate(purchases.shopper_ids)}
    path = written(
        tmp_path / "events.parquet",
        user_id=[*users, "bob~3F"],
        product_id=[*products, "rolls~2Fbuns"],
        kind=["view"] * 3,
        occurred_at=pa.array([SECONDS] * 3, pa.timestamp("s")),
    )
    browsing = read_browsing_file(path, found.row_of, numbers, NOW, hash_key=key)
    known = [*zip(browsing.shoppers.tolist(), browsing.products.tolist(), strict=True)]
    assert known == [(0, 0), (1, 1), (1, 0)][: 2 if key else 3]


def test_events_of_other_kinds_are_skipped_unchecked(tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        user_id=["ann", None, "bob"],
        product_id=[None, None, "bread"],
        kind=["search", "impression", "cart"],
    )
    with capture_logs() as logs:
        browsing = read_browsing_file(path, ROW_OF, SHOPPERS, NOW)
    assert rows(browsing) == [(1, 1, 1, True)]
    (notice,) = [entry for entry in logs if entry["event"].startswith("skipped")]
    assert (notice["log_level"], notice["events"], notice["file"]) == ("info", 2, str(path))
    assert notice["kinds"] == {"search": 1, "impression": 1}


def test_file_with_other_kinds_only_is_empty(tmp_path: Path) -> None:
    browsing = read_browsing_file(a_file(tmp_path, kind=["View", "CART", ""]), ROW_OF, SHOPPERS, NOW)
    assert len(browsing) == 0


def test_column_aliases_and_extra_columns_are_accepted(tmp_path: Path) -> None:
    times = pa.array([(SECONDS - 9) * 1000] * 3, pa.timestamp("ms"))
    names = {"product_id": None, "item_id": ["17", "milk", "17"], "occurred_at": None, "ts": times}
    path = a_file(tmp_path, **names, price=[1.0, None, 2.0])
    assert rows(read_browsing_file(path, ROW_OF, SHOPPERS, NOW)) == [
        (0, 3, 9, False),
        (1, 0, 9, True),
        (0, 3, 9, False),
    ]
    both = a_file(tmp_path, item_id=["17"] * 3)
    assert [row[1] for row in rows(read_browsing_file(both, ROW_OF, SHOPPERS, NOW))] == [0, 1, 1]


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint16(), pa.large_string(), pa.binary()])
def test_ids_may_be_text_or_integers(tmp_path: Path, kind: pa.DataType) -> None:
    ids = [17, 99, 17] if pa.types.is_integer(kind) else ["17", "99", "17"]
    path = a_file(tmp_path, product_id=pa.array(ids, kind))
    assert rows(read_browsing_file(path, ROW_OF, SHOPPERS, NOW)) == [(0, 3, 3, False), (0, 3, 1, False)]


def test_columns_may_be_dictionary_encoded(tmp_path: Path) -> None:
    coded = {"product_id": ["17", "milk", "17"], "kind": ["cart", "view", "cart"]}
    path = a_file(tmp_path, **{name: pa.array(values).dictionary_encode() for name, values in coded.items()})
    assert [row[1::2] for row in rows(read_browsing_file(path, ROW_OF, SHOPPERS, NOW))] == [
        (3, True),
        (0, False),
        (3, True),
    ]


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    """A machine whose local time zone is not UTC."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


MIDNIGHT = datetime(2026, 5, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        (MIDNIGHT.replace(tzinfo=None), pa.timestamp("s")),
        (MIDNIGHT.replace(tzinfo=None), pa.timestamp("ns")),
        (MIDNIGHT + timedelta(microseconds=999_999), pa.timestamp("us", "America/New_York")),
        (date(2026, 5, 16), pa.date32()),
        (date(2026, 5, 16), pa.date64()),
        ("2026-05-16T00:00:00Z", pa.string()),
        (int(MIDNIGHT.timestamp()), pa.int64()),
        (" 2026-05-15t19:00:00.25-05:00", pa.string()),
        ("2026-05-16 00:00:00", pa.string()),
        ("2026-05-16", pa.dictionary(pa.int32(), pa.string())),
    ],
    ids=str,
)
@pytest.mark.usefixtures("in_tokyo")
def test_times_may_be_timestamps_dates_or_texts(tmp_path: Path, moment: object, kind: pa.DataType) -> None:
    times = pa.array([moment], kind)
    path = written(
        tmp_path / "f.parquet", user_id=["ann"], product_id=["milk"], kind=["view"], occurred_at=times
    )
    browsing = read_browsing_file(path, ROW_OF, SHOPPERS, NOW)
    assert browsing.times.tolist() == [int(MIDNIGHT.timestamp())]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"user_id": ["ann", None, "ann"]}, "row 2, column 'user_id': the value is missing"),
        ({"product_id": ["milk", "bread", None]}, "row 3, column 'product_id': the value is missing"),
        ({"kind": [None, "view", "view"]}, "row 1, column 'kind': the value is missing"),
        ({"kind": [1, 2, 3.5]}, "row 1, column 'kind': 1.0 is of the type double"),
        (
            {"product_id": [1.0, 2.0, 3.0]},
            "row 1, column 'product_id': 1.0 is of the type double; ids must be text or",
        ),
        ({"product_id": [["a"], [], []]}, "row 1, column 'product_id': .* is of the type list"),
        (
            {"occurred_at": [1.0, 2.0, 3.0]},
            "row 1, column 'occurred_at': .*; times must be timestamps, dates",
        ),
        (
            {"occurred_at": ["2026-05-16", "2026-05-17", "yesterday"]},
            "row 3, column 'occurred_at': 'yesterday' is not a date",
        ),
        (
            {"occurred_at": None, "ts": [None, None, MIDNIGHT]},
            "row 1, column 'ts': the value is missing",
        ),
        (
            {"kind": ["click", "view", "view"], "user_id": [b"\xff", b"ann", b"\xff"]},
            "row 3, column 'user_id': .* is not valid UTF-8",
        ),
        ({"kind": None}, "lacks the column 'kind'; found: 'user_id', 'product_id', 'occurred_at'"),
        ({"product_id": None}, "lacks the column 'product_id' or 'item_id'"),
    ],
)
def test_invalid_file_is_rejected_with_column_and_row(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    path = a_file(tmp_path, **changes)
    with pytest.raises(ValueError, match=problem) as caught:
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)
    assert str(path) in str(caught.value)


def test_row_numbers_count_over_all_batches(tmp_path: Path) -> None:
    path = written(
        tmp_path / "events.parquet",
        user_id=["ann"] * 20 + [None],
        product_id=["milk"] * 21,
        kind=["click", "view", "cart"] * 7,
        occurred_at=["2026-05-16"] * 21,
    )
    with pytest.raises(ValueError, match="row 21, column 'user_id': the value is missing"):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW, rows_at_once=4)


def test_duplicate_column_is_rejected(tmp_path: Path) -> None:
    names = ["user_id", "product_id", "kind", "kind", "occurred_at"]
    path = tmp_path / "f.parquet"
    parquet.write_table(pa.table([["a"]] * 5, names=names), path)
    with pytest.raises(ValueError, match="has the column 'kind' 2 times"):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)


@pytest.mark.parametrize("content", [None, b"", b"user_id,product_id\n", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_missing_or_non_parquet_file_is_rejected(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "events.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ValueError,
        match=r"events\.parquet: (the file does not exist|is not a Parquet file|is a damaged Parquet file)",
    ):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)


def test_damaged_parquet_page_is_rejected(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"given\.parquet: is a damaged Parquet file"):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)

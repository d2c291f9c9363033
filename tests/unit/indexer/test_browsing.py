"""Views and carts into arrays: what is kept, what is left out and said, what a file may hold."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from structlog.testing import capture_logs

from adapters.database import Browsed
from indexer.factorization.browsing import Browsing
from indexer.sources.browsing import read_browsing, read_browsing_file

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ROW_OF = {"milk": 0, "bread": 1, "茶 & 'tea'": 2, "17": 3}
SHOPPERS = {"ann": 0, "bob": 1, "8": 2}

Reader = Callable[[Sequence[Browsed]], Awaitable[Browsing]]


class StoredEvents:
    """Gives what it holds in batches of two; remembers what it was asked for."""

    def __init__(self, events: Sequence[Browsed]) -> None:
        self.events = events
        self.asked: list[datetime | None] = []

    async def browsing(self, since: datetime | None = None) -> AsyncIterator[list[Browsed]]:
        self.asked.append(since)
        for begin in range(0, len(self.events), 2):
            yield list(self.events[begin : begin + 2])


def written(path: Path, **columns: Any) -> Path:
    """A Parquet file with these columns, in row groups of three."""
    parquet.write_table(pa.table(columns), path, row_group_size=3)
    return path


def file_of(path: Path, events: Sequence[Browsed]) -> Path:
    """A Parquet file with these events."""
    return written(
        path,
        user_id=pa.array([event.user_id for event in events], pa.string()),
        product_id=pa.array([event.product_id for event in events], pa.string()),
        kind=pa.array([event.kind for event in events], pa.string()),
        occurred_at=pa.array([event.at for event in events], pa.timestamp("us", "UTC")),
    )


@pytest.fixture(params=["store", "file"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Reads events from either source."""

    async def from_store(events: Sequence[Browsed]) -> Browsing:
        return await read_browsing(StoredEvents(events), ROW_OF, SHOPPERS, NOW)  # type: ignore[arg-type]

    async def from_file(events: Sequence[Browsed]) -> Browsing:
        return read_browsing_file(file_of(tmp_path / "events.parquet", events), ROW_OF, SHOPPERS, NOW)

    return from_store if request.param == "store" else from_file


def a_file(tmp_path: Path, **changes: Any) -> Path:
    """A file with three good rows, some columns replaced; None leaves one out."""
    columns: dict[str, Any] = {
        "user_id": ["ann", "bob", "ann"],
        "product_id": ["milk", "bread", "bread"],
        "kind": ["view", "cart", "view"],
        "occurred_at": pa.array([SECONDS - 3, SECONDS - 2, SECONDS - 1], pa.timestamp("s")),
    }
    columns |= changes
    given = {name: values for name, values in columns.items() if values is not None}
    return written(tmp_path / "given.parquet", **given)


def rows(browsing: Browsing) -> list[tuple[int, int, int, bool]]:
    """Shopper, product, seconds before now, cart?"""
    ages = SECONDS - browsing.times
    return list(
        zip(
            browsing.shoppers.tolist(),
            browsing.products.tolist(),
            ages.tolist(),
            browsing.carts.tolist(),
            strict=True,
        )
    )


def ago(**since: float) -> datetime:
    return NOW - timedelta(**since)


def warnings(logs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Warnings with their counts; each at most once."""
    found = [(entry["event"], entry["events"]) for entry in logs if entry["log_level"] == "warning"]
    assert len(dict(found)) == len(found)
    return dict(found)


async def test_events_become_parallel_arrays(read: Reader) -> None:
    events = [
        Browsed("bob", "milk", "view", ago(seconds=5)),
        Browsed("ann", "茶 & 'tea'", "cart", ago(days=400).astimezone(timezone(timedelta(hours=9)))),
        Browsed("ann", "milk", "view", ago(microseconds=1)),
        Browsed("ann", "milk", "view", ago(microseconds=1)),
        Browsed("8", "17", "cart", NOW),
    ]
    with capture_logs() as logs:
        browsing = await read(events)
    assert rows(browsing) == [
        (1, 0, 5, False),
        (0, 2, 400 * 86_400, True),
        (0, 0, 1, False),
        (0, 0, 1, False),
        (2, 3, 0, True),
    ]
    assert len(browsing) == 5
    arrays = (browsing.shoppers, browsing.products, browsing.times, browsing.carts)
    assert [array.dtype for array in arrays] == [np.int32, np.int32, np.int64, np.bool_]
    assert warnings(logs) == {}


async def test_what_cannot_be_used_is_left_out_and_counted_once(read: Reader) -> None:
    events = [
        Browsed("ann", "milk", "view", ago(hours=1)),
        Browsed("ann", "unheard-of", "view", ago(hours=1)),
        Browsed("nobody", "unheard-of", "cart", ago(hours=1)),
        Browsed("ann", "unheard-of", "cart", NOW + timedelta(days=1)),
        Browsed("nobody", "milk", "view", ago(hours=1)),
        Browsed("guest", "bread", "cart", NOW + timedelta(days=1)),
        Browsed("bob", "bread", "view", NOW + timedelta(days=365)),
    ]
    with capture_logs() as logs:
        browsing = await read(events)
    assert rows(browsing) == [(0, 0, 3600, False), (1, 1, 0, False)]
    assert warnings(logs) == {
        "browsing of products that the catalog does not list was left out": 3,
        "browsing by shoppers without purchases was left out": 2,
        "browsing in the future counts as of now": 1,
    }


async def test_nothing_at_all_is_empty_arrays(read: Reader) -> None:
    with capture_logs() as logs:
        browsing = await read([])
    assert len(browsing) == 0
    assert browsing.shoppers.dtype == browsing.products.dtype == np.int32
    assert (browsing.times.dtype, browsing.carts.dtype) == (np.int64, np.bool_)
    assert warnings(logs) == {}


async def test_every_event_is_shown_as_progress(read: Reader) -> None:
    with capture_logs() as logs:
        await read([Browsed("ann", "nothing", "view", NOW)] * 7)
    done = [(entry["stage"], entry["done"]) for entry in logs if entry["event"] == "stage done"]
    assert done == [("Reading browsing", 7)]


@pytest.mark.parametrize("since", [None, ago(days=30)])
async def test_the_store_is_asked_for_what_is_late_enough(since: datetime | None) -> None:
    store = StoredEvents([])
    await read_browsing(store, ROW_OF, SHOPPERS, NOW, since)  # type: ignore[arg-type]
    assert store.asked == [since]


def test_many_batches_of_a_file_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.sources.parquet_table._ROWS_AT_ONCE", 4)
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
    assert rows(read_browsing_file(path, ROW_OF, SHOPPERS, NOW)) == expected


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    for name, user in (("b", "bob"), ("a", "ann")):
        file_of(tmp_path / f"{name}.parquet", [Browsed(user, "milk", "view", NOW)] * 2)
    assert read_browsing_file(tmp_path, ROW_OF, SHOPPERS, NOW).shoppers.tolist() == [0, 0, 1, 1]


def test_other_kinds_are_passed_over_whatever_they_hold(tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        user_id=["ann", None, "bob"],
        product_id=[None, None, "bread"],
        kind=["search", "impression", "cart"],
    )
    with capture_logs() as logs:
        browsing = read_browsing_file(path, ROW_OF, SHOPPERS, NOW)
    assert rows(browsing) == [(1, 1, 1, True)]
    (notice,) = [entry for entry in logs if "passed over" in entry["event"]]
    assert (notice["log_level"], notice["events"], notice["file"]) == ("info", 2, str(path))
    assert notice["kinds"] == {"search": 1, "impression": 1}


def test_a_file_of_other_kinds_alone_is_empty(tmp_path: Path) -> None:
    browsing = read_browsing_file(a_file(tmp_path, kind=["View", "CART", ""]), ROW_OF, SHOPPERS, NOW)
    assert len(browsing) == 0


def test_columns_may_go_by_other_names_and_others_may_stand_beside_them(tmp_path: Path) -> None:
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
def test_ids_are_text_or_whole_numbers(tmp_path: Path, kind: pa.DataType) -> None:
    ids = [17, 99, 17] if pa.types.is_integer(kind) else ["17", "99", "17"]
    path = a_file(tmp_path, product_id=pa.array(ids, kind))
    assert rows(read_browsing_file(path, ROW_OF, SHOPPERS, NOW)) == [(0, 3, 3, False), (0, 3, 1, False)]


def test_columns_may_be_categories(tmp_path: Path) -> None:
    coded = {"product_id": ["17", "milk", "17"], "kind": ["cart", "view", "cart"]}
    path = a_file(tmp_path, **{name: pa.array(values).dictionary_encode() for name, values in coded.items()})
    assert [row[1::2] for row in rows(read_browsing_file(path, ROW_OF, SHOPPERS, NOW))] == [
        (3, True),
        (0, False),
        (3, True),
    ]


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    """A machine whose clock on the wall is not in UTC."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


MIDNIGHT = datetime(2026, 5, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "times",
    [
        pa.array([MIDNIGHT.replace(tzinfo=None)], pa.timestamp("s")),
        pa.array([MIDNIGHT.replace(tzinfo=None)], pa.timestamp("ns")),
        pa.array([MIDNIGHT + timedelta(microseconds=999_999)], pa.timestamp("us", "America/New_York")),
        pa.array([date(2026, 5, 16)], pa.date32()),
        pa.array([date(2026, 5, 16)], pa.date64()),
        pa.array(["2026-05-16T00:00:00Z"]),
        pa.array([int(MIDNIGHT.timestamp())]),
        pa.array([" 2026-05-15t19:00:00.25-05:00"]),
        pa.array(["2026-05-16 00:00:00"]),
        pa.array(["2026-05-16"]).dictionary_encode(),
    ],
    ids=lambda times: str(times.type),
)
@pytest.mark.usefixtures("in_tokyo")
def test_times_are_timestamps_dates_or_texts(tmp_path: Path, times: pa.Array) -> None:
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
            "row 1, column 'product_id': 1.0 is of the type double; ids are text or whole",
        ),
        ({"product_id": [["a"], [], []]}, "row 1, column 'product_id': .* is of the type list"),
        ({"occurred_at": [1.0, 2.0, 3.0]}, "row 1, column 'occurred_at': .*; times are timestamps, dates"),
        (
            {"occurred_at": ["2026-05-16", "2026-05-17", "yesterday"]},
            "row 3, column 'occurred_at': 'yesterday' is not a date",
        ),
        (
            {"occurred_at": None, "ts": pa.array([None, None, SECONDS], pa.timestamp("s"))},
            "row 1, column 'ts': the value is missing",
        ),
        (
            {"kind": ["click", "view", "view"], "user_id": pa.array([b"\xff", b"ann", b"\xff"])},
            "row 3, column 'user_id': .* is not valid UTF-8",
        ),
        ({"kind": None}, "lacks the column 'kind'; found: 'user_id', 'product_id', 'occurred_at'"),
        ({"product_id": None}, "lacks the column 'product_id' or 'item_id'"),
    ],
)
def test_a_bad_file_is_refused_by_column_and_row(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    path = a_file(tmp_path, **changes)
    with pytest.raises(ValueError, match=problem) as caught:
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)
    assert str(path) in str(caught.value)


def test_rows_are_counted_over_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.sources.parquet_table._ROWS_AT_ONCE", 4)
    path = written(
        tmp_path / "events.parquet",
        user_id=["ann"] * 20 + [None],
        product_id=["milk"] * 21,
        kind=["click", "view", "cart"] * 7,
        occurred_at=["2026-05-16"] * 21,
    )
    with pytest.raises(ValueError, match="row 21, column 'user_id': the value is missing"):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    names = ["user_id", "product_id", "kind", "kind", "occurred_at"]
    path = tmp_path / "f.parquet"
    parquet.write_table(pa.table([["a"]] * 5, names=names), path)
    with pytest.raises(ValueError, match="has the column 'kind' 2 times"):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)


@pytest.mark.parametrize("content", [None, b"", b"user_id,product_id\n", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_a_file_that_is_not_there_or_no_parquet_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "events.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"events\.parquet: (there is no such|is not a Parquet|is a damaged Parquet) file"
    ):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)


def test_a_file_that_is_damaged_inside_is_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"given\.parquet: is a damaged Parquet file"):
        read_browsing_file(path, ROW_OF, SHOPPERS, NOW)

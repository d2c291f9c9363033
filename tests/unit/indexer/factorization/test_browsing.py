"""Reading views and carts from the event store and from files."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from adapters.database import BrowsingEvent
from indexer.factorization.browsing import Browsing
from indexer.sources.browsing import read_browsing, read_browsing_file
from tests.support.builders.files.browsing_files import NOW, ROW_OF, SHOPPERS, file_of, rows

pytestmark = pytest.mark.anyio

Reader = Callable[[Sequence[BrowsingEvent]], Awaitable[Browsing]]


class StoredEvents:
    """An event store that yields batches of two."""

    def __init__(self, events: Sequence[BrowsingEvent]) -> None:
        self.events = events

    async def browsing(self) -> AsyncIterator[list[BrowsingEvent]]:
        for begin in range(0, len(self.events), 2):
            yield list(self.events[begin : begin + 2])


@pytest.fixture(params=["store", "file"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Reads events from the store or from a file."""

    async def from_store(events: Sequence[BrowsingEvent]) -> Browsing:
        return await read_browsing(StoredEvents(events), ROW_OF, SHOPPERS, NOW)

    async def from_file(events: Sequence[BrowsingEvent]) -> Browsing:
        return read_browsing_file(file_of(tmp_path / "events.parquet", events), ROW_OF, SHOPPERS, NOW)

    return from_store if request.param == "store" else from_file


def ago(**since: float) -> datetime:
    return NOW - timedelta(**since)


def warnings(logs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Warnings with their counts. Each occurs at most once."""
    found = [(entry["event"], entry["events"]) for entry in logs if entry["log_level"] == "warning"]
    assert len(dict(found)) == len(found)
    return dict(found)


async def test_events_become_parallel_arrays(read: Reader) -> None:
    events = [
        BrowsingEvent("bob", "milk", "view", ago(seconds=5)),
        BrowsingEvent("ann", "茶 & 'tea'", "cart", ago(days=400).astimezone(timezone(timedelta(hours=9)))),
        BrowsingEvent("ann", "milk", "view", ago(microseconds=1)),
        BrowsingEvent("ann", "milk", "view", ago(microseconds=1)),
        BrowsingEvent("8", "17", "cart", NOW),
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


async def test_unusable_events_are_dropped_and_counted_once(read: Reader) -> None:
    events = [
        BrowsingEvent("ann", "milk", "view", ago(hours=1)),
        BrowsingEvent("ann", "unknown", "view", ago(hours=1)),
        BrowsingEvent("stranger", "unknown", "cart", ago(hours=1)),
        BrowsingEvent("ann", "unknown", "cart", NOW + timedelta(days=1)),
        BrowsingEvent("stranger", "milk", "view", ago(hours=1)),
        BrowsingEvent("guest", "bread", "cart", NOW + timedelta(days=1)),
        BrowsingEvent("bob", "bread", "view", NOW + timedelta(days=365)),
    ]
    with capture_logs() as logs:
        browsing = await read(events)
    assert rows(browsing) == [(0, 0, 3600, False), (1, 1, 0, False)]
    assert warnings(logs) == {
        "dropped views and carts of products not in the catalog": 3,
        "dropped views and carts of shoppers without purchases": 2,
        "treated views and carts in the future as happening now": 1,
    }


async def test_no_events_give_empty_arrays(read: Reader) -> None:
    with capture_logs() as logs:
        browsing = await read([])
    assert len(browsing) == 0
    assert browsing.shoppers.dtype == browsing.products.dtype == np.int32
    assert (browsing.times.dtype, browsing.carts.dtype) == (np.int64, np.bool_)
    assert warnings(logs) == {}


async def test_every_event_counts_as_progress(read: Reader) -> None:
    with capture_logs() as logs:
        await read([BrowsingEvent("ann", "nothing", "view", NOW)] * 7)
    done = [(entry["stage"], entry["done"]) for entry in logs if entry["event"] == "stage done"]
    assert done == [("Reading browsing", 7)]

"""Reads views and carts into flat arrays, 17 bytes per event."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.database import EventStore
from indexer import progress
from indexer.factorization.browsing import Browsing
from indexer.sources.column_values import Values, ids, seconds
from indexer.sources.parquet_table import ROWS_AT_ONCE, Column, ParquetTable
from purchase_files import encode, shopper_id
from recommender.normalization import normalize

_COLUMNS = (
    Column("user_id", required=True),
    Column("product_id", ("item_id",), required=True),
    Column("kind", required=True),
    Column("occurred_at", ("ts",), required=True),
)
_UNUSED_COLUMNS = frozenset({"id", "recorded_at", "quantity", "price"})
_BROWSING = ["view", "cart"]
_ABSENT = -1
_MAX_LOGGED_KINDS = 10


async def read_browsing(
    store: EventStore,
    row_of: Mapping[str, int],
    shopper_numbers: Mapping[str, int],
    now: datetime,
) -> Browsing:
    """Reads the views and carts of shoppers with purchases.

    Events of unknown products are dropped.

    Args:
        store: source of the events.
        row_of: product row by product id.
        shopper_numbers: shopper number by shopper id, for shoppers with purchases.
        now: upper limit of the times; later ones are clipped to it.

    Raises:
        adapters.database.DatabaseError: the event store cannot be read.
    """
    collector = _BrowsingCollector(int(now.timestamp()))
    with progress.stage("Reading browsing", None, "events") as advance:
        async for batch in store.browsing():
            count = len(batch)
            collector.add(
                np.fromiter(
                    (shopper_numbers.get(normalize(b.user_id), _ABSENT) for b in batch), np.int32, count
                ),
                np.fromiter((row_of.get(normalize(b.product_id), _ABSENT) for b in batch), np.int32, count),
                np.fromiter((int(b.at.timestamp()) for b in batch), np.int64, count),
                np.fromiter((b.kind == "cart" for b in batch), np.bool_, count),
            )
            advance(count)
    return collector.browsing()


def read_browsing_file(
    path: Path,
    row_of: Mapping[str, int],
    shopper_numbers: Mapping[str, int],
    now: datetime,
    rows_at_once: int = ROWS_AT_ONCE,
    hash_key: bytes | None = None,
) -> Browsing:
    """Reads views and carts from a Parquet file or a folder of Parquet files.

    Ids are those of the catalog, or as in files of purchases: `rolls/buns` is the product `rolls~2Fbuns`. With
    `hash_key`, shoppers are replaced by the same keyed hashes.

    Drops the same events as `read_browsing`. A file has the columns user_id, product_id (or item_id), kind and
    occurred_at (or ts), with the value types that `read_files` accepts. Rows of other kinds than `view` and `cart` are
    skipped, and their number is logged.

    Raises:
        ValueError: a file is missing or unreadable, lacks a column or holds an invalid value. The message names file,
            row (from 1) and column.
        OSError: the operating system cannot read a file.
    """
    table = ParquetTable.open(path, _COLUMNS, rows_at_once)
    collector = _BrowsingCollector(int(now.timestamp()))
    others: Counter[str] = Counter()
    with progress.stage("Reading browsing", table.row_count, "events") as advance:
        for batch in table.batches(_UNUSED_COLUMNS):
            kinds, codes = _distinct(batch.read("kind", ids))
            counts = np.bincount(codes, minlength=len(kinds)).tolist()
            others.update({kind: n for kind, n in zip(kinds, counts, strict=True) if kind not in _BROWSING})
            browsed = batch.take(np.flatnonzero(np.isin(kinds, _BROWSING)[codes]))
            if len(browsed):
                collector.add(
                    _look_up(
                        browsed.read("user_id", ids), shopper_numbers, lambda id_: shopper_id(id_, hash_key)
                    ),
                    _look_up(browsed.read("product_id", ids), row_of, encode),
                    browsed.read("occurred_at", seconds),
                    _look_up(browsed.read("kind", ids), {"cart": 1}) == 1,
                )
            advance(len(batch))
    if others:
        structlog.get_logger("indexer").info(
            "skipped events that are neither views nor carts",
            file=str(path),
            events=others.total(),
            kinds=dict(others.most_common(_MAX_LOGGED_KINDS)),
        )
    return collector.browsing()


@dataclass(slots=True)
class _BrowsingCollector:
    """Collects events batch by batch and counts those that are dropped.

    Attributes:
        latest: upper limit of the times.
    """

    latest: int
    kept: list[Browsing] = field(default_factory=list)
    unknown: int = 0
    without_purchases: int = 0
    future: int = 0

    def add(
        self,
        shoppers: NDArray[np.int32],
        products: NDArray[np.int32],
        times: NDArray[np.int64],
        carts: NDArray[np.bool_],
    ) -> None:
        """Keeps events whose product and shopper are known, that is, not −1.

        All arrays have shape (events,).
        """
        known = products != _ABSENT
        kept = known & (shoppers != _ABSENT)
        self.unknown += int((~known).sum())
        self.without_purchases += int((known & ~kept).sum())
        self.future += int((times[kept] > self.latest).sum())
        within = np.minimum(times[kept], self.latest)
        self.kept.append(Browsing(shoppers[kept], products[kept], within, carts[kept]))

    def browsing(self) -> Browsing:
        """Returns all kept events and logs what was dropped."""
        log = structlog.get_logger("indexer")
        if self.unknown:
            log.warning("dropped views and carts of products not in the catalog", events=self.unknown)
        if self.without_purchases:
            log.warning(
                "dropped views and carts of shoppers without purchases", events=self.without_purchases
            )
        if self.future:
            log.warning("treated views and carts in the future as happening now", events=self.future)
        nothing = Browsing(
            np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.bool_)
        )
        parts = [nothing, *self.kept]
        return Browsing(
            np.concatenate([part.shoppers for part in parts]),
            np.concatenate([part.products for part in parts]),
            np.concatenate([part.times for part in parts]),
            np.concatenate([part.carts for part in parts]),
        )


def _distinct(values: Values) -> tuple[list[str], NDArray[np.int32]]:
    """Distinct texts, and for each value the position of its text among them."""
    encoded: Any = values.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def _look_up(
    values: Values, number_of: Mapping[str, int], as_id: Callable[[str], str] = str
) -> NDArray[np.int32]:
    """Number of each text, or of `as_id` of it, or −1.

    Only distinct texts pass through Python.
    """
    texts, codes = _distinct(values)
    found = (number_of.get(text, number_of.get(as_id(text), _ABSENT)) for text in texts)
    numbers: NDArray[np.int32] = np.fromiter(found, np.int32)
    return numbers[codes]

"""Products of the live snapshot with the catalog's newer changes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from math import isnan
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.catalog import Product
from indexer.sources import ProductRows, read_products, text_of
from recommender.snapshot import Snapshot

_PAGE = 4_096


class ChangeFeed(Protocol):
    """Products in the order of their last change."""

    def products(self, updated_since: datetime | None = None) -> AsyncIterator[list[Product]]:
        """Pages of products changed at or after `updated_since`, deleted ones with `deleted_at`.

        Raises:
            adapters.catalog.CatalogError: a page cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChangedProducts:
    """All products of a refreshed snapshot.

    Attributes:
        products: the products, sorted by id.
        old_rows: row of each in the live snapshot, −1 for new ones, shape (products,).
        rewritten: marks products whose text changed, shape (products,).
        removed: number of products of the live snapshot that are gone.
    """

    products: ProductRows
    old_rows: NDArray[np.int32]
    rewritten: NDArray[np.bool_]
    removed: int

    @property
    def added(self) -> int:
        """Number of products that the live snapshot lacks."""
        return int((self.old_rows < 0).sum())

    def is_worthwhile(self) -> bool:
        """False if the overlay of the service covers all changes."""
        return bool(self.added or self.removed or self.rewritten.any())


async def read_changes(feed: ChangeFeed, snapshot: Snapshot, since: datetime) -> ChangedProducts:
    """Reads what changed in the catalog after the snapshot was built.

    A new product without a time of addition counts as added at its last change.

    Raises:
        adapters.catalog.CatalogError: the feed cannot be read.
    """
    products = await read_products(_Joined(feed, snapshot, since))
    old_rows = snapshot.lookup.find(list(products.row_of))
    rewritten = np.zeros(len(products), dtype=np.bool_)
    for row, old in enumerate(old_rows.tolist()):
        document = products.documents[row]
        if old < 0:
            if isnan(products.created_at[row]):
                products.created_at[row] = _product(document).updated_at.timestamp()
        elif (before := snapshot.documents.raw(old)) != document:
            rewritten[row] = text_of(_product(before)) != text_of(_product(document))
    return ChangedProducts(products, old_rows, rewritten, snapshot.products - int((old_rows >= 0).sum()))


@dataclass(frozen=True, slots=True)
class _Joined:
    """A snapshot's products, then the changed ones."""

    feed: ChangeFeed
    snapshot: Snapshot
    since: datetime

    async def products(self) -> AsyncIterator[list[Product]]:
        documents, count = self.snapshot.documents, self.snapshot.products
        for start in range(0, count, _PAGE):
            rows = np.arange(start, min(start + _PAGE, count), dtype=np.int32)
            yield [_product(document) for document in documents.raws(rows)]
        async for page in self.feed.products(updated_since=self.since):
            yield page


def _product(document: bytes) -> Product:
    return msgspec.json.decode(document, type=Product)

"""The map of the catalog: where its products lie, and what they are."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender.arrays import Rows
from recommender.snapshot import Snapshot
from recommender.snapshot.catalog_map import CatalogMap
from recommender.snapshot.categories import path_parts
from service.console.facts.product_lines import ProductLine, product_lines
from service.console.facts.search import has_words
from service.http.problems import ProblemException
from service.snapshots.live import LiveSnapshot, Serving

NO_GROUP = 0xFFFF
MAX_FOUND = 200
CELLS = 1 << 14  # along each axis of the encoded map

_MAX_GROUPS = 1_000
_AT_ONCE = 2_000
_MAX_SCANNED = 200_000


_Form = TypeVar("_Form")


class NoMap(ProblemException):
    """The snapshot has no map, because an earlier release built it."""

    def __init__(self, version: str) -> None:
        super().__init__(
            404,
            "no-map",
            "No map",
            f"Snapshot {version} was built by a release that did not lay out a map. The next build or refresh will.",
        )


class OtherSnapshot(ProblemException):
    """The rows of a map belong to a snapshot that is no longer live."""

    def __init__(self, version: str) -> None:
        super().__init__(
            409,
            "other-snapshot",
            "Another snapshot",
            f"Snapshot {version} is no longer live. Load the map again.",
        )


class MapGroup(msgspec.Struct, frozen=True):
    """A main category.

    Attributes:
        name: as in the catalog.
        products: number of its products on the map.
    """

    name: str
    products: int


class MapHead(msgspec.Struct, frozen=True):
    """The head of an encoded map.

    Attributes:
        version: the snapshot.
        placed: number of products with a place. Each column has as many entries.
        groups: main categories, largest first. The column of groups has their numbers.
    """

    version: str
    placed: int
    groups: list[MapGroup]


class MapView(msgspec.Struct, frozen=True):
    """The map of the catalog, as columns in the row order of the snapshot.

    Attributes:
        version: the snapshot.
        groups: main categories, largest first.
        x, y: from −1 to 1, null for a product without a place.
        group: position of the product's main category in `groups`, null without one.
    """

    version: str
    groups: list[MapGroup]
    x: list[float | None]
    y: list[float | None]
    group: list[int | None]


class MapProduct(msgspec.Struct, frozen=True):
    """A product on the map.

    Attributes:
        row: its place in the columns of the map.
        product: in one line.
    """

    row: int
    product: ProductLine


class MapProducts(msgspec.Struct, frozen=True):
    """Products on the map.

    Attributes:
        products: those with the rows, or with all words in their title, most popular first.
        complete: false if there may be more.
    """

    products: list[MapProduct]
    complete: bool


@dataclass(frozen=True, slots=True)
class EncodedMap:
    """The map in one binary form.

    Entries are ordered by cell, so that the differences between them are small. The form is: length of the head as
    little-endian uint32, `MapHead` as JSON, then columns of bytes. Four have the difference of each cell to the one
    before as uint32, lowest byte first, where a cell is x · 2¹⁴ + y. Two have the group as uint16, 65535 without one.

    Attributes:
        version: the snapshot.
        rows: row in the snapshot of each entry.
        places: entry of each row of the snapshot, −1 without a place.
        body: the form.
    """

    version: str
    rows: Rows
    places: Rows
    body: bytes


@dataclass(slots=True)
class MapFacts:
    """Answers about the map of the live snapshot.

    All methods raise NothingToServe before the first snapshot.
    """

    live: LiveSnapshot
    _views: dict[str, bytes] = field(default_factory=dict, init=False)
    _encoded: dict[str, EncodedMap] = field(default_factory=dict, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def encoded(self) -> EncodedMap:
        """The map for browsers. Raises NoMap."""
        return (await self._kept(self._encoded, _encode))[1]

    async def view(self) -> tuple[str, bytes]:
        """Version of the snapshot, and `MapView` as JSON. Raises NoMap."""
        return await self._kept(self._views, _view)

    async def _kept(
        self, kept: dict[str, _Form], encode: Callable[[Snapshot, CatalogMap], _Form]
    ) -> tuple[str, _Form]:
        """A form of the map, which is made once for each snapshot."""
        snapshot = self.live.serving.snapshot
        places, version = snapshot.catalog_map, snapshot.version
        if places is None:
            raise NoMap(version)
        async with self._one_at_a_time:
            if version not in kept:
                made = await asyncio.to_thread(encode, snapshot, places)
                kept.clear()
                kept[version] = made
            return version, kept[version]

    def of_rows(self, version: str | None, rows: Sequence[int]) -> MapProducts:
        """The products in `rows` of the map of `version`, or of the live snapshot.

        Rows that do not exist are left out. Raises OtherSnapshot.
        """
        serving = self.live.serving
        if version is not None and serving.manifest.version != version:
            raise OtherSnapshot(version)
        known = [row for row in rows if 0 <= row < serving.snapshot.products]
        return MapProducts(_products(serving, known), complete=True)

    def of_id(self, product_id: str) -> MapProducts:
        """The product with this id, if the snapshot has it."""
        serving = self.live.serving
        row = serving.snapshot.lookup.row(product_id)
        return MapProducts(_products(serving, [row] if row >= 0 else []), complete=True)

    async def with_words(self, words: str) -> MapProducts:
        """Products with all of `words` in their title.

        They are in any order, and may be parts of words. At most 200 are found, among the 200,000 most popular ones.
        """
        serving, wanted = self.live.serving, words.casefold().split()
        found: list[int] = []
        rows = serving.snapshot.columns.popular_rows[:_MAX_SCANNED]
        async with self._one_at_a_time:
            for start in range(0, len(rows) if wanted else 0, _AT_ONCE):
                found += await asyncio.to_thread(
                    _matching, serving.snapshot, rows[start : start + _AT_ONCE], wanted
                )
                if len(found) > MAX_FOUND:
                    break
        complete = len(found) <= MAX_FOUND and len(rows) == serving.snapshot.products
        return MapProducts(_products(serving, found[:MAX_FOUND]), complete)


def main_categories(snapshot: Snapshot) -> tuple[list[MapGroup], NDArray[np.int64]]:
    """The main categories, largest first, and the number of that of each product."""
    return _groups(snapshot, np.ones(snapshot.products, dtype=np.bool_))


def _view(snapshot: Snapshot, places: CatalogMap) -> bytes:
    groups, codes = _groups(snapshot, ~np.isnan(places.x))
    x, y = (
        [None if isnan(value) else value for value in each.astype(np.float64).round(4).tolist()]
        for each in (places.x, places.y)
    )
    numbers = [None if code == NO_GROUP else code for code in codes.tolist()]
    return msgspec.json.encode(MapView(snapshot.version, groups, x, y, numbers))


def _encode(snapshot: Snapshot, places: CatalogMap) -> EncodedMap:
    placed = ~np.isnan(places.x)
    groups, codes = _groups(snapshot, placed)
    rows = np.flatnonzero(placed).astype(np.int32)
    x, y = (np.round((np.clip(axis[rows], -1, 1) + 1) / 2 * (CELLS - 1)) for axis in (places.x, places.y))
    cells = x.astype(np.int64) * CELLS + y.astype(np.int64)
    order = np.argsort(cells, kind="stable")
    rows, cells = rows[order], cells[order]
    head = msgspec.json.encode(MapHead(snapshot.version, len(rows), groups))
    columns = (np.diff(cells, prepend=0).astype("<u4"), codes[rows].astype("<u2"))
    body = b"".join([len(head).to_bytes(4, "little"), head, *(_bytes_by_column(each) for each in columns)])
    place_of = np.full(snapshot.products, -1, dtype=np.int32)
    place_of[rows] = np.arange(len(rows), dtype=np.int32)
    return EncodedMap(snapshot.version, rows, place_of, body)


def _bytes_by_column(values: NDArray[np.unsignedinteger]) -> bytes:
    """All lowest bytes, then all next ones, which compress better."""
    return values.view(np.uint8).reshape(len(values), values.itemsize).T.tobytes()


def _groups(snapshot: Snapshot, placed: NDArray[np.bool_]) -> tuple[list[MapGroup], NDArray[np.int64]]:
    """The groups, largest first, and the number of each product's group."""
    codes, paths = snapshot.columns.category_codes, snapshot.categories.paths
    names = group_names(paths)
    distinct = list(dict.fromkeys(names))
    place_of = {name: place for place, name in enumerate(distinct)}
    by_code = np.array([*(place_of[name] for name in names), -1])  # The code −1 means none.
    groups = by_code[codes]
    sizes = np.bincount(groups[placed & (groups >= 0)], minlength=len(distinct))
    order = np.argsort(-sizes, kind="stable")[:_MAX_GROUPS]
    number = np.full(len(distinct) + 1, NO_GROUP)
    number[order] = np.arange(len(order))
    return [MapGroup(distinct[place], int(sizes[place])) for place in order], number[groups]


def group_names(paths: Sequence[str]) -> list[str]:
    """The name of each category at the first level that has several names."""
    parts = [path_parts(path) for path in paths]
    level = 0
    while (
        parts
        and len({tuple(each[: level + 1]) for each in parts}) == 1
        and any(len(each) > level + 1 for each in parts)
    ):
        level += 1
    return [(each[level] if len(each) > level else each[-1]) if each else "" for each in parts]


def _matching(snapshot: Snapshot, rows: Rows, words: Sequence[str]) -> list[int]:
    documents = snapshot.documents.raws(rows)
    return [row for row, document in zip(rows.tolist(), documents, strict=True) if has_words(document, words)]


def _products(serving: Serving, rows: Sequence[int]) -> list[MapProduct]:
    lines = product_lines(serving, [serving.snapshot.product_id(row) for row in rows])
    return [MapProduct(row, line) for row, line in zip(rows, lines, strict=True)]

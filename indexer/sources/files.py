"""Reads products and purchases from Parquet files with the catalog's columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.catalog import Product, id_fault
from indexer import progress
from indexer.factorization import Purchases
from indexer.sources.catalog_products import ProductRows
from indexer.sources.column_values import BadValue, Values, flags, ids, numbers, seconds, texts
from indexer.sources.parquet_table import ROWS_AT_ONCE, Batch, Column, ParquetTable

_DESCRIPTION = (Column("title"), Column("description"), Column("category"), Column("brand"), Column("price"))
_PRODUCT_COLUMNS = (
    Column("id", ("item_id", "product_id"), required=True),
    *_DESCRIPTION,
    Column("currency"),
    Column("in_stock"),
    Column("image_url"),
    Column("created_at"),
    Column("attributes"),
)
_PURCHASE_COLUMNS = (
    Column("user_id", ("customer_id", "household_id"), required=True),
    Column("product_id", ("item_id",), required=True),
    Column("purchased_at", ("ts", "timestamp"), required=True),
)
_UNUSED_COLUMNS = frozenset({"id", "order_id", "quantity", "unit_price"})
_TEXTS = ("title", "description", "category", "brand", "currency", "image_url")
_NEVER_UPDATED = datetime(1970, 1, 1, tzinfo=UTC)


def read_files(
    purchases: Path, products: Path | None, rows_at_once: int = ROWS_AT_ONCE
) -> tuple[ProductRows, Purchases]:
    """Reads purchases and, if given, products.

    Each is a Parquet file or a folder of Parquet files.

    Without a products file, products are created from the purchases, one per distinct id. The first purchase of a
    product describes it, if the file has columns title, description, category, brand or price. With a products file,
    purchases of other products are dropped. Products and shoppers are numbered in the order of the files.

    Raises:
        ValueError: a file is missing, empty or unreadable, lacks a column or holds an invalid value. The message names
            file, row (from 1) and column.
        OSError: the operating system cannot read a file.
    """
    described = _DESCRIPTION if products is None else ()
    table = ParquetTable.open(purchases, (*_PURCHASE_COLUMNS, *described), rows_at_once)
    if not table.row_count:
        raise ValueError(f"{purchases}: contains no purchases")
    rows = ProductRows() if products is None else _read_products(products, rows_at_once)
    reader = _PurchaseReader.of(table, rows, adds_products=products is None)
    unused = (
        _UNUSED_COLUMNS if products is None else _UNUSED_COLUMNS | {column.name for column in _DESCRIPTION}
    )
    with progress.stage("Reading purchases", table.row_count, "purchases") as advance:
        for batch in table.batches(unused):
            reader.add(batch)
            advance(len(batch))
    _warn(rows, reader.unknown)
    if not reader.count:
        first = next(iter(rows.row_of))
        raise ValueError(
            f"{purchases}: no purchased product is listed in {products}, which starts with {first!r}"
        )
    return rows, reader.purchases()


@dataclass(slots=True)
class _PurchaseReader:
    """Collects purchases in preallocated arrays."""

    rows: ProductRows
    adds_products: bool
    shoppers: NDArray[np.int32]
    products: NDArray[np.int32]
    times: NDArray[np.int64]
    shopper_numbers: dict[str, int] = field(default_factory=dict)
    count: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, table: ParquetTable, rows: ProductRows, *, adds_products: bool) -> "_PurchaseReader":
        """Allocates arrays for a whole table."""
        room = table.row_count
        return cls(
            rows, adds_products, np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int64)
        )

    def add(self, batch: Batch) -> None:
        """Appends a batch. Only distinct ids pass through Python, never single purchases."""
        times = batch.read("purchased_at", seconds)
        shopper_ids = batch.read("user_id", ids)
        product_ids = batch.read("product_id", ids)
        rows = self._rows_of(batch, product_ids)
        known = np.flatnonzero(rows >= 0)
        shoppers = self._shopper_numbers_of(batch, shopper_ids.take(known), known)
        end = self.count + len(known)
        self.shoppers[self.count : end] = shoppers
        self.products[self.count : end] = rows[known]
        self.times[self.count : end] = times[known]
        self.count = end
        self.unknown += len(rows) - len(known)

    def purchases(self) -> Purchases:
        """Returns the purchases read so far."""
        return Purchases(
            self.shoppers[: self.count],
            self.products[: self.count],
            self.times[: self.count],
            len(self.shopper_numbers),
            tuple(self.shopper_numbers),
        )

    def _rows_of(self, batch: Batch, product_ids: Values) -> NDArray[np.int32]:
        """Product row of each purchase, or −1 for unknown products."""
        names, codes = _distinct(product_ids)
        rows = _look_up(names, self.rows.row_of)
        new = np.flatnonzero(rows < 0)
        if self.adds_products and len(new):
            _add_products(self.rows, batch.take(_first_positions(codes, len(names))[new]), "product_id")
            rows = _look_up(names, self.rows.row_of)
        return rows[codes]

    def _shopper_numbers_of(
        self, batch: Batch, shopper_ids: Values, positions: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Number of each shopper. `positions` are their rows in the batch, for error messages."""
        names, codes = _distinct(shopper_ids)
        numbers_of = _look_up(names, self.shopper_numbers)
        for code in np.flatnonzero(numbers_of < 0):
            fault = id_fault(names[code])
            if fault:
                first = positions[_first_positions(codes, len(names))[code]]
                problem = f"{names[code]!r:.80} is not a valid id: it {fault}"
                raise batch.fault(int(first), "user_id", problem)
            numbers_of[code] = self.shopper_numbers[names[code]] = len(self.shopper_numbers)
        return numbers_of[codes]


def _distinct(values: Values) -> tuple[list[str], NDArray[np.int32]]:
    """Distinct texts in order of first use, and each value's position among them."""
    encoded: Any = values.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)


def _first_positions(codes: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    first = np.empty(count, dtype=np.int64)
    # Reversed, because numpy keeps the last of several values assigned to one position.
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def _look_up(names: list[str], numbers_of: Mapping[str, int]) -> NDArray[np.int32]:
    return np.fromiter((numbers_of.get(name, -1) for name in names), np.int32, len(names))


def _read_products(path: Path, rows_at_once: int) -> ProductRows:
    table = ParquetTable.open(path, _PRODUCT_COLUMNS, rows_at_once)
    if not table.row_count:
        raise ValueError(f"{path}: contains no products")
    rows = ProductRows()
    with progress.stage("Reading products", table.row_count, "products") as advance:
        for batch in table.batches(frozenset({"updated_at"})):
            _add_products(rows, batch, "id")
            advance(len(batch))
    return rows


def _add_products(rows: ProductRows, batch: Batch, id_column: str) -> None:
    """Adds a product per row.

    Raises:
        ValueError: an id is invalid or repeated.
    """
    names = batch.read(id_column, _ids)
    columns = {name: batch.read(name, convert) for name, convert in _CONVERSIONS.items() if name in batch}
    for position, name in enumerate(names):
        fault = id_fault(name)
        if fault:
            raise batch.fault(position, id_column, f"{name!r:.80} is not a valid id: it {fault}")
        if name in rows.row_of:
            raise batch.fault(position, id_column, f"{name!r} repeats the id of an earlier row")
        given = {column: values[position] for column, values in columns.items()}
        rows.add(_product(name, {column: value for column, value in given.items() if value is not None}))


def _product(product_id: str, given: dict[str, Any]) -> Product:
    """A product with the fields of a file.

    A missing title is replaced by the id, as in the reference catalog.
    """
    title = given.pop("title", product_id)
    return Product(id=product_id, title=title, updated_at=_NEVER_UPDATED, **given)


def _ids(values: Values) -> list[str]:
    found: Any = ids(values).to_pylist()
    return list(found)


def _texts(values: Values) -> list[str | None]:
    return [text if text and text.strip() else None for text in texts(values).to_pylist()]


def _prices(values: Values) -> list[float | None]:
    prices: list[float | None] = numbers(values).to_pylist()
    for index, price in enumerate(prices):
        if price is not None and price < 0:
            raise BadValue(index, f"{price} is not a valid price: it is negative")
    return prices


def _flags(values: Values) -> list[bool | None]:
    found: list[bool | None] = flags(values).to_pylist()
    return found


def _instants(values: Values) -> list[datetime | None]:
    given = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
    instants: list[datetime | None] = [None] * len(values)
    try:
        for index, since in zip(given, seconds(values.take(given)), strict=True):
            instants[index] = datetime.fromtimestamp(int(since), UTC)
    except BadValue as bad:
        raise BadValue(int(given[bad.index]), bad.problem) from None
    return instants


def _attributes(values: Values) -> list[dict[str, Any]]:
    """Converts maps, structs, or texts with JSON objects."""
    found: list[dict[str, Any]] = []
    for index, value in enumerate(values.to_pylist(maps_as_pydicts="lossy")):
        try:
            decoded = msgspec.json.decode(value) if isinstance(value, str | bytes) else value
            given = {} if decoded is None else msgspec.convert(decoded, dict[str, Any])
        except msgspec.MsgspecError as error:
            raise BadValue(index, f"{value!r:.80} is not a JSON object: {error}") from None
        # Every row of a struct column has all fields.
        found.append({key: attribute for key, attribute in given.items() if attribute is not None})
    return found


_CONVERSIONS: dict[str, Callable[[Values], list[Any]]] = {
    **dict.fromkeys(_TEXTS, _texts),
    "price": _prices,
    "in_stock": _flags,
    "created_at": _instants,
    "attributes": _attributes,
}


def _warn(rows: ProductRows, unknown: int) -> None:
    log = structlog.get_logger("indexer")
    textless = sum(number < 0 for number in rows.text_numbers)
    if textless:
        log.warning("products without text can only be recommended from purchases", products=textless)
    if unknown:
        log.warning("dropped purchases of products not in the products file", purchases=unknown)

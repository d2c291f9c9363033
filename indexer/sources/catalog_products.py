"""Reads the catalog's product feed page by page."""

from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, Protocol

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.catalog import Product
from adapters.snapshots.shop_data import ProductData
from indexer import progress
from indexer.embedding import has_own_title, model_of, product_text
from indexer.sources.left_out import MAX_EXAMPLES, LeftOutRecords


class ProductSource(Protocol):
    """All products of a shop."""

    def products(self) -> AsyncIterator[list[Product]]:
        """Pages of products, deleted ones with `deleted_at`.

        Raises:
            adapters.catalog.CatalogError: a page cannot be read.
        """
        ...


@dataclass(slots=True)
class ProductRows:
    """All live products. Every sequence has one entry per product.

    Attributes:
        row_of: product row by product id.
        documents: the product as JSON, as the API returns it.
        categories: category path, or empty.
        brands: brand, or empty.
        prices: price, or NaN.
        created_at: epoch seconds, or NaN.
        in_stock: 1 or 0.
        text_numbers: position in `texts`, −1 for products without text.
        texts: distinct texts.
        model_numbers: position in `model_names`.
        model_names: distinct models, see `model_of`.
        titled: 1 for products with a title of their own, see `has_own_title`.
        pictured: 1 for products with the address of a picture.
    """

    row_of: dict[str, int] = field(default_factory=dict)
    documents: list[bytes] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    prices: "array[float]" = field(default_factory=lambda: array("d"))
    created_at: "array[float]" = field(default_factory=lambda: array("d"))
    in_stock: "array[int]" = field(default_factory=lambda: array("b"))
    text_numbers: "array[int]" = field(default_factory=lambda: array("i"))
    texts: dict[str, int] = field(default_factory=dict)
    model_numbers: "array[int]" = field(default_factory=lambda: array("i"))
    model_names: dict[tuple[str, ...], int] = field(default_factory=dict)
    titled: "array[int]" = field(default_factory=lambda: array("b"))
    pictured: "array[int]" = field(default_factory=lambda: array("b"))

    def __len__(self) -> int:
        return len(self.row_of)

    def add(self, product: Product) -> None:
        """Appends a product, or replaces it if it changed while the feed was read."""
        if product.id in self.row_of:
            self._replace(self.row_of[product.id], product)
            return
        self.row_of[product.id] = len(self.row_of)
        self.documents.append(b"")
        self.categories.append("")
        self.brands.append("")
        self.prices.append(nan)
        self.created_at.append(nan)
        self.in_stock.append(0)
        self.text_numbers.append(-1)
        self.model_numbers.append(-1)
        self.titled.append(0)
        self.pictured.append(0)
        self._replace(self.row_of[product.id], product)

    def select(self, kept: Sequence[int]) -> "ProductRows":
        """Products of the rows `kept`, in that order. Texts keep their numbers."""
        ids = list(self.row_of)
        return ProductRows(
            row_of={ids[row]: place for place, row in enumerate(kept)},
            documents=[self.documents[row] for row in kept],
            categories=[self.categories[row] for row in kept],
            brands=[self.brands[row] for row in kept],
            prices=array("d", (self.prices[row] for row in kept)),
            created_at=array("d", (self.created_at[row] for row in kept)),
            in_stock=array("b", (self.in_stock[row] for row in kept)),
            text_numbers=array("i", (self.text_numbers[row] for row in kept)),
            texts=self.texts,
            model_numbers=array("i", (self.model_numbers[row] for row in kept)),
            model_names=self.model_names,
            titled=array("b", (self.titled[row] for row in kept)),
            pictured=array("b", (self.pictured[row] for row in kept)),
        )

    @property
    def without_text(self) -> int:
        """Number of products without text."""
        return sum(number < 0 for number in self.text_numbers)

    @property
    def variant_groups(self) -> NDArray[np.int32]:
        """Numbers of texts, shape (products,).

        Products with the same text share a number. −1 for products without a title of their own.
        """
        return self._titled(self.text_numbers)

    @property
    def models(self) -> NDArray[np.int32]:
        """Numbers of models, shape (products,).

        Products whose titles differ at most in a color share a number. −1 for products without a title of their own.
        """
        return self._titled(self.model_numbers)

    def _titled(self, numbers: "array[int]") -> NDArray[np.int32]:
        titled = np.array(self.titled, dtype=np.bool_)
        return np.where(titled, np.array(numbers, dtype=np.int32), -1).astype(np.int32)

    def data(self, buyers: NDArray[Any]) -> ProductData:
        """Counts products by stock, missing fields and buyers.

        Args:
            buyers: number of buyers of each product, in any order, shape (products,).
        """
        return ProductData(
            products=len(self),
            in_stock=sum(self.in_stock),
            without_text=self.without_text,
            without_category=sum(not each for each in self.categories),
            without_price=sum(map(isnan, self.prices)),
            without_picture=len(self) - sum(self.pictured),
            never_bought=int((buyers == 0).sum()),
            one_buyer=int((buyers == 1).sum()),
        )

    def _replace(self, row: int, product: Product) -> None:
        text = text_of(product)
        self.documents[row] = msgspec.json.encode(product)
        self.categories[row] = product.category or ""
        self.brands[row] = product.brand or ""
        self.prices[row] = nan if product.price is None else product.price
        self.created_at[row] = nan if product.created_at is None else product.created_at.timestamp()
        self.in_stock[row] = int(product.in_stock)
        self.pictured[row] = int(bool(product.image_url))
        self.titled[row] = int(has_own_title(product.title, product.category, product.brand))
        model = model_of(product.title, product.category, product.brand, product.attributes)
        self.model_numbers[row] = self.model_names.setdefault(model, len(self.model_names))
        self.text_numbers[row] = self.texts.setdefault(text, len(self.texts)) if text else -1


async def read_products(catalog: ProductSource, left_out: LeftOutRecords | None = None) -> ProductRows:
    """Reads the whole product feed. Drops deleted products, and warns of products without text.

    Args:
        catalog: source of the products.
        left_out: counts the deleted ones.

    Returns:
        Products sorted by id, so that the same shop always gives the same snapshot.
    """
    rows = ProductRows()
    deleted: set[str] = set()
    with progress.stage("Reading products", None, "products") as advance:
        async for page in catalog.products():
            for product in page:
                if product.deleted_at is not None:
                    deleted.add(product.id)
                else:
                    deleted.discard(product.id)
                    rows.add(product)
            advance(len(page))
    rows = rows.select([rows.row_of[key] for key in sorted(rows.row_of) if key not in deleted])
    if left_out is not None:
        names = (f"product {each!r}" for each in sorted(deleted)[:MAX_EXAMPLES])
        left_out.add("product", "deleted from the catalog", names, len(deleted))
    warn_of_missing_texts(rows)
    return rows


def warn_of_missing_texts(rows: ProductRows) -> None:
    """Logs a warning if there are products without text."""
    if rows.without_text:
        structlog.get_logger("indexer").warning(
            "products without text can only be recommended from purchases", products=rows.without_text
        )


async def read_texts(
    catalog: ProductSource, wanted: Callable[[str], bool], page_read: Callable[[], None]
) -> list[str]:
    """Reads the distinct texts of all live products that are `wanted`.

    Nothing else is kept in memory.

    Args:
        catalog: source of the products.
        wanted: returns whether to keep a text.
        page_read: called after each page.

    Raises:
        adapters.catalog.CatalogError: the catalog cannot be read.
    """
    texts: dict[str, None] = {}
    with progress.stage("Reading products", None, "products") as advance:
        async for page in catalog.products():
            for product in page:
                text = "" if product.deleted_at else text_of(product)
                if text and wanted(text):
                    texts[text] = None
            advance(len(page))
            page_read()
    return list(texts)


def text_of(product: Product) -> str:
    """Text of a product for the encoder, or empty."""
    return product_text(product.id, product.title, product.description, product.category, product.brand)

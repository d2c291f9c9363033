"""Facts in the manifest about the data of the shop."""

from datetime import datetime
from typing import Literal

import msgspec

UNKNOWN_PRODUCT = "of a product that is not in the catalog"
"""Reason to leave out a purchase."""


class _Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts in a manifest."""


class ProductData(_Facts, frozen=True):
    """Numbers of products of the snapshot.

    Attributes:
        products: all of them.
        in_stock: those that were in stock.
        without_text: those without a title of their own, description, category and brand.
        without_category: those without a category.
        without_price: those without a price.
        without_picture: those without the address of a picture.
        never_bought: those that nobody bought.
        one_buyer: those that one shopper bought, or one order of a guest.
    """

    products: int
    in_stock: int
    without_text: int
    without_category: int
    without_price: int
    without_picture: int
    never_bought: int
    one_buyer: int


class ShopperGroup(_Facts, frozen=True):
    """Shoppers with about the same number of purchases.

    Attributes:
        at_least: smallest number of purchases in the group.
        at_most: largest number, None without a bound.
        shoppers: their number.
    """

    at_least: int
    at_most: int | None
    shoppers: int


class PurchaseData(_Facts, frozen=True):
    """Purchases of the snapshot, as the preview of a file describes them.

    Attributes:
        first: time of the first purchase.
        last: time of the last purchase.
        purchases: all of them, with those of guests.
        guest_purchases: those of no known shopper.
        future: those that were dated ahead. They count as made when the catalog was read.
        shoppers: known shoppers with purchases.
        products: products that were bought.
        orders: orders, 0 without order ids.
        purchases_per_shopper: mean number of purchases of a known shopper.
        largest_shopper_share: share of the purchases that belong to the shopper with most, from 0 to 1.
        bought_once_share: share of the known shoppers with one purchase.
        shopper_groups: known shoppers by their number of purchases.
        period_days: days of one period of `by_period`.
        period_start: midnight (UTC) at which the first period begins.
        by_period: purchases of each period, oldest first. The last one ends with the day of the last purchase.
    """

    first: datetime
    last: datetime
    purchases: int
    guest_purchases: int
    future: int
    shoppers: int
    products: int
    orders: int
    purchases_per_shopper: float
    largest_shopper_share: float
    bought_once_share: float
    shopper_groups: tuple[ShopperGroup, ...]
    period_days: int
    period_start: datetime
    by_period: tuple[int, ...]


class LeftOut(_Facts, frozen=True):
    """Records of the catalog that are left out for one reason.

    Attributes:
        kind: kind of the records.
        reason: the reason, in a few words.
        records: their number.
        examples: names of the first three. They never hold the id of a shopper.
        invalid: whether they break the contract of the catalog, and count against INDEXER_MAX_REJECTED_SHARE.
    """

    kind: Literal["product", "purchase"]
    reason: str
    records: int
    examples: tuple[str, ...]
    invalid: bool


class LoadedFile(_Facts, frozen=True):
    """A file that the catalog loaded.

    Attributes:
        name: its name without folders.
        role: what it lists: purchases, orders, products or users.
        format: such as "CSV".
        rows: its rows, with those that were left out.
    """

    name: str
    role: str
    format: str
    rows: int


class LeftOutRows(_Facts, frozen=True):
    """Rows that a load left out for one reason.

    Attributes:
        reason: the reason, in a few words.
        rows: their number.
        examples: file and line of the first three.
        unreadable: whether the rows are faulty.
    """

    reason: str
    rows: int
    examples: tuple[str, ...]
    unreadable: bool


class Load(_Facts, frozen=True):
    """Files that the catalog loaded together, as their preview describes them.

    Attributes:
        loaded_at: time of the load.
        files: the files.
        skipped_files: files that were not used, with the reason.
        rows: rows of the files of purchases. They are `purchases` and those left out.
        purchases: rows that are purchases.
        left_out: rows that were left out, by reason.
        noticed: what is notable in rows, with numbers.
        unused_columns: columns that were not used.
        hints: what would improve the recommendations.
    """

    loaded_at: datetime
    files: tuple[LoadedFile, ...]
    skipped_files: tuple[str, ...]
    rows: int
    purchases: int
    left_out: tuple[LeftOutRows, ...]
    noticed: tuple[str, ...]
    unused_columns: tuple[str, ...]
    hints: tuple[str, ...]


class ShopData(_Facts, frozen=True):
    """Facts about the shop's data.

    The purchases of the catalog are those of `purchases` and those left out: none is lost uncounted.

    Attributes:
        products: numbers of products. A refresh counts them again.
        purchases: the purchases of the build, None without any.
        left_out: records of the build that were left out, the most frequent reason first.
        loads: the latest loads of files before the build, newest first. Empty for a catalog that reads no files.
    """

    products: ProductData
    purchases: PurchaseData | None
    left_out: tuple[LeftOut, ...]
    loads: tuple[Load, ...] = ()

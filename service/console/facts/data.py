"""The shop's data behind the live snapshot, and what is missing in it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
import numpy as np

from adapters.snapshots import Manifest
from adapters.snapshots.manifest import Counts
from adapters.snapshots.shop_data import UNKNOWN_PRODUCT, LeftOut, Load, ProductData, PurchaseData, ShopData
from recommender.snapshot import Snapshot
from service.console.facts.catalog_map import main_categories
from service.snapshots.live import LiveSnapshot, Serving

MAX_CATEGORIES = 20
OLD_DAYS = 30
"""Age of the latest purchase from which it is worth a word."""

LARGE_SHARE = 0.05
"""Share of one shopper from which it is worth a word, as in the preview of a file."""

_MIN_PURCHASES = 100
_MOST = 0.5


class Finding(msgspec.Struct, frozen=True):
    """Something to know about the data.

    Attributes:
        level: `problem` for what makes recommendations worse, `notice` for what is good to know.
        text: what it is, with numbers.
        advice: what follows, and what to do.
    """

    level: Literal["problem", "notice"]
    text: str
    advice: str


class CategorySales(msgspec.Struct, frozen=True):
    """A main category.

    Attributes:
        name: its name, as on the map.
        products: number of its products.
        purchases: their purchases in the last 26 weeks. Null if an earlier release built the snapshot.
    """

    name: str
    products: int
    purchases: int | None


class DataView(msgspec.Struct, frozen=True):
    """The shop's data that the live snapshot was built from.

    Attributes:
        snapshot_version: the live snapshot.
        created: time of its build or refresh.
        refresh_of: the build that it refreshes, null for a build.
        findings: what to know about the data, problems first.
        counts: sizes of the snapshot's tables.
        purchases: numbers of purchases, null without any, or if an earlier release built the snapshot.
        left_out: records of the catalog that the build left out, the most frequent reason first.
        loads: the catalog's latest loads of files before the build, newest first, at most 5.
        products: numbers of products, null if an earlier release built the snapshot.
        categories: main categories, as on the map, at most 20, those that sell most first.
    """

    snapshot_version: str
    created: datetime
    refresh_of: str | None
    findings: list[Finding]
    counts: Counts
    purchases: PurchaseData | None
    left_out: tuple[LeftOut, ...]
    loads: tuple[Load, ...]
    products: ProductData | None
    categories: list[CategorySales]


@dataclass(slots=True)
class DataFacts:
    """Answers about the data of the live snapshot.

    Attributes:
        live: the snapshot of this pod.
    """

    live: LiveSnapshot
    _view: DataView | None = None

    async def read(self) -> DataView:
        """The data of the live snapshot.

        Raises:
            NothingToServe: no snapshot is loaded.
        """
        serving, view = self.live.serving, self._view
        if view is None or view.snapshot_version != serving.manifest.version:
            view = self._view = await asyncio.to_thread(_view, serving)
        return view


def _view(serving: Serving) -> DataView:
    manifest, data = serving.manifest, serving.manifest.data
    return DataView(
        manifest.version,
        manifest.created,
        manifest.refresh_of,
        findings(manifest),
        manifest.counts,
        data.purchases if data else None,
        data.left_out if data else (),
        data.loads if data else (),
        data.products if data else None,
        category_sales(serving.snapshot)[:MAX_CATEGORIES],
    )


def category_sales(snapshot: Snapshot) -> list[CategorySales]:
    """Main categories, those that sell most first, or the largest if sales are unknown."""
    groups, group_of = main_categories(snapshot)
    if snapshot.weekly_purchases is None:
        return [CategorySales(each.name, each.products, None) for each in groups]
    grouped = group_of < len(groups)
    sold = snapshot.weekly_purchases.sum(axis=1, dtype=np.int64)
    sums = np.bincount(group_of[grouped], weights=sold[grouped], minlength=len(groups))
    found = [
        CategorySales(each.name, each.products, int(count)) for each, count in zip(groups, sums, strict=True)
    ]
    return sorted(found, key=lambda each: -(each.purchases or 0))


def findings(manifest: Manifest) -> list[Finding]:
    """Findings about the data of a snapshot, problems first."""
    data = manifest.data
    if data is None:
        text = "An earlier release built this snapshot. It recorded only the numbers below."
        return [Finding("notice", text, "Run python -m indexer build. The next build has all of them.")]
    found = [
        *_of_records(data),
        *_of_purchases(data.purchases, manifest.created),
        *_of_products(data.products),
    ]
    return sorted(found, key=lambda each: each.level == "notice")


def _of_records(data: ShopData) -> Iterator[Finding]:
    invalid = sum(each.records for each in data.left_out if each.invalid)
    unknown = sum(each.records for each in data.left_out if each.reason == UNKNOWN_PRODUCT)
    if invalid:
        yield Finding(
            "problem",
            f"{_count(invalid, 'record')} of the catalog could not be read.",
            "They are left out. The table below says why, and names the first ones to correct.",
        )
    if unknown:
        yield Finding(
            "problem",
            f"{_count(unknown, 'purchase')} {_be(unknown)} of products that the catalog does not have.",
            "Nothing is learned from them. Keep a product that is no longer sold in the catalog, as sold out.",
        )
    if data.loads:
        yield from _of_rows(data.loads[0])


def _of_rows(load: Load) -> Iterator[Finding]:
    unreadable = sum(each.rows for each in load.left_out if each.unreadable)
    if unreadable:
        yield Finding(
            "problem",
            f"{unreadable:,} of {_count(load.rows, 'row')} of the files loaded last could not be read.",
            "They were not loaded. The table below says why, and names the first lines to correct.",
        )


def _of_purchases(purchases: PurchaseData | None, built: datetime) -> Iterator[Finding]:
    if purchases is None:
        text = "There are no purchases."
        advice = "Similar products come from texts alone, and nothing is popular. Load purchases, then build again."
        yield Finding("problem", text, advice)
        return
    days = (built - purchases.last).days
    if days >= OLD_DAYS:
        yield Finding(
            "problem",
            f"The latest purchase was {days:,} days old when this was built.",
            "Popular and trending products are those of that time. Check that the catalog still gets purchases.",
        )
    if purchases.future:
        yield Finding(
            "problem",
            f"{_count(purchases.future, 'purchase')} {_be(purchases.future)} dated ahead.",
            "They count as made on the day of the build. Check the clock and the time zone of what records them.",
        )
    if not purchases.orders:
        yield Finding(
            "notice",
            "Purchases have no ids of orders.",
            "Products count as bought together if one shopper buys them on one day. Add order_id to purchases.",
        )
    yield from _of_shoppers(purchases)


def _of_shoppers(purchases: PurchaseData) -> Iterator[Finding]:
    if not purchases.shoppers:
        text = "No purchase has a shopper."
        advice = (
            "Only popular products and those bought together can be recommended. Add user_id to purchases."
        )
        yield Finding("problem", text, advice)
        return
    if purchases.largest_shopper_share > LARGE_SHARE and purchases.purchases >= _MIN_PURCHASES:
        yield Finding(
            "problem",
            f"One shopper has {purchases.largest_shopper_share:.0%} of all purchases.",
            "If it is a till or a placeholder, load the purchases without it, or without their shopper.",
        )
    if purchases.bought_once_share >= _MOST:
        yield Finding(
            "notice",
            f"{purchases.bought_once_share:.0%} of the shoppers bought once.",
            "Their lists follow from one product. Views and carts, sent as events, tell more about them.",
        )


def _of_products(products: ProductData) -> Iterator[Finding]:
    gaps: tuple[tuple[Literal["problem", "notice"], int, str, str], ...] = (
        (
            "problem",
            products.without_text,
            "text",
            "They can only be found by purchases. Give them a title, and a description if there is one.",
        ),
        (
            "problem",
            products.without_category,
            "category",
            "Filters and lists of a category leave them out. Give them one.",
        ),
        ("problem", products.without_price, "price", "Filters by price leave them out. Give them one."),
        (
            "notice",
            products.without_picture,
            "picture",
            "The console shows colored tiles instead. Give them an image_url if your pages take pictures from here.",
        ),
    )
    for level, missing, what, advice in gaps:
        if missing == products.products:
            yield Finding(level, f"No product has a {what}.", advice)
        elif missing:
            have = "has" if missing == 1 else "have"
            yield Finding(level, f"{missing:,} of {products.products:,} products {have} no {what}.", advice)
    sold_out = products.products - products.in_stock
    if sold_out > _MOST * products.products:
        yield Finding(
            "problem",
            f"{sold_out:,} of {products.products:,} products are sold out.",
            "Check in_stock in the catalog. Lists with the filter for stock have little to choose from.",
        )
    if products.never_bought:
        yield Finding(
            "notice",
            f"Nobody bought {products.never_bought:,} of {products.products:,} products.",
            "They are recommended by their text, and with a share of each page, until somebody buys them.",
        )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _be(number: int) -> str:
    return "is" if number == 1 else "are"

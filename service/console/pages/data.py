"""The page of the shop's data, and what is missing in it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from adapters.snapshots.shop_data import ProductData, PurchaseData, ShopperGroup
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.gaps import Gap
from service.console.pages.products import GAP_LABELS
from service.console.rendering.page import Page, day, number, page
from service.http.middleware.authentication import CONSOLE


@dataclass(frozen=True, slots=True)
class PurchasePlot:
    """Purchases over time.

    Attributes:
        columns: number and label of each period, oldest at the left.
        first, last: days of its ends.
        summary: the plot in words.
    """

    columns: list[tuple[int, str]]
    first: str
    last: str
    summary: str


@dataclass(frozen=True, slots=True)
class GapLine:
    """A line of the table of products.

    Attributes:
        label: the products.
        lacking: what they lack, for the address of their list.
        products: their number.
        share: of all products, from 0 to 1.
        meaning: what follows for recommendations.
    """

    label: str
    lacking: Gap
    products: int
    share: float
    meaning: str


def purchase_plot(purchases: PurchaseData) -> PurchasePlot:
    """Columns of the purchases over time."""
    columns = [
        (count, f"{_period(purchases, place)}: {number(count)} purchases")
        for place, count in enumerate(purchases.by_period)
    ]
    most = max(purchases.by_period)
    peak = purchases.by_period.index(most)
    size = "day" if purchases.period_days == 1 else f"{purchases.period_days} days"
    summary = f"Purchases per {size}. The most are {number(most)}, {_period(purchases, peak)}."
    return PurchasePlot(columns, day(purchases.first), day(purchases.last), summary)


def gaps(products: ProductData) -> list[GapLine]:
    """Lines of the table of products."""
    lines: tuple[tuple[Gap, int, str], ...] = (
        ("stock", products.products - products.in_stock, "Left out by the filter for stock."),
        ("text", products.without_text, "Found by purchases only."),
        ("category", products.without_category, "On no list of a category."),
        ("price", products.without_price, "Left out by filters of price."),
        ("picture", products.without_picture, "Shown as a colored tile here."),
        ("buyers", products.never_bought, "Found by text only."),
        ("second_buyer", products.one_buyer, "Mostly found by text."),
    )
    all_products = max(1, products.products)
    return [GapLine(GAP_LABELS[gap], gap, count, count / all_products, text) for gap, count, text in lines]


def _group_name(group: ShopperGroup) -> str:
    """The name of a group, such as `3 to 5`."""
    if group.at_most is None:
        return f"{group.at_least} or more"
    return str(group.at_least) if group.at_least == group.at_most else f"{group.at_least} to {group.at_most}"


def _period(purchases: PurchaseData, place: int) -> str:
    start = purchases.period_start + timedelta(days=place * purchases.period_days)
    if purchases.period_days == 1:
        return f"on {day(start)}"
    return f"from {day(start)} to {day(start + timedelta(days=purchases.period_days - 1))}"


@get(f"{CONSOLE}/data", include_in_schema=False)
async def data_page(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """The data behind the live snapshot, and its gaps."""
    found = await facts.data.read()
    purchases = found.purchases
    return page(
        request,
        "data.html",
        found=found,
        plot=purchase_plot(purchases) if purchases else None,
        groups=[(_group_name(each), each.shoppers) for each in purchases.shopper_groups] if purchases else [],
        gaps=gaps(found.products) if found.products else [],
    )

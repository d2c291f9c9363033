"""Answers of the console as JSON, for staff.

They reach the data of every shopper.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, Parameter

from recommender.entities import Query
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.data import DataView
from service.console.facts.gaps import Gap
from service.console.facts.live import LiveView
from service.console.facts.product import ProductView
from service.console.facts.search import MAX_SCANNED, FoundProducts
from service.console.facts.shoppers.audience import AudienceView
from service.console.facts.shoppers.directory import ShopperListView
from service.console.facts.shoppers.shopper import ShopperView
from service.http.problems import InvalidParameter
from service.routes.parameters import (
    DEFAULT_LIMIT,
    IncludePurchased,
    Limit,
    ListParameters,
    checked_ids,
)
from service.routes.request_checks import check_request

MAX_AND_BOUGHT = 20

AndBought = Annotated[
    list[str] | None,
    Parameter(
        description="Ids of products that the shopper would buy now, separated by commas as in `exclude`, at most 20. "
        "Each personal list then has its new state in `after`, and one more list completes a basket of them. "
        "Nothing is stored."
    ),
]


Words = Annotated[
    str | None,
    Parameter(
        min_length=1,
        max_length=200,
        description="Words of the title, all of them, in any order and case, or a product id.",
    ),
]


Offset = Annotated[
    int,
    Parameter(
        ge=0,
        le=MAX_SCANNED,
        description="Number of products to leave out at the beginning: `next_offset` of the previous page. A new "
        "snapshot may move products between pages.",
    ),
]


Lacking = Annotated[
    Gap | None,
    Parameter(
        description="Only products that lacked this when the snapshot was built. Without text, a product has no title "
        "of its own, description, category and brand. Without a second buyer, it was bought by one shopper."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCall(ListParameters):
    """A call for lists with their explanations."""

    facts: NamedDependency[ConsoleFacts]

    @property
    def query(self) -> Query:
        """The query for the core. Raises InvalidParameter."""
        filters = self.filters(self.facts.products.recommendations)
        return Query(self.limit, filters, diversity=self.diversity, explain=True)


EXPLAINED_CALL = {"call": Provide(ExplainedCall, sync_to_thread=False)}
"""Dependencies of routes that answer with explained lists."""


@get("/shoppers", summary="Known shoppers")
async def known_shoppers(
    facts: NamedDependency[ConsoleFacts], limit: Limit = DEFAULT_LIMIT
) -> ShopperListView:
    """Shoppers to look at, the latest first, and a random one.

    They come from the service's database, and from the catalog's latest purchases while that knows few.
    """
    return await facts.directory.known(limit)


@get(
    "/shoppers/{shopper_id:str}",
    summary="A shopper, and why they see what they see",
    dependencies=EXPLAINED_CALL,
)
async def shopper_in_console(
    call: NamedDependency[ExplainedCall],
    shopper_id: FromPath[str],
    include_purchased: IncludePurchased = False,
    and_bought: AndBought = None,
) -> ShopperView:
    """The shopper's actions and preferences, and every list with terms and contributions.

    An unknown or erased shopper is a 404. Nothing here counts as shown to the shopper.
    """
    bought = checked_ids("and_bought", and_bought or ())
    if len(bought) > MAX_AND_BOUGHT:
        raise InvalidParameter(
            "and_bought", f"it names {len(bought)} products; at most {MAX_AND_BOUGHT} are allowed"
        )
    query = replace(call.query, include_purchased=include_purchased)
    return await call.facts.shoppers.read(shopper_id, query, bought)


@get("/products", summary="Products by words of their title, or by what they lack")
async def products_by_words(
    facts: NamedDependency[ConsoleFacts],
    words: Words = None,
    lacking: Lacking = None,
    limit: Limit = DEFAULT_LIMIT,
    offset: Offset = 0,
) -> FoundProducts:
    """Products with all of the words in their title, the most popular first.

    A product whose id is given comes first, unless `lacking` is. In a large catalog, the 200,000 most popular products
    are searched.
    """
    return await facts.search.find(words or "", limit, lacking, offset)


@get(
    "/products/{product_id:str}",
    summary="A product, how it sells and what goes with it",
    dependencies=EXPLAINED_CALL,
)
async def product_in_console(call: NamedDependency[ExplainedCall], product_id: FromPath[str]) -> ProductView:
    """The newest description, statistics, weekly purchases, and similar and bought-together products."""
    return await call.facts.products.read(product_id, call.query)


@get("/products/{product_id:str}/shoppers", summary="Shoppers who are shown a product")
async def audience_of_product(
    facts: NamedDependency[ConsoleFacts], product_id: FromPath[str]
) -> AudienceView:
    """Known shoppers whose first page of personal recommendations holds the product.

    Up to 500 known shoppers are checked, for at most two seconds.
    """
    return await facts.audiences.read(product_id)


@get("/live", summary="The last minutes of this pod")
async def live_in_console(facts: NamedDependency[ConsoleFacts]) -> LiveView:
    """Requests, answers and errors of this pod in the last minutes."""
    return facts.live.read()


@get("/data", summary="The shop's data behind the snapshot")
async def data_in_console(facts: NamedDependency[ConsoleFacts]) -> DataView:
    """Purchases, shoppers and products that the snapshot was built from.

    `findings` say what is missing and what to do, and `left_out` which records could not be used, and why.
    """
    return await facts.data.read()


console_routes = Router(
    path="/v1/console",
    route_handlers=[
        known_shoppers,
        shopper_in_console,
        products_by_words,
        product_in_console,
        audience_of_product,
        live_in_console,
        data_in_console,
    ],
    before_request=check_request,
    tags=["console"],
)

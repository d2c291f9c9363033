"""Lists with their explanations, as staff see them."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from recommender.entities import Interaction, Query, SessionContext
from recommender.scenarios.for_you import for_you
from service.recommendations.names import Scenario, Strategy
from service.recommendations.paging import ListRequest
from service.recommendations.responses import ItemView, ListResponse, Presentation, UnknownFilterView
from service.recommendations.service import Recommendations
from service.recommendations.viewers import Viewer

WITH_PRODUCTS = Presentation(expand=True)
"""Each item has its product."""

SharedAnswer = Callable[[Query, Presentation, Viewer], Awaitable[ListResponse]]
"""Answers with a list that belongs to no shopper."""


class ListAfter(msgspec.Struct, frozen=True):
    """A list as it would be after further purchases.

    Attributes:
        strategy: how it would be made.
        items: best first.
        entered, left: ids of products that only the new or only the old list holds, in its order.
    """

    strategy: Strategy
    items: list[ItemView]
    entered: list[str]
    left: list[str]


class ConsoleList(msgspec.Struct, frozen=True):
    """A list with its explanations. It carries no recommendation id: nobody is shown it.

    Attributes:
        scenario: the kind of list.
        strategy: how the first item was found.
        snapshot_version: the snapshot that the items come from.
        items: best first, each with its product, terms and contributions.
        unknown_filters: categories and brands of the filters that no product has. Absent if there are none.
        after: the list after the purchases in `and_bought`. Absent without them.
    """

    scenario: Scenario
    strategy: Strategy
    snapshot_version: str
    items: list[ItemView]
    unknown_filters: list[UnknownFilterView] | UnsetType = UNSET
    after: ListAfter | UnsetType = UNSET

    @classmethod
    def of(cls, answered: ListResponse, after: ListResponse | None = None) -> "ConsoleList":
        """The list of an answer, and what becomes of it."""
        view = answered.view
        return cls(
            view.scenario,
            view.strategy,
            view.snapshot_version,
            view.items,
            view.unknown_filters,
            UNSET if after is None else _changes(answered, after),
        )


async def shared_list(
    recommendations: Recommendations, answer: SharedAnswer, query: Query, viewer: Viewer
) -> ConsoleList:
    """A list that belongs to no shopper, made in one time slice."""
    await recommendations.slices.take()
    return ConsoleList.of(await answer(query, WITH_PRODUCTS, viewer))


async def session_list(
    recommendations: Recommendations,
    scenario: Literal["basket", "session"],
    query: Query,
    picked: Sequence[str],
    viewer: Viewer,
) -> ConsoleList:
    """A list for products in the basket, or for products that were viewed."""
    now, kind = recommendations.clock(), "cart" if scenario == "basket" else "view"
    actions = tuple(Interaction(product_id, now, kind) for product_id in picked)
    session = SessionContext(actions, tuple(picked) if scenario == "basket" else ())
    page = partial(for_you, session=session)
    request = ListRequest.of(scenario, list(picked), query, WITH_PRODUCTS)
    return ConsoleList.of(await recommendations.personal(request, viewer, page, recommendations.slices.take))


def _changes(now: ListResponse, after: ListResponse) -> ListAfter:
    before, later = ([item.product_id for item in each.view.items] for each in (now, after))
    return ListAfter(
        after.view.strategy,
        after.view.items,
        [product_id for product_id in later if product_id not in before],
        [product_id for product_id in before if product_id not in later],
    )

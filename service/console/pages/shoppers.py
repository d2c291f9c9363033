"""Pages of shoppers: finding one, and one with all lists."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.catalog import id_fault
from adapters.database import DatabaseError
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.shoppers.directory import ShopperListView
from service.console.facts.shoppers.shopper import UnknownShopper
from service.console.pages.errors import error_page, is_fragment
from service.console.rendering.addresses import SHOPPERS, shopper_address
from service.console.rendering.explained_lists import list_values
from service.console.rendering.list_controls import choices, read_controls
from service.console.rendering.page import Page, page, redirect
from service.console.rendering.timelines import HEIGHT, KINDS, WIDTH, timeline_of

_LISTED = 60


@get(SHOPPERS, include_in_schema=False)
async def shoppers(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]
) -> Page | Response[bytes]:
    """Known shoppers.

    The query's `user_id` leads to that shopper, and `random` to any.
    """
    given = request.query_params.get("user_id", "").strip()
    if fault := id_fault(given) if given else None:
        text = f"No shopper has this id, because it {fault}."
        return error_page(request, 404, "Unknown shopper", text, ("Find another shopper", SHOPPERS))
    if given:
        return redirect(request, shopper_address(given))
    known = await known_shoppers(facts, _LISTED)
    if "random" in request.query_params and known is not None and known.random_user_id is not None:
        return redirect(request, shopper_address(known.random_user_id))
    return page(request, "shoppers.html", known=known)


async def known_shoppers(facts: ConsoleFacts, limit: int) -> ShopperListView | None:
    """The latest known shoppers, None while the database fails."""
    try:
        return await facts.directory.known(limit)
    except DatabaseError:
        return None


@get(f"{SHOPPERS}/{{shopper_id:str}}", include_in_schema=False)
async def shopper(
    request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts], shopper_id: FromPath[str]
) -> Page:
    """One shopper: what they did, and every list with its explanation.

    Scripts ask for the lists alone, with changed controls.
    """
    controls = read_controls(request)
    try:
        view = await facts.shoppers.read(shopper_id, controls.query(), controls.picked)
    except UnknownShopper as error:
        text = f"{error.detail} An erased shopper is unknown, too."
        return error_page(request, 404, "Unknown shopper", text, ("Find another shopper", SHOPPERS))
    serving = facts.shoppers.recommendations.live.serving
    values = list_values(serving, view.lists, controls, view.degraded) | {
        "view": view,
        "picked_text": "As if this shopper had just bought",
        "hint": "With “If this shopper bought it” you see how the lists change, and what completes the basket.",
        "pick_label": "If this shopper bought it",
        "found": None,
    }
    if is_fragment(request):
        return page(request, "lists.html", **values)
    return page(
        request,
        "shopper.html",
        timeline=timeline_of(view.timeline, view.interactions),
        kinds=KINDS,
        drawing=(WIDTH, HEIGHT),
        **choices(serving, controls),
        **values,
    )

"""The page of a guest, who clicks a basket together."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from service.console.facts.console_facts import ConsoleFacts
from service.console.pages.errors import is_fragment
from service.console.rendering.explained_lists import list_values
from service.console.rendering.list_controls import choices, read_controls
from service.console.rendering.page import Page, page
from service.http.middleware.authentication import CONSOLE

GUEST = f"{CONSOLE}/guest"
_MAX_WORDS = 100
_FOUND = 8


@get(GUEST, include_in_schema=False)
async def guest(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """Lists for the products of a basket, and a search for more products."""
    controls = read_controls(request)
    words = request.query_params.get("words", "").strip()[:_MAX_WORDS]
    view = await facts.guests.read(controls.query(), controls.picked)
    found = await facts.search.find(words, _FOUND) if words else None
    serving = facts.guests.recommendations.live.serving
    values = list_values(serving, view, controls) | {
        "picked_text": "In the basket",
        "hint": "",
        "pick_label": "Put into the basket",
        "found": found,
        "words": words,
    }
    if is_fragment(request):
        return page(request, "lists.html", **values)
    return page(request, "guest.html", **choices(serving, controls), **values)

"""The page of what the pod does now."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.live import SAMPLES
from service.console.pages.errors import is_fragment
from service.console.pages.explained_lists import STRATEGIES, TITLES
from service.console.pages.rendering import Page, page
from service.http.authentication import CONSOLE
from service.http.telemetry import UNMATCHED


@get(f"{CONSOLE}/live", include_in_schema=False)
async def live_page(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """Requests, answers and errors of the last minutes.

    A script asks for the part that changes.
    """
    template = "live_fragment.html" if is_fragment(request) else "live.html"
    return page(
        request,
        template,
        live=facts.live.read(),
        samples=SAMPLES,
        strategies=STRATEGIES,
        titles=TITLES,
        unmatched=UNMATCHED,
    )

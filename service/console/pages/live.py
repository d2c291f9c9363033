"""The page of what the pod does now."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.live import SAMPLES, ProblemFacts
from service.console.pages.errors import is_fragment
from service.console.rendering.explained_lists import STRATEGIES, TITLES
from service.console.rendering.page import Page, page
from service.http.middleware.authentication import CONSOLE
from service.http.middleware.telemetry import UNMATCHED

_STRATEGIES = {
    **{scenario: title.lower() for scenario, (title, _) in TITLES.items()},
    "related": "bought by the same shoppers",
    **STRATEGIES,
}
"""Strategies in words, whatever list they are of."""


@get(f"{CONSOLE}/live", include_in_schema=False)
async def live_page(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """Requests, answers and errors of the last minutes.

    A script asks for the part that changes.
    """
    template = "live_fragment.html" if is_fragment(request) else "live.html"
    live = facts.live.read()
    return page(
        request,
        template,
        live=live,
        problems=_runs(live.problems),
        samples=SAMPLES,
        strategies=_STRATEGIES,
        titles=TITLES,
        unmatched=UNMATCHED,
    )


def _runs(problems: Iterable[ProblemFacts]) -> list[tuple[ProblemFacts, int]]:
    """The first of each run of equal problems, and the length of the run.

    A client that repeats a wrong call would fill the page.
    """
    runs = groupby(problems, lambda each: (each.method, each.route, each.status, each.code))
    return [(found[0], len(found)) for found in (list(run) for _, run in runs)]

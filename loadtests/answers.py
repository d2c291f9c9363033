"""Checks of the service's answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

OFFERED_AGAIN = "a product is offered again right after it was bought"

Content = Mapping[str, Any]
Check = Callable[[Content], str]
"""Checks the content of a successful answer. Returns its fault, or an empty string."""


@dataclass(frozen=True)
class Page:
    """A list of products, best first, with the id of the recommendation."""

    products: tuple[str, ...] = ()
    recommendation_id: str | None = None


def parse_answer(status: int, body: bytes | None, check: Check) -> tuple[Content, str]:
    """Parses and checks an answer.

    Args:
        status: HTTP status.
        body: body of the answer, if any.
        check: an additional check of the content.

    Returns:
        The content and an empty fault, or no content and the fault for Locust's statistics.
    """
    try:
        content = json.loads(body or b"")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        return {}, f"{status} without a JSON object"
    if status >= 400:
        return {}, f"{status} {content.get('title', '')}".strip()
    fault = check(content)
    return ({}, fault) if fault else (content, "")


def accept_any(_: Content) -> str:
    """Accepts any content."""
    return ""


def all_events_accepted(content: Content) -> str:
    """Rejects a batch in which an event was rejected.

    The status of the batch itself is a success even then.
    """
    rejected = [entry for entry in content.get("results", ()) if entry["status"] >= 400]
    return f"some events were rejected: {rejected[0]['status']}" if rejected else ""


def does_not_offer(product: str) -> Check:
    """A check that the page does not have the product.

    A page that was made without the database passes, because it cannot know recent purchases.
    """

    def check(content: Content) -> str:
        offered = product in page_of(content).products and "database" not in content.get("degraded", ())
        return OFFERED_AGAIN if offered else ""

    return check


def page_of(content: Content) -> Page:
    """The products of an answer. The page is empty when the call failed."""
    products = tuple(item["product_id"] for item in content.get("items", ()))
    return Page(products, content.get("recommendation_id"))

"""What a call brought: its content, or what was wrong with it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

OFFERED_AGAIN = "a product is offered again right after it was bought"

Content = Mapping[str, Any]
Fault = Callable[[Content], str]
"""Looks at the content of an answer with a good status; what is wrong with it, empty when nothing is."""


@dataclass(frozen=True)
class Page:
    """A list of products, the best first, and the id by which the service knows what it showed."""

    products: tuple[str, ...] = ()
    recommendation_id: str | None = None


def content_of(status: int, body: bytes | None, fault: Fault) -> tuple[Content, str]:
    """An answer's content and no fault, or no content and what Locust should count.

    Args:
        status: of the answer.
        body: of the answer; None when it had none.
        fault: what else has to hold.
    """
    try:
        content = json.loads(body or b"")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        return {}, f"{status}, and no JSON object"
    if status >= 400:
        return {}, f"{status} {content.get('title', '')}".strip()
    found = fault(content)
    return ({}, found) if found else (content, "")


def nothing_wrong(_: Content) -> str:
    """Any content will do."""
    return ""


def some_events_refused(content: Content) -> str:
    """A batch of events is answered with a good status even when some of them were refused."""
    refused = [entry for entry in content.get("results", ()) if entry["status"] >= 400]
    return f"some events were refused: {refused[0]['status']}" if refused else ""


def offers(product: str) -> Fault:
    """That the page has the product on it. One that says that it was made without the database could not know."""

    def fault(content: Content) -> str:
        offered = product in page_of(content).products and "database" not in content.get("degraded", ())
        return OFFERED_AGAIN if offered else ""

    return fault


def page_of(content: Content) -> Page:
    """The products of an answer; an empty page where the call failed."""
    products = tuple(item["product_id"] for item in content.get("items", ()))
    return Page(products, content.get("recommendation_id"))

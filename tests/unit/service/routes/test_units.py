"""The units on docs/security/limits.md are those that calls take."""

import re
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest
from litestar.types import Scope

from service.routes.access import LOGOUT, PAGES
from service.routes.units import call_units

PAGE = (Path(__file__).parents[4] / "docs/security/limits.md").read_text()
TEMPLATES = {
    "popular": "/v1/popular",
    "similar": "/v1/products/{product_id}/similar",
    "for-you, 30 purchases": "/v1/users/{user_id}/recommendations",
    "for-you, 557 purchases": "/v1/users/{user_id}/recommendations",
}
QUERIES = {
    "20 items": "limit=20",
    "100 items": "limit=100",
    "20 items, explained": "limit=20&explain=true",
    "100 items, explained, expanded": "limit=100&explain=true&expand=product",
    "100 items, diverse": "limit=100&diversity=0.5",
}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("call", TEMPLATES)
def test_units_of_the_page_are_taken(call: str, query: str) -> None:
    row = re.search(rf"^\| {call}, {query} \| [\d.]+ \| (\d+) \|$", PAGE, re.MULTILINE)
    assert row is not None
    scope = {
        "type": "http",
        "method": "GET",
        "path_template": TEMPLATES[call],
        "query_string": QUERIES[query].encode(),
    }
    assert call_units(cast("Scope", scope)) == int(row[1])


@pytest.mark.parametrize("limit", ["1e2", "100.0", "1E+2", "1000", "\u0661\u0660\u0660"])
def test_unusual_spelling_of_a_limit_takes_the_most_units(limit: str) -> None:
    query = f"limit={quote(limit)}&explain=true"
    scope = {"type": "http", "method": "GET", "path_template": TEMPLATES["popular"]}
    most = call_units(cast("Scope", scope | {"query_string": b"limit=100&explain=true"}))
    assert call_units(cast("Scope", scope | {"query_string": query.encode()})) == most


CHEAP_PAGES = {LOGOUT, "/console/map", "/console/live", "/console/{path}"}


@pytest.mark.parametrize(("method", "template"), [page for page, scope in PAGES.items() if scope])
def test_pages_of_the_console_have_units(method: str, template: str) -> None:
    scope = {"type": "http", "method": method, "path_template": template, "query_string": b""}
    assert (call_units(cast("Scope", scope)) > 1) == (template not in CHEAP_PAGES)


@pytest.mark.parametrize(
    ("query", "cheaper"), [(b"", False), (b"a=1&user_id=", False), (b"user_id=u1", True)]
)
def test_comparison_of_a_sample_takes_more_units_than_that_of_a_shopper(query: bytes, cheaper: bool) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path_template": "/v1/console/snapshots/compare",
        "query_string": query,
    }
    assert (call_units(cast("Scope", scope)) < 1_000) == cheaper

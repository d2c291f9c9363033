"""Reasons that name products without a title."""

import re
from collections.abc import Iterator

import msgspec
import pytest

from service.routes.access import ACCESS
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

LISTS = sorted(
    path
    for method, path in ACCESS
    if method == "GET" and not re.search("preferences|profile|snapshot|console", path)
)


@pytest.fixture(scope="module", params=["", "  ", " \n Two\t words "])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list = [
        msgspec.structs.replace(product, title=request.param) for product in catalog.product_list
    ]
    with served_shop(catalog, tmp_path_factory.mktemp("shop")) as running:
        yield running


def assert_sentences(items: list[dict[str, dict[str, str]]]) -> None:
    for item in items:
        text = item["reason"]["text"]
        assert text == " ".join(text.split())
        assert not text.endswith(("to", "bought", "at", "with", "and"))
        assert "another another" not in text


@pytest.mark.parametrize("path", LISTS)
def test_every_reason_is_a_sentence(served: ServedShop, path: str) -> None:
    assert_sentences(served.items(path.format(user_id="u1", product_id="p1"), limit=50))


def test_reasons_of_a_session_are_sentences(served: ServedShop) -> None:
    for kind in ("view", "click", "cart", "purchase"):
        body = {"interactions": [{"product_id": f"p{each}", "kind": kind} for each in (1, 2, 31)]}
        items = served.post("/v1/recommendations", body).json()["items"]
        assert any(item["reason"]["because"] for item in items)
        assert_sentences(items)
    assert_sentences(served.post("/v1/recommendations", {"basket": ["p1", "p2"]}).json()["items"])

"""Empty filter values and names that no product has."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

LISTS = [
    "/v1/products/{product_id}/similar", "/v1/products/{product_id}/bought-together", "/v1/popular", "/v1/trending",
    "/v1/new-arrivals", "/v1/users/{user_id}/recommendations", "/v1/users/{user_id}/buy-again",
]  # fmt: skip
PARAMETERS = (
    "limit", "cursor", "category", "brand", "price_min", "price_max", "in_stock", "strict_filtering", "diversity",
    "explain", "expand",
)  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def get(served: ServedShop, template: str, **parameters: Any) -> httpx.Response:
    return served.get(template.format(user_id="u0", product_id="p1"), **parameters)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_empty_parameter_is_named(served: ServedShop, path: str, value: str) -> None:
    own = ("user_id",) if path == "/v1/new-arrivals" else ()
    for name in (*PARAMETERS, *own):
        answer = get(served, path, **{name: value})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, name)
        assert "it is empty; leave the parameter out" in answer.json()["detail"]
    assert get(served, path, exclude=value).status_code in (200, 422)
    assert get(served, path, category=["Bakery", value]).status_code == 422


@pytest.mark.parametrize("field", ["category", "brand"])
def test_blank_name_in_a_body_is_named(served: ServedShop, field: str) -> None:
    for value in ("", "  "):
        answer = served.post("/v1/recommendations", {"basket": ["p1"], field: ["Bakery", value]})
        error = answer.json()["errors"][0]
        assert (answer.status_code, error["pointer"]) == (422, f"/{field}/1")


def known_category(served: ServedShop) -> str:
    return str(served.catalog.product_list[1].category)


@pytest.mark.parametrize("path", LISTS)
def test_unknown_name_is_named_with_close_matches(served: ServedShop, path: str) -> None:
    known = known_category(served)
    category, brand = get(served, path, category=[f"{known}x", known], brand="Nobody").json()[
        "unknown_filters"
    ]
    assert (category["parameter"], category["value"], category["close_matches"][0]) == (
        "category",
        f"{known}x",
        known,
    )
    assert brand == {"parameter": "brand", "value": "Nobody", "close_matches": []}
    assert "unknown_filters" not in get(served, path, category=known).json()


def test_unknown_name_in_a_body_is_named(served: ServedShop) -> None:
    body = {"user_id": "u0", "category": ["Nothing like it"]}
    answer = served.post("/v1/recommendations", body).json()
    assert (answer["items"], answer["unknown_filters"][0]["value"]) == ([], "Nothing like it")
    batch = served.post("/v1/recommendations/batch", {"entries": [{"id": "a", **body}]}).json()
    assert batch["results"][0]["answer"]["unknown_filters"] == answer["unknown_filters"]


def test_notice_is_bounded(served: ServedShop) -> None:
    names = [f"{number} " + "x" * 500 for number in range(100)]
    answer = served.post("/v1/recommendations", {"user_id": "u0", "category": names, "brand": names}).json()
    assert [len(each["value"]) for each in answer["unknown_filters"]] == [100] * 10


def test_notice_is_part_of_the_etag(served: ServedShop) -> None:
    first = get(served, "/v1/popular", category="Nothing")
    again = served.get("/v1/popular", headers={"If-None-Match": first.headers["etag"]}, category="Nothing")
    other = served.get("/v1/popular", headers={"If-None-Match": first.headers["etag"]}, category="Nobody")
    assert (again.status_code, other.status_code) == (304, 200)

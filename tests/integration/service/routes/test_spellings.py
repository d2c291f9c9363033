"""Spellings of parameters and bodies that common clients send."""

import json
from collections.abc import Iterator

import pytest

from service.routes.access import ACCESS
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

BASKET = json.dumps({"basket": ["p1"]}).encode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("limit", "ten", "Write a whole number, such as 10."),
        ("limit", "05", "Write a whole number, such as 10."),
        ("diversity", ".5", "Write a number, such as 0.5."),
        ("price_min", "1,5", "Write a number, such as 0.5."),
        ("in_stock", "yes", "Write `true` or `false`."),
        ("explain", "on", "Write `true` or `false`."),
        ("expand", "Product", "Invalid enum value 'Product'. Allowed: `product`."),
        ("window", "1d", "Invalid enum value '1d'. Allowed: `30d`, `7d`, `all`."),
    ],
)
def test_misspelled_value_is_answered_with_a_spelling(
    served: ServedShop, name: str, value: str, text: str
) -> None:
    answer = served.get("/v1/popular", **{name: value})
    assert (answer.status_code, answer.json()["errors"]) == (422, [{"detail": text, "parameter": name}])


@pytest.mark.parametrize(("method", "route"), [call for call in ACCESS if "_id}" in call[1]])
def test_empty_id_is_refused(served: ServedShop, method: str, route: str) -> None:
    """No later segment is taken for the id, also after it was answered."""
    path, headers = (
        route.format(user_id="u1", product_id="p1", shopper_id="u1"),
        {"authorization": f"Bearer {served.token()}"},
    )
    if method == "GET":
        assert served.client.get(path, headers=headers).status_code == 200
    refused = [served.client.request(method, path.replace("/v1/", "/v1//"), headers=headers)]
    refused += [
        served.client.request(method, path.replace("s/", "s//", 1), headers=headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in refused] == [404, 404, 404]
    assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}


@pytest.mark.parametrize("value", ["true", "True", "1", "false"])
def test_usual_spellings_of_booleans_are_accepted(served: ServedShop, value: str) -> None:
    assert served.get("/v1/popular", in_stock=value).status_code == 200


@pytest.mark.parametrize("name", ["user_id", "exclude", "category", "brand"])
@pytest.mark.parametrize("encoded", ["caf%E9", "%ed%a0%80", "%FF"], ids=["latin-1", "surrogate", "byte"])
def test_parameter_that_is_not_utf_8_is_rejected(served: ServedShop, name: str, encoded: str) -> None:
    headers = {"authorization": f"Bearer {served.token()}"}
    answer = served.client.get(f"/v1/popular?limit=5&{name}={encoded}", headers=headers)
    assert answer.status_code == 422
    detail = f"The parameter {name!r} is invalid: it is not percent-encoded UTF-8."
    assert answer.json()["detail"] == detail
    url = f"/v1/popular?{name}=caf%C3%A9%EF%BF%BD"
    assert served.client.get(url, headers=headers).status_code == 200


def test_byte_order_mark_is_ignored(served: ServedShop) -> None:
    assert served.post("/v1/recommendations", content=b"\xef\xbb\xbf" + BASKET).status_code == 200
    assert served.post("/v1/recommendations", content=b"\xff\xfe" + BASKET).status_code == 400


@pytest.mark.parametrize("media_type", ["application/json;charset=utf-8", "Application/JSON"])
def test_usual_media_types_are_accepted(served: ServedShop, media_type: str) -> None:
    headers = {"authorization": f"Bearer {served.token()}", "content-type": media_type}
    assert served.client.post("/v1/recommendations", content=BASKET, headers=headers).status_code == 200

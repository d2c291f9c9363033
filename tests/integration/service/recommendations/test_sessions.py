"""Sessions, baskets, batches and rankings in the deployed application."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

POST = "/v1/recommendations"
BATCH = "/v1/recommendations/batch"
RANKINGS = "/v1/rankings"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def answer(served: ServedShop, path: str, body: object, status: int = 200) -> dict[str, Any]:
    response = served.post(path, body)
    assert response.status_code == status, response.text
    document: dict[str, Any] = response.json()
    return document


def ids(document: dict[str, Any]) -> list[str]:
    return [item["product_id"] for item in document["items"]]


def viewed(*products: str) -> list[dict[str, str]]:
    return [{"product_id": product} for product in products]


def pointers(response: httpx.Response) -> list[str]:
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return [error["pointer"] for error in response.json()["errors"]]


def test_guest_gets_recommendations_for_the_session(served: ServedShop) -> None:
    document = answer(served, POST, {"interactions": viewed("p1", "p2", "unheard-of"), "limit": 5})
    assert (document["scenario"], document["strategy"], document["user_id"]) == ("session", "session", None)
    assert document["missing_ids"] == ["unheard-of"]
    assert len(ids(document)) == 5
    assert not {"p1", "p2"} & set(ids(document))
    assert document["items"][0]["reason"]["code"] == "because_you_looked_at"


def test_basket_gets_complements(served: ServedShop) -> None:
    document = answer(served, POST, {"basket": ["p1", "p6"], "limit": 12, "expand": "product"})
    assert document["scenario"] == "basket"
    own = [item for item in document["items"] if item["product"]["category"] == "Bakery > Shelf 1"]
    assert len(own) <= 4
    assert len(document["items"]) == 12


def test_session_of_a_known_shopper_uses_the_profile(served: ServedShop) -> None:
    bought = {line.product_id for line in served.catalog.purchase_list if line.user_id == "u0"}
    document = answer(served, POST, {"user_id": "u0", "interactions": viewed("p40"), "limit": 100})
    assert document["strategy"] == "personalised"
    assert not bought & set(ids(document))
    reasons = {item["reason"]["code"] for item in document["items"]}
    assert {"because_you_bought", "because_you_looked_at"} <= reasons
    alone = answer(served, POST, {"user_id": "u0"})
    assert (alone["scenario"], ids(alone)) == ("for-you", ids(served.for_you("u0").json()))


def test_shopper_gets_own_recommendations_only(served: ServedShop) -> None:
    own = served.token(sub="u0", scope="recommendations:read")
    assert served.post(POST, {"user_id": "u0"}, own).status_code == 200
    assert served.post(POST, {"basket": ["p1"]}, own).status_code == 200
    assert served.post(RANKINGS, {"user_id": "u0", "product_ids": ["p1"]}, own).status_code == 200
    for path, body in ((POST, {"user_id": "u1"}), (RANKINGS, {"user_id": "u1", "product_ids": ["p1"]})):
        rejected = served.post(path, body, own)
        assert rejected.status_code == 403
        assert 'scope="recommendations:read.any"' in rejected.headers["www-authenticate"]
    assert served.post(POST, {"basket": ["p1"]}, served.token(scope="events:write")).status_code == 403


def test_purchase_weighs_more_than_a_view(served: ServedShop) -> None:
    def shares(kind: str) -> int:
        interactions = [*viewed("p40", "p41"), {"product_id": "p1", "kind": kind}]
        document = answer(served, POST, {"interactions": interactions, "limit": 10, "expand": "product"})
        return sum(item["product"]["category"].startswith("Bakery") for item in document["items"])

    assert shares("purchase") > shares("view")


def test_filters_apply_to_sessions(served: ServedShop) -> None:
    body = {"interactions": viewed("p1"), "category": ["Garden > Shelf 2"], "exclude": ["p32"], "limit": 50}
    found = ids(answer(served, POST, body))
    assert set(found) == {f"p{number}" for number in range(37, 60, 5)}


def test_pages_of_a_session_do_not_repeat(served: ServedShop) -> None:
    body: dict[str, object] = {"basket": ["p1", "p31"], "limit": 9}
    shown: list[str] = []
    while True:
        document = answer(served, POST, body)
        shown += ids(document)
        if "next_cursor" not in document:
            break
        body["cursor"] = document["next_cursor"]
    assert len(shown) == len(set(shown)) > 30
    assert pointers(served.post(POST, body | {"basket": ["p2"]})) == ["/cursor"]
    assert pointers(served.post(POST, body | {"cursor": "forged"})) == ["/cursor"]


def test_deleted_products_are_missing_and_never_shown(served: ServedShop) -> None:
    before = answer(served, POST, {"interactions": viewed("p1"), "limit": 1})
    first = ids(before)[0]
    served.components.live.apply_overlay(Overlay({first: ProductChange(True, True, b"{}")}))
    try:
        document = answer(served, POST, {"interactions": viewed("p1", first), "limit": 100})
        assert document["missing_ids"] == [first]
        assert first not in ids(document)
        ranked = answer(served, RANKINGS, {"product_ids": ["p1", first]})
        assert (ids(ranked), ranked["missing_ids"]) == (["p1"], [first])
    finally:
        served.components.live.apply_overlay(Overlay())


def test_explained_scores_are_the_sum_of_terms_and_of_contributions(served: ServedShop) -> None:
    body = {"user_id": "u0", "interactions": viewed("p40"), "explain": True, "limit": 50}
    lists = [
        *(
            served.items(path, explain="true", limit=50)
            for path in ("/v1/popular", "/v1/products/p1/similar")
        ),
        served.items("/v1/users/u0/recommendations", explain="true", limit=50, include_purchased="true"),
        *(
            answer(served, POST, body | more)["items"]
            for more in ({}, {"basket": ["p41"]}, {"user_id": None})
        ),
    ]
    for items in lists:
        for item in items:
            score, parts = pytest.approx(item["score"], rel=1e-4), item.get("contributions", [])
            assert sum(term["value"] for term in item["terms"]) == score
            named = [part for part in parts if "product_id" in part]
            assert bool(named) == any("product_id" in term for term in item["terms"])
            assert not parts or sum(part["value"] for part in parts) == score
            assert len(named) <= 5
            assert parts == [*named, *parts[len(named) :][:1]]
    assert [bool(items[0].get("contributions")) for items in lists] == [False, True, True, True, True, True]
    assert not any(
        item.keys() & {"terms", "contributions"} for item in served.items("/v1/users/u0/recommendations")
    )


@settings(max_examples=40, deadline=None)
@given(
    products=st.lists(st.integers(0, 70), min_size=1, max_size=50),
    user=st.sampled_from([None, "u0", "nobody"]),
)
def test_ranking_has_every_known_product_once(
    served: ServedShop, products: list[int], user: str | None
) -> None:
    named = [f"p{number}" for number in products]
    document = answer(served, RANKINGS, {"product_ids": named, "user_id": user})
    known = [name for name in named if int(name[1:]) < 60]
    assert sorted(ids(document)) == sorted(set(known))
    assert set(document["missing_ids"]) == set(named) - set(known)
    scores = [item["score"] for item in document["items"]]
    assert scores == sorted(scores, reverse=True)


def test_ranking_depends_on_the_shopper(served: ServedShop) -> None:
    products = [f"p{number}" for number in range(60)]
    garden = answer(served, RANKINGS, {"product_ids": products, "user_id": "u1"})
    bakery = answer(served, RANKINGS, {"product_ids": products, "interactions": viewed("p1", "p2")})
    assert {int(name[1:]) >= 30 for name in ids(garden)[:10]} == {True}
    assert {int(name[1:]) >= 30 for name in ids(bakery)[:10]} == {False}


BAD_BODIES: list[tuple[str, object, list[str]]] = [
    (POST, {}, [""]),
    (POST, [], [""]),
    (POST, None, [""]),
    (POST, {"basket": []}, [""]),
    (POST, {"user_id": ""}, ["/user_id"]),
    (POST, {"user_id": "a/b"}, ["/user_id"]),
    (POST, {"user_id": 7}, ["/user_id"]),
    (POST, {"basket": ["p1"], "limit": 0}, ["/limit"]),
    (POST, {"basket": ["p1"], "limit": 101}, ["/limit"]),
    (POST, {"basket": ["p1"], "limit": "5"}, ["/limit"]),
    (POST, {"basket": ["p1", "a\nb"]}, ["/basket/1"]),
    (POST, {"basket": ["p1"] * 101}, ["/basket"]),
    (POST, {"basket": ["p1"], "exclude": ["p2", ""]}, ["/exclude/1"]),
    (POST, {"basket": ["p1"], "exclude": ["p2", "a/b"]}, ["/exclude/1"]),
    (POST, {"basket": ["p1"], "baskets": 1}, [""]),
    (POST, {"interactions": [{"product_id": "p1", "kind": "hug"}]}, ["/interactions/0/kind"]),
    (POST, {"interactions": [{"product_id": "p1", "at": "2026-01-01T00:00:00"}]}, ["/interactions/0/at"]),
    (POST, {"interactions": [{"product_id": "p1"}, {}]}, ["/interactions/1"]),
    (POST, {"interactions": viewed("p1") * 501}, ["/interactions"]),
    (POST, {"scenario": "basket", "interactions": viewed("p1")}, ["/basket"]),
    (POST, {"scenario": "for-you", "interactions": viewed("p1")}, ["/user_id"]),
    (RANKINGS, {"product_ids": []}, ["/product_ids"]),
    (RANKINGS, {"product_ids": ["p1"] * 501}, ["/product_ids"]),
    (RANKINGS, {"product_ids": ["p1", ".."]}, ["/product_ids/1"]),
    (BATCH, {"entries": []}, ["/entries"]),
    (BATCH, {"entries": {}}, ["/entries"]),
    (BATCH, {"entry": []}, [""]),
]


@pytest.mark.parametrize(("path", "body", "where"), BAD_BODIES)
def test_pointers_name_the_invalid_values_of_a_body(
    served: ServedShop, path: str, body: object, where: list[str]
) -> None:
    assert pointers(served.post(path, body)) == where


@pytest.mark.parametrize(
    ("body", "nearest"),
    [
        ({"basket": ["p1"], "categry": ["Bakery"]}, "category"),
        ({"interactions": [{"product_ids": "p1"}]}, "product_id"),
    ],
)
def test_misspelled_field_is_rejected_with_a_suggestion(
    served: ServedShop, body: object, nearest: str
) -> None:
    (error,) = served.post(POST, body).json()["errors"]
    assert error["detail"].endswith(f"Did you mean `{nearest}`?")


@pytest.mark.parametrize("path", [POST, RANKINGS, BATCH])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"user_id": "\xff"}',
        b'{"\xff": 1}',
        b'{"user_id": "\\ud800"}',
        b"nan",
        b"[" * 5000,
    ],
)
def test_body_that_is_not_json_is_a_client_error(served: ServedShop, path: str, content: bytes) -> None:
    response = served.post(path, content=content)
    assert response.status_code in (400, 422), response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_unknown_query_parameters_of_a_post_are_rejected(served: ServedShop) -> None:
    response = served.post(f"{POST}?limit=3", {"basket": ["p1"]})
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "limit"


def test_future_time_counts_as_now(served: ServedShop) -> None:
    soon = [{"product_id": "p1", "at": "2300-01-01T00:00:00Z"}, *viewed("p40")]
    assert ids(answer(served, POST, {"interactions": soon})) == ids(
        answer(served, POST, {"interactions": viewed("p1", "p40")})
    )


def test_diversity_can_be_set_by_parameter_and_by_body(served: ServedShop) -> None:
    plain = ids(served.for_you("u0", limit=10).json())
    assert ids(served.for_you("u0", limit=10, diversity=0).json()) == plain
    mixed = ids(served.for_you("u0", limit=10, diversity=0.9).json())
    assert mixed != plain
    assert ids(answer(served, POST, {"user_id": "u0", "diversity": 0.9})) == mixed


@pytest.mark.parametrize("value", ["-0.1", "1.1", "nan", "inf", "much"])
def test_invalid_diversity_is_rejected(served: ServedShop, value: str) -> None:
    response = served.for_you("u0", diversity=value)
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["parameter"] == "diversity"

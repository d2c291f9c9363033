"""Spellings of an id or name that look alike are one id or name."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, served_shop

NOW = START + timedelta(hours=1)
PRODUCT, SPELLING = "caf\u00e9", " cafe\u0301\u3000"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop()
    changes: dict[str, Any] = {"id": PRODUCT, "brand": "Ame\u0301lie", "category": "Ge\u0301n\u00e9ral > A"}
    catalog.product_list[3] = msgspec.structs.replace(catalog.product_list[3], **changes)
    catalog.purchase_list = [
        msgspec.structs.replace(bought, product_id=PRODUCT) if bought.product_id == "p3" else bought
        for bought in catalog.purchase_list
    ]
    folder: Path = tmp_path_factory.mktemp("spellings")
    with served_shop(catalog, folder, now=NOW.timestamp(), clock=lambda: START) as running:
        yield running


@pytest.mark.parametrize(
    "parameters",
    [
        {"category": "g\u00e9ne\u0301ral"},
        {"category": "G\u00e9n\u00e9ral > A "},
        {"brand": "Am\u00e9lie"},
        {"brand": " ame\u0301lie"},
    ],
)
def test_filters_find_names_in_any_form(served: ServedShop, parameters: dict[str, str]) -> None:
    assert served.ids("/v1/popular", **parameters) == [PRODUCT]
    body = {"basket": ["p1"], **{name: [value] for name, value in parameters.items()}}
    assert [one["product_id"] for one in served.post("/v1/recommendations", body).json()["items"]] == [
        PRODUCT
    ]


def test_ids_in_requests_are_found_in_any_form(served: ServedShop) -> None:
    assert served.ids(f"/v1/products/{quote(SPELLING)}/similar") == served.ids(
        f"/v1/products/{PRODUCT}/similar"
    )
    assert PRODUCT not in served.ids("/v1/popular", exclude=SPELLING, limit=100)
    excluding = served.post("/v1/recommendations", {"basket": ["p1"], "exclude": [SPELLING], "limit": 100})
    assert PRODUCT not in {one["product_id"] for one in excluding.json()["items"]}
    for body in ({"basket": [SPELLING]}, {"interactions": [{"product_id": SPELLING}]}):
        assert not served.post("/v1/recommendations", body).json()["missing_ids"]
    ranked = served.post("/v1/rankings", {"product_ids": [SPELLING, "p1"], "user_id": " u1"}).json()
    assert {one["product_id"] for one in ranked["items"]} == {PRODUCT, "p1"}


def test_spellings_of_a_shopper_share_events_and_preferences(served: ServedShop) -> None:
    event = {
        "id": " e\u0301\u3000",
        "order_id": "7 ",
        "user_id": " u2 ",
        "product_id": SPELLING,
        "kind": "hide",
        "occurred_at": START.isoformat(),
    }
    assert served.post("/v1/events", {"events": [event]}).json()["accepted"] == 1
    same = event | {"id": "\u00e9", "order_id": "7", "user_id": "u2", "product_id": PRODUCT}
    assert served.post("/v1/events", {"events": [same]}).json()["duplicates"] == 1
    for user_id in ("u2", "u2\u3000"):
        export = served.get(f"/v1/users/{quote(user_id)}/profile").json()
        assert [
            (one["id"], one["order_id"], one["user_id"], one["product_id"]) for one in export["events"]
        ] == [("\u00e9", "7", "u2", PRODUCT)]
        shown = {one["product_id"] for one in served.for_you(user_id, limit=100).json()["items"]}
        assert PRODUCT not in shown


@pytest.mark.parametrize(
    ("subject", "user_id", "status"),
    [("u1", "u1", 200), ("u1", " u1", 403), ("u1 ", "u1", 403), ("u1 ", "u1 ", 403), ("u1", "u2", 403)],
)
def test_no_spelling_of_a_subject_reaches_another_shopper(
    served: ServedShop, subject: str, user_id: str, status: int
) -> None:
    token = served.token(sub=subject, scope="recommendations:read profiles:read", client_id="app")
    path = f"/v1/users/{quote(user_id)}"
    assert served.get(f"{path}/recommendations", token).status_code == status
    assert served.get(f"{path}/profile", token).status_code == status
    original = {"x-original-method": "GET", "x-original-uri": f"{path}/profile"}
    assert served.get("/auth/verify", token, headers=original).status_code == status

"""Shoppers in the console."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.catalog import CatalogUnavailable, Purchase
from recommender.snapshot.overlay import Overlay, ProductChange
from tests.support.builders.published_snapshots import START, shop
from tests.support.builders.served_shop import ServedShop, problem_of, served_shop
from tests.support.tokens import Forge

SHOPPERS = "/v1/console/shoppers"
NOW = 1_767_312_000.0  # a day after the last purchase


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop"), now=NOW) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(shop(shoppers=12), tmp_path, now=NOW) as running:
        yield running


def shopper(served: ServedShop, user_id: str, **parameters: Any) -> dict[str, Any]:
    answer = served.get(f"{SHOPPERS}/{user_id}", **parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["product_id"] for item in items]


def lists(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["scenario"]: each for each in found["lists"]}


def stored_rows(served: ServedShop) -> dict[str, Any]:
    """The export of a shopper without its time."""
    export: dict[str, Any] = served.get("/v1/users/u3/profile").json()
    del export["exported_at"]
    return export


def event(
    number: int, user_id: str, product_id: str, kind: str = "purchase", at: float = NOW
) -> dict[str, Any]:
    time = datetime.fromtimestamp(at, UTC).isoformat()
    return {
        "id": f"c{number}",
        "user_id": user_id,
        "product_id": product_id,
        "kind": kind,
        "occurred_at": time,
    }


def test_lists_are_those_of_the_api_with_products_terms_and_contributions(served: ServedShop) -> None:
    found = shopper(served, "u3", limit=7, diversity=0.3, category="Garden")
    same = {"limit": 7, "diversity": 0.3, "category": "Garden"}
    paths = {
        "for-you": "/v1/users/u3/recommendations",
        "buy-again": "/v1/users/u3/buy-again",
        "new": "/v1/new-arrivals",
        "trending": "/v1/trending",
        "popular": "/v1/popular",
    }
    assert lists(found).keys() == paths.keys()
    for scenario, path in paths.items():
        viewer = {} if "/users/" in path else {"user_id": "u3"}
        answer = served.get(path, explain="true", expand="product", **same, **viewer).json()
        shown = lists(found)[scenario]
        assert shown["items"] == answer["items"], scenario
        assert shown["strategy"] == answer["strategy"]
    first = lists(found)["for-you"]["items"][0]
    assert sum(part["value"] for part in first["contributions"]) == pytest.approx(first["score"], rel=1e-4)
    assert first["product"]["title"].startswith("Garden thing")
    with_own = lists(shopper(served, "u3", include_purchased="true", limit=60))["for-you"]["items"]
    assert {entry["product"]["product_id"] for entry in found["timeline"]} <= set(ids(with_own))


def test_timeline_has_titles_and_ends_with_the_latest_action(fresh: ServedShop) -> None:
    fresh.post("/v1/events", {"events": [event(1, "u3", "p2", "view"), event(2, "u3", "p9", "impression")]})
    fresh.components.live.apply_overlay(
        Overlay({"p2": ProductChange(True, False, b'{"id": "p2", "title": "Renamed"}')})
    )
    found = shopper(fresh, "u3")
    assert (found["interactions"], found["impressions"], len(found["timeline"])) == (9, 1, 9)
    times = [entry["at"] for entry in found["timeline"]]
    assert times == sorted(times, reverse=True)
    newest, *others = found["timeline"]
    assert (newest["kind"], newest["product"]["title"]) == ("view", "Renamed")
    assert {entry["kind"] for entry in others} == {"purchase"}
    assert all(entry["product"]["title"].startswith("Garden thing") for entry in others)
    fresh.components.live.apply_overlay(Overlay({"p2": ProductChange(True, True, None)}))
    gone = shopper(fresh, "u3")["timeline"][0]["product"]
    assert gone == {"product_id": "p2", "title": None, "category": None, "image_url": None, "price": None} | {
        "in_catalog": False
    }


def test_hypothetical_purchase_has_the_effect_of_a_real_one_and_stores_nothing(
    fresh: ServedShop,
) -> None:
    bought = lists(shopper(fresh, "u3"))["for-you"]["items"][0]["product_id"]
    before = stored_rows(fresh)
    answers = fresh.count("recommender.answers", scenario="for-you", strategy="personalised")
    found = shopper(fresh, "u3", and_bought=f"{bought},unknown")
    assert found["missing_ids"] == ["unknown"]
    assert stored_rows(fresh) == before
    assert shopper(fresh, "u3")["timeline"] == found["timeline"]
    assert fresh.count("recommender.answers", scenario="for-you", strategy="personalised") == answers
    for scenario in ("for-you", "buy-again"):
        now, after = lists(found)[scenario], lists(found)[scenario]["after"]
        assert after["entered"] == [each for each in ids(after["items"]) if each not in ids(now["items"])]
        assert after["left"] == [each for each in ids(now["items"]) if each not in ids(after["items"])]
    assert bought in lists(found)["for-you"]["after"]["left"]
    assert fresh.post("/v1/events", {"events": [event(3, "u3", bought)]}).status_code == 202
    real = lists(shopper(fresh, "u3"))
    for scenario in ("for-you", "buy-again"):
        assert real[scenario]["items"] == lists(found)[scenario]["after"]["items"], scenario


def test_known_shoppers_come_from_database_and_catalog(fresh: ServedShop) -> None:
    first = fresh.get(SHOPPERS, limit=5).json()
    assert first["source"] == "catalog"
    assert [one["user_id"] for one in first["shoppers"]] == ["u0", "u1", "u2", "u3", "u4"]
    assert first["random_user_id"] in {f"u{number}" for number in range(12)}
    fresh.post("/v1/events", {"events": [event(1, "u7", "p2", "view"), event(2, "newcomer", "p3", "view")]})
    fresh.for_you("u3")
    later = fresh.get(SHOPPERS, limit=5).json()
    assert later["source"] == "database"
    first, second, third, *others = (one["user_id"] for one in later["shoppers"])
    assert ({first, second}, third) == ({"u7", "newcomer"}, "u3")
    assert later["shoppers"][2]["last_seen_at"] is None
    assert others == ["u0", "u1"]
    drawn = {fresh.get(SHOPPERS).json()["random_user_id"] for _ in range(12)}
    assert len(drawn) > 3


def test_buyers_of_the_catalog_are_kept_for_a_while_and_erased_ones_left_out(fresh: ServedShop) -> None:
    before = fresh.get(SHOPPERS, limit=5).json()["shoppers"]
    fresh.catalog.purchase_list.clear()
    assert fresh.get(SHOPPERS, limit=5).json()["shoppers"] == before
    headers = {"authorization": f"Bearer {fresh.token()}"}
    assert fresh.client.delete("/v1/users/u0", headers=headers).is_success
    listed = fresh.get(SHOPPERS, limit=4).json()["shoppers"]
    assert [one["user_id"] for one in listed] == ["u1", "u2", "u3", "u4"]


def test_old_purchase_of_a_page_is_not_called_the_last_one(fresh: ServedShop) -> None:
    everything, recent = list(fresh.catalog.purchase_list), START - timedelta(days=1)
    fresh.catalog.purchase_list[:] = [
        each for each in everything if each.user_id != "u1" or each.purchased_at < recent
    ]
    seen = {one["user_id"]: one["last_seen_at"] for one in fresh.get(SHOPPERS, limit=12).json()["shoppers"]}
    assert seen["u0"] is not None
    assert seen["u1"] is None


class BrokenFeed:
    """Catalog whose purchases cannot be read."""

    async def purchases(self, since: datetime | None = None) -> AsyncIterator[list[Purchase]]:
        raise CatalogUnavailable("down")
        yield []


def test_console_without_catalog_or_snapshot_says_so(tmp_path: Path) -> None:
    with served_shop(shop(), tmp_path, overrides={"purchase_feed": BrokenFeed()}, published=False) as running:
        answer = running.get(SHOPPERS)
        assert answer.json() == {"shoppers": [], "random_user_id": None, "source": "catalog"} | {
            "degraded": ["catalog"]
        }
        assert running.get(f"{SHOPPERS}/u1").status_code == 503


def test_unknown_and_erased_shoppers_have_nothing_to_see(fresh: ServedShop) -> None:
    assert shopper(fresh, "u3")["timeline"]
    assert fresh.client.delete(
        "/v1/users/u3", headers={"authorization": f"Bearer {fresh.token()}"}
    ).is_success
    for path in ("u3", "nobody", "%E2%82%AC"):
        answer = fresh.get(f"{SHOPPERS}/{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem:recommender:unknown-shopper")
    listed = fresh.get(SHOPPERS, limit=100).json()
    assert "u3" not in [one["user_id"] for one in listed["shoppers"]]
    assert len(listed["shoppers"]) == 11
    fresh.clock.now += 60
    fresh.post("/v1/events", {"events": [event(1, "u3", "p2", "view", at=NOW + 30)]})
    again = shopper(fresh, "u3")
    assert [entry["product"]["product_id"] for entry in again["timeline"]] == ["p2"]


def test_hidden_products_are_named_and_on_no_list(fresh: ServedShop) -> None:
    hidden = lists(shopper(fresh, "u3"))["for-you"]["items"][0]["product_id"]
    fresh.post("/v1/events", {"events": [event(1, "u3", hidden, "hide")]})
    found = shopper(fresh, "u3")
    assert not any(hidden in ids(each["items"]) for each in found["lists"])
    assert (found["timeline"][0]["kind"], found["timeline"][0]["product"]["product_id"]) == ("hide", hidden)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "u3", "scope": "recommendations:read profiles:read events:write"},
        {"sub": "shop", "scope": "recommendations:read.any profiles:read.any users:erase.any"},
        {"sub": "u3", "scope": "console:write console console:reads"},
    ],
)
@pytest.mark.parametrize("path", [SHOPPERS, f"{SHOPPERS}/u3"])
def test_token_without_the_scope_reaches_nothing(
    served: ServedShop, path: str, claims: dict[str, str]
) -> None:
    answer = served.get(path, token=served.token(**claims))
    assert answer.status_code == 403
    assert 'scope="console:read"' in answer.headers["www-authenticate"]
    assert "u3" not in answer.text.replace(path, "")


def test_token_of_another_audience_or_issuer_is_rejected(served: ServedShop, tmp_path: Path) -> None:
    other = Forge(tmp_path / "jwks.json").token(sub="staff", scope="console:read")
    for token in (served.token(aud="another-service"), served.token(iss="https://other.test"), other):
        assert served.get(f"{SHOPPERS}/u3", token=token).status_code == 401
    staff = served.token(sub="staff", client_id="console", scope="console:read")
    assert served.get(f"{SHOPPERS}/u3", token=staff).status_code == 200
    assert served.get("/v1/users/u3/recommendations", token=staff).status_code == 403


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"and_bought": ",".join(f"p{n}" for n in range(21))}, "and_bought"),
        ({"and_bought": "a/b"}, "and_bought"),
        ({"and_bought": ""}, "and_bought"),
        ({"diversity": "2"}, "diversity"),
        ({"limit": "101"}, "limit"),
        ({"explain": "true"}, "explain"),
        ({"price_min": "9", "price_max": "1"}, "price_min"),
    ],
)
def test_invalid_parameters_are_rejected_by_name(
    served: ServedShop, parameters: dict[str, str], named: str
) -> None:
    assert problem_of(served.get(f"{SHOPPERS}/u3", **parameters)) == (422, named)


def test_rate_limits_hold(tmp_path: Path) -> None:
    limits = {"client_requests_per_minute": 60, "shopper_requests_per_minute": 0}
    with served_shop(shop(shoppers=4), tmp_path, settings=limits) as running:
        statuses = [running.get(f"{SHOPPERS}/u3").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]

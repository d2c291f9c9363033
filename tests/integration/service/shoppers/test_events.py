"""Events over HTTP: their ids, their limits, and hides."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.catalog import Purchase
from adapters.telemetry import TelemetryConfig, start_telemetry
from service.__main__ import main
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.scraping import scraped

NUMBERS = count()
RECENT, PERMANENT = 20, 6


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    limits = {"recent_events_per_shopper": RECENT, "permanent_events_per_shopper": PERMANENT}
    with served_shop(shop(), tmp_path_factory.mktemp("events"), settings=limits) as running:
        yield running


@pytest.fixture
def shopper() -> str:
    """A shopper without events."""
    return f"new-{next(NUMBERS)}"


def event(served: ServedShop, user_id: str, kind: str, product: str = "p3", **changes: Any) -> dict[str, Any]:
    """An event that occurs now, or in `seconds`."""
    at = datetime.fromtimestamp(served.clock(), UTC) + timedelta(seconds=changes.pop("seconds", 0))
    made = {"id": f"e{next(NUMBERS)}", "user_id": user_id, "product_id": product, "kind": kind}
    return made | {"occurred_at": at.isoformat()} | changes


def record(served: ServedShop, *events: dict[str, Any], **call: Any) -> httpx.Response:
    return served.post("/v1/events", {"events": list(events)}, **call)


def statuses(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 207
    return [result["status"] for result in answer.json()["results"]]


def shown(served: ServedShop, user_id: str, **parameters: Any) -> list[str]:
    return served.ids(f"/v1/users/{user_id}/recommendations", limit=100, **parameters)


def test_an_id_that_another_shopper_used_stores_a_hide(served: ServedShop, shopper: str) -> None:
    attacker = served.token(sub="attacker", scope="events:write")
    own = event(served, shopper, "hide")
    squatted = event(served, "attacker", "view", id=own["id"])
    assert record(served, squatted, token=attacker).json() == {"accepted": 1, "duplicates": 0}
    assert record(served, own).json() == {"accepted": 1, "duplicates": 0}
    assert "p3" not in shown(served, shopper)
    # Nor does the attacker learn that the shopper used an id.
    later = event(served, "attacker", "view", id=event(served, shopper, "view")["id"])
    assert record(served, later | {"user_id": shopper}).json()["accepted"] == 1
    assert record(served, later, token=attacker).json() == {"accepted": 1, "duplicates": 0}
    exported = served.get(f"/v1/users/{shopper}/profile").json()["events"]
    assert sorted(one["id"] for one in exported) == sorted([own["id"], later["id"]])


def test_another_event_under_the_same_id_is_a_conflict(served: ServedShop, shopper: str) -> None:
    first, second = event(served, shopper, "hide"), event(served, shopper, "view")
    changed = first | {"product_id": "p4"}
    assert record(served, first).status_code == 202
    assert record(served, first, first).json() == {"accepted": 0, "duplicates": 2}
    answer = record(served, first, changed, second)
    assert statuses(answer) == [202, 409, 202]
    assert [error["pointer"] for error in answer.json()["results"][1]["errors"]] == ["/events/1/id"]
    assert answer.json()["accepted"] == answer.json()["duplicates"] == 1
    assert statuses(record(served, changed)) == [409]


@pytest.mark.parametrize("kind", ["view", "impression", "click", "cart"])
def test_newer_events_crowd_out_neither_a_hide_nor_a_purchase(
    served: ServedShop, shopper: str, kind: str
) -> None:
    record(served, event(served, shopper, "hide", "p3"), event(served, shopper, "purchase", "p4"))
    for turn in range(3):
        flood = [event(served, shopper, kind, "p5", seconds=turn + n / RECENT) for n in range(2 * RECENT)]
        assert record(served, *flood).status_code == 202
    assert not {"p3", "p4"} & set(shown(served, shopper))
    exported = served.get(f"/v1/users/{shopper}/profile").json()["events"]
    assert len(exported) == RECENT + 2


def test_retention_shows_no_hidden_product_again(
    served: ServedShop, shopper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"occurred_at": "2020-01-01T00:00:00Z"}
    record(served, event(served, shopper, "hide", **old), event(served, shopper, "view", "p5", **old))
    url = served.components.settings.database_url.get_secret_value()
    monkeypatch.setenv("SERVICE_DATABASE_URL", url)
    assert main(["retain", "--days", "30"]) == 0
    exported = served.get(f"/v1/users/{shopper}/profile").json()["events"]
    assert [one["kind"] for one in exported] == ["hide"]


def test_a_full_shopper_is_told_which_hides_are_not_stored(served: ServedShop, shopper: str) -> None:
    hides = [event(served, shopper, "hide", f"p{n}") for n in range(PERMANENT + 2)]
    assert statuses(record(served, *hides)) == [202] * PERMANENT + [409] * 2
    assert not {f"p{n}" for n in range(PERMANENT)} & set(shown(served, shopper))
    # Showing a product again is always possible, and repeating a stored hide is a duplicate.
    assert record(served, event(served, shopper, "unhide", "p0", seconds=1)).status_code == 202
    assert "p0" in shown(served, shopper)
    assert record(served, hides[1]).json() == {"accepted": 0, "duplicates": 1}


def test_an_unhidden_product_leaves_the_preferences(served: ServedShop, shopper: str) -> None:
    path = f"/v1/users/{shopper}/preferences"
    body = {"hidden_products": ["p3", "p4"]}
    assert served.client.put(path, json=body, headers=headers(served)).status_code == 200
    assert record(served, event(served, shopper, "unhide", "p3", seconds=1)).status_code == 202
    assert served.get(path).json()["preferences"]["hidden_products"] == ["p4"]
    assert "p3" in shown(served, shopper)
    assert "p4" not in shown(served, shopper)


@pytest.mark.parametrize("ahead", [1, 600])
def test_an_event_dated_ahead_does_not_survive_an_erasure(
    served: ServedShop, shopper: str, ahead: int
) -> None:
    ahead_of_us = event(served, shopper, "hide", seconds=ahead)
    assert record(served, ahead_of_us).status_code == 202
    assert served.client.delete(f"/v1/users/{shopper}", headers=headers(served)).status_code == 200
    assert record(served, ahead_of_us).json() == {"accepted": 0, "duplicates": 0, "ignored": 1}
    assert "p3" in shown(served, shopper)
    after = event(served, shopper, "hide", "p4", seconds=0.001)
    assert record(served, after).json() == {"accepted": 1, "duplicates": 0}
    assert "p4" not in shown(served, shopper)


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=9_999)])
def test_a_purchase_in_the_catalog_dated_ahead_does_not_survive_an_erasure(
    served: ServedShop, shopper: str, ahead: timedelta
) -> None:
    def buy(product: str, at: timedelta) -> None:
        when = datetime.fromtimestamp(served.clock(), UTC) + at
        served.catalog.purchase_list.append(
            Purchase(id=product, user_id=shopper, product_id=product, purchased_at=when)
        )

    def purchases() -> list[str]:
        shown(served, shopper)
        exported = served.get(f"/v1/users/{shopper}/profile").json()["purchases"]
        return sorted(one["product_id"] for one in exported)

    buy("p3", ahead)
    buy("p4", timedelta())
    assert purchases() == ["p3", "p4"]
    assert served.client.delete(f"/v1/users/{shopper}", headers=headers(served)).status_code == 200
    served.clock.now += 2
    buy("p5", timedelta(seconds=-1))
    for _ in range(3):
        assert purchases() == ["p5"]
        assert "p3" in shown(served, shopper)
        served.clock.now += 400  # The catalog is read again.


def headers(served: ServedShop) -> dict[str, str]:
    return {"authorization": f"Bearer {served.token()}"}


def test_delay_of_each_accepted_event_is_measured_once(tmp_path: Path) -> None:
    telemetry = start_telemetry(TelemetryConfig("test", "1", metrics_port=0))
    try:
        with served_shop(shop(), tmp_path, overrides={"telemetry": telemetry}) as served:
            late = event(served, "u1", "cart", seconds=-90)
            ahead, invalid = (
                event(served, "u1", "cart", seconds=60),
                event(served, "u1", "cart", seconds=86_400),
            )
            for _ in range(2):
                assert statuses(record(served, late, ahead, invalid)) == [202, 202, 422]
        samples = scraped(telemetry)
    finally:
        telemetry.close()
    assert samples["recommender_event_delay_seconds_count"] == {(("kind", "cart"),): 2.0}
    assert samples["recommender_event_delay_seconds_sum"] == {(("kind", "cart"),): 90.0}

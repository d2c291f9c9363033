"""The console's live page and its facts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import get_args

import pytest

from service.console.facts.live import SAMPLES, quantile
from service.recommendations.names import Scenario, Strategy
from tests.support.builders.console_shop import ConsoleShop
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

LIVE = "/v1/console/live"
OWN = "/v1/users/u1/recommendations"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path) as running:
        yield running


def test_sample_counts_requests_since_the_one_before(served: ServedShop) -> None:
    live = served.components.facts.live
    now = [served.clock()]
    live.clock = lambda: now[0]
    live.sample()
    answers = [served.get(OWN, limit=limit).json() for limit in (3, 4, 3)]
    served.get("/v1/popular", limit=0)
    event = {
        "user_id": "u1",
        "product_id": answers[0]["items"][0]["product_id"],
        "recommendation_id": answers[0]["recommendation_id"],
        "occurred_at": datetime.fromtimestamp(served.clock(), UTC).isoformat(),
    }
    kinds = ("impression", "click", "purchase")
    served.post("/v1/events", {"events": [event | {"id": kind, "kind": kind} for kind in kinds]})
    now[0] += 5
    live.sample()
    view = served.get(LIVE).json()
    assert len(view["at"]) == 1
    assert view["requests"] == [1.0]  # five in five seconds
    assert view["failed"] == [0.0]
    assert 0 < view["p50_milliseconds"][0] <= view["p95_milliseconds"][0]
    calls = {each["route"]: each for each in view["calls"]}
    assert {route: each["requests"] for route, each in calls.items()} == {
        "/v1/users/{user_id}/recommendations": 3,
        "/v1/popular": 1,
        "/v1/events": 1,
    }
    slowest = [each["p95_milliseconds"] for each in view["calls"]]
    assert slowest == sorted(slowest, reverse=True)
    assert all(0 < each["p50_milliseconds"] <= each["p95_milliseconds"] for each in view["calls"])
    assert view["repeated"] == [pytest.approx(1 / 3)]
    assert view["strategies"] == [{"name": "personalised", "values": [3.0]}]
    (scenario,) = view["scenarios"]
    assert {
        name: scenario[name] for name in ("scenario", "answers", "impressions", "clicks", "purchases")
    } == {
        "scenario": "for-you",
        "answers": 3,
        "impressions": 1,
        "clicks": 1,
        "purchases": 1,
    }
    assert (scenario["click_through"], scenario["conversion"]) == (1.0, 1.0)
    problem = view["problems"][0]
    assert (problem["method"], problem["route"], problem["status"], problem["code"]) == (
        "GET",
        "/v1/popular",
        422,
        "invalid-request",
    )


def test_probes_and_pages_are_no_traffic_of_the_shop(signed_in: ConsoleShop) -> None:
    components = signed_in.served.components
    totals = components.facts.live.metrics.totals
    before = totals().requests
    components.live.polled = False
    assert signed_in.get("/health/ready").status_code == 503
    components.live.polled = True
    assert signed_in.get("/console/nothing").status_code == 404
    assert totals().requests == before
    assert components.facts.live.read().problems[0].route == "/console/{path}"
    signed_in.get("/v1/unknown")
    assert totals().requests == before + 1


def test_rings_are_bounded_and_hold_no_id(served: ServedShop) -> None:
    live = served.components.facts.live
    for number in range(SAMPLES + 20):
        served.get(f"/v1/products/secret-{number}/similar")
        live.sample()
    answer = served.get(LIVE)
    view = answer.json()
    assert len(view["at"]) == SAMPLES
    assert len(view["problems"]) == 50
    assert {problem["route"] for problem in view["problems"]} == {"/v1/products/{product_id}/similar"}
    assert "secret" not in answer.text


def test_live_page_shows_figures_and_renews_a_part(signed_in: ConsoleShop) -> None:
    signed_in.served.components.metrics.answered("for-you", "personalised")
    signed_in.served.components.metrics.degraded("for-you", "redis")
    for _ in range(2):
        signed_in.served.components.facts.live.sample()
    page, part = signed_in.get("/console/live"), signed_in.get("/console/live", headers={"x-fragment": "1"})
    assert (page.status_code, part.status_code) == (200, 200)
    assert "<live-panel" in page.text
    assert "<html" not in part.text
    for text in (
        "per second",
        "personal",
        "For you",
        "Click-through",
        "Latest errors",
        '<path d="M',
        "lowest 0.0, highest 0.0 per second",
        "now 0 in 5 seconds",
        "<dt>redis</dt>",
    ):
        assert text in page.text
        assert text in part.text


def test_lists_strategies_and_times_are_named_without_doubt(signed_in: ConsoleShop) -> None:
    strategies = get_args(Strategy)
    for scenario, strategy in zip_longest(get_args(Scenario), strategies, fillvalue="popular"):
        signed_in.served.components.metrics.answered(scenario, strategy)
    signed_in.served.components.facts.live.sample()
    signed_in.get("/v1/unknown")
    page = signed_in.get("/console/live").text
    assert re.search(r"\d+ [A-Z]\w\w \d{4}, \d\d:\d\d:\d\d UTC", page)
    lists = page.partition("What came of the lists")[2].partition("Latest errors")[0]
    names = re.findall(r"<tr>\s*<t[dh][^>]*>([^<]+)", lists)[1:]
    assert len(set(names)) == len(names) == len(get_args(Scenario))
    named = set(re.findall("<dt>([^<]+)</dt>", page))
    assert named & {"buy again", "bought by the same shoppers"}
    # Counts of a strategy have many causes: none is named.
    assert not any("because" in name for name in named)
    assert not named & {name for name in strategies if "-" in name or name == "related"}


def test_duration_without_requests_is_not_zero(signed_in: ConsoleShop) -> None:
    live = signed_in.served.components.facts.live
    shown = []
    for asks in (False, True):
        live.sample()
        if asks:
            signed_in.get("/v1/popular", headers=signed_in.bearer())
        live.sample()
        shown.append(
            re.findall(r"<dt>Median duration</dt><dd>([^<]+)</dd>", signed_in.get("/console/live").text)[0]
        )
    assert shown[0] == "–"
    assert live.read().p50_milliseconds[0] is None
    assert re.fullmatch(r"[\d.]+ ms", shown[1])
    assert re.search(
        r">GET /v1/popular</td><td[^>]*>[1-9]\d*</td>(<td[^>]*>[\d.]+ ms</td>){2}",
        signed_in.get("/console/live").text,
    )


def test_error_without_a_route_says_why(signed_in: ConsoleShop) -> None:
    signed_in.get("/v1/popular")
    signed_in.get("/v1/unknown", headers=signed_in.bearer())
    text = signed_in.get("/console/live").text
    assert "GET, refused before its path was read" in text
    assert "GET of an unknown path" in text
    assert "unmatched" not in text


def test_equal_errors_in_a_row_are_one_line(signed_in: ConsoleShop) -> None:
    for path in ("popular", "trending", "trending", "trending"):
        signed_in.get(f"/v1/{path}", params={"limit": 0}, headers=signed_in.bearer())
    errors = signed_in.get("/console/live").text.partition("Latest errors")[2]
    rows = re.findall(r">GET (/v1/\w+)<.*?>(\d+)</td></tr>", errors)
    assert rows[:2] == [("/v1/trending", "3"), ("/v1/popular", "1")]


def test_shoppers_token_does_not_reach_the_live_facts(served: ServedShop) -> None:
    token = served.token(sub="u1", scope="recommendations:read")
    assert served.get(LIVE, token=token).status_code == 403


@pytest.mark.parametrize(("counts", "expected"), [({0: 4}, 0.0005), ({1: 2, 3: 2}, 0.002), ({12: 1}, 5.0)])
def test_quantile_lies_within_its_bucket(counts: dict[int, int], expected: float) -> None:
    assert quantile([counts.get(number, 0) for number in range(13)], 0.5) == pytest.approx(expected)

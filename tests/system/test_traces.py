"""One trace leads from the ingress or the indexer to the catalog."""

import json
import secrets
from urllib.parse import quote

import httpx

from tests.support.servers.waiting import wait_until
from tests.system.conftest import Stack
from tests.system.stack import odd_shop

PURCHASES = "/v1/users/{user_id}/purchases"


def test_trace_of_the_ingress_leads_to_the_catalog(stack: Stack) -> None:
    trace_id, ingress_span = secrets.token_hex(16), secrets.token_hex(8)
    token = stack.token(scope="recommendations:read.any")
    headers = {
        "authorization": f"Bearer {token}",
        "traceparent": f"00-{trace_id}-{ingress_span}-01",
        "tracestate": "ingress=1",
    }
    path = f"/v1/users/{quote(odd_shop.user_id(odd_shop.USERS - 1), safe='')}/recommendations"
    assert httpx.get(stack.service_url + path, headers=headers, timeout=60).status_code == 200
    expected = [
        "recommender-service: GET /v1/users/{user_id}/recommendations",
        "recommender-service: read_profile",
        f"recommender-service: GET {PURCHASES}",
        f"recommender-catalog: GET {PURCHASES}",
    ]

    def ways() -> list[list[str]]:
        own = [span for span in list(stack.collector.spans) if span.trace_id.hex() == trace_id]
        return [stack.collector.way_to(span) for span in own]

    wait_until(lambda: expected in ways(), "the catalog's span arrived")
    wait_until(lambda: expected[:1] in ways(), "the service's span arrived")
    (entry,) = (span for span in stack.collector.spans if span.parent_span_id.hex() == ingress_span)
    assert entry.trace_state == "ingress=1"


def test_build_is_one_trace_with_its_calls_to_the_catalog(stack: Stack) -> None:
    ways = json.loads((stack.folder / "traces.json").read_text())
    root = "recommender-indexer: indexer build"
    assert {way[0] for way in ways} == {root}
    for feed in ("/v1/products", "/v1/purchases"):
        assert [
            root,
            "recommender-indexer: read",
            f"recommender-indexer: GET {feed}",
            f"recommender-catalog: GET {feed}",
        ] in ways

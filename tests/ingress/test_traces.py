"""A trace leads from the caller through nginx and the service to the catalog."""

import secrets

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.ingress.conftest import Stack
from tests.support.servers.waiting import wait_until

CALL, VERIFICATION = "GET /v1/users/{user_id}/recommendations", "GET /auth/verify"
CATALOG = "GET /v1/users/{user_id}/purchases"


def test_request_and_its_verification_are_in_the_trace_of_the_caller(
    stack: Stack, service_token: str
) -> None:
    trace_id, caller = secrets.token_hex(16), secrets.token_hex(8)
    headers = {"traceparent": f"00-{trace_id}-{caller}-01", "tracestate": "shop=1"}
    answer = stack.ingress.ask("GET", "/v1/users/traced/recommendations", service_token, headers=headers)
    assert answer.status_code == 200, answer.text

    def spans() -> list[Span]:
        return [each for each in list(stack.collector.spans) if each.trace_id.hex() == trace_id]

    wait_until(lambda: {CALL, VERIFICATION, CATALOG} <= {each.name for each in spans()}, "the spans arrived")
    entries = [each for each in spans() if each.parent_span_id.hex() == caller]
    assert {(each.name, each.trace_state) for each in entries} == {
        (CALL, "shop=1"),
        (VERIFICATION, "shop=1"),
    }
    calls = {f"00-{trace_id}-{each.span_id.hex()}-01" for each in spans() if each.name == CATALOG}
    arrived = {
        each.headers.get("traceparent") for each in stack.catalog.requests if "/traced/" in each.target
    }
    assert calls == arrived
    assert stack.collector.way_to(next(each for each in spans() if each.name == CATALOG))[0].endswith(CALL)

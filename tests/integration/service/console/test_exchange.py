"""Calls of the console to the token issuer."""

import asyncio

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from service.console.login.exchange import CodeExchange, IssuerUnreachable
from tests.support.servers.raw_http import RawServer, http

pytestmark = pytest.mark.anyio

MAX_OPEN = 40


async def test_logins_beyond_the_queue_are_refused_at_once() -> None:
    """The others still wait for the issuer then."""
    with RawServer(lambda _: [60.0]) as issuer:
        exchange = CodeExchange(f"{issuer.url}/token")
        waiting = [asyncio.create_task(exchange.tokens({"code": str(number)})) for number in range(MAX_OPEN)]
        await asyncio.sleep(0)  # All of them have begun.
        with pytest.raises(IssuerUnreachable, match="Too many people"):
            await exchange.tokens({"code": "one more"})
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await exchange.close()


async def test_logins_that_wait_are_refused_after_closing() -> None:
    with RawServer(lambda _: [60.0]) as issuer:
        exchange = CodeExchange(f"{issuer.url}/token")
        logins = [asyncio.create_task(exchange.tokens({"code": str(number)})) for number in range(10)]
        async with asyncio.timeout(30):
            while len(issuer.requests) < 8:
                await asyncio.sleep(0.01)
            await exchange.close()
            ended = await asyncio.gather(*logins, return_exceptions=True)
        assert {type(error) for error in ended} == {IssuerUnreachable}
        assert len(issuer.requests) == 8


async def test_exchange_of_a_code_carries_the_trace_of_its_login_and_nothing_of_others() -> None:
    login = SpanContext(0xA1, 0xB2, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    with RawServer(lambda _: http(200, '{"access_token": "t"}', set_cookie="login=1")) as issuer:
        exchange = CodeExchange(f"{issuer.url}/token")
        with trace.use_span(NonRecordingSpan(login)):
            await exchange.tokens({"code": "1"})
        await exchange.tokens({"code": "2"})
        await exchange.close()
    traced, untraced = (request.headers for request in issuer.requests)
    assert traced["traceparent"] == f"00-{0xA1:032x}-{0xB2:016x}-01"
    assert not {"traceparent", "cookie"} & untraced.keys()

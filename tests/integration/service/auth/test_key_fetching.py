"""The verifier against a real key server that rotates keys and fails."""

import asyncio
import gzip

import pytest
from joserfc.jwk import RSAKey

from service.auth import InvalidToken, IssuerPolicy, IssuerUnavailable, Principal, TokenVerifier, key_sources
from service.auth.jwks_cache import MAX_WAITING
from tests.integration.service.auth.jwks_server import JwksServer
from tests.support.tokens import ISSUER, Clock, Forge

pytestmark = pytest.mark.anyio


async def outcome(verifier: TokenVerifier, token: str) -> type:
    try:
        return type(await verifier.verify(token))
    except (InvalidToken, IssuerUnavailable) as error:
        return type(error)


async def wait_until_rejected(verifier: TokenVerifier, token: str) -> None:
    """Returns once new keys were fetched in the background and the token is invalid."""
    async with asyncio.timeout(10):
        while await outcome(verifier, token) is not InvalidToken:
            await asyncio.sleep(0.01)


async def test_key_set_is_fetched_once_for_many_tokens(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    for number in range(20):
        assert (await verifier.verify(forge.token(sub=f"user {number}"))).subject == f"user {number}"
    assert jwks_server.requests == 1


async def test_concurrent_requests_share_the_first_fetch(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    jwks_server.delay_seconds = 0.2
    tokens = [forge.token(sub=f"user {number}") for number in range(30)]
    outcomes = await asyncio.gather(*(outcome(verifier, token) for token in tokens))
    assert outcomes == [Principal] * 30
    assert jwks_server.requests == 1


async def test_flood_of_unknown_keys_causes_one_fetch_per_floor(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    await verifier.verify(forge.token())
    for fetches in (2, 3):
        clock.now += 10
        flood = [forge.token(header={"kid": f"made up {number}"}) for number in range(100)]
        outcomes = await asyncio.gather(*(outcome(verifier, token) for token in flood))
        assert set(outcomes) == {InvalidToken}
        assert jwks_server.requests == fetches
        assert await outcome(verifier, forge.token(sub="ben")) is Principal


async def test_no_keys_are_fetched_after_closing(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    await verifier.close()
    assert await outcome(verifier, forge.token()) is IssuerUnavailable
    assert jwks_server.requests == 0


async def test_invalid_tokens_cause_no_fetch(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    for token in (forge.token(exp=1), forge.token(aud="catalog"), forge.token(iss="x"), "a.b.c"):
        assert await outcome(verifier, token) is InvalidToken
    assert jwks_server.requests == 0


async def test_urls_inside_a_token_are_never_fetched(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    trap = JwksServer()
    stranger = RSAKey.generate_key(2048, {"kid": "stranger"})
    trap.publish(stranger)
    trap.start()
    try:
        token = forge.token(stranger, {"jku": trap.url, "x5u": trap.url})
        assert await outcome(verifier, token) is InvalidToken
        assert trap.requests == 0
    finally:
        trap.stop()


async def test_last_valid_keys_stay_while_the_issuer_is_down(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    old = forge.token(sub="old", exp=clock.now + 100_000)
    await verifier.verify(old)
    jwks_server.stop()
    for _ in range(5):
        clock.now += 400
        assert await outcome(verifier, old) is Principal
        assert await outcome(verifier, forge.token(sub=f"new {clock.now}", exp=clock.now + 60)) is Principal
        await asyncio.sleep(0.02)
    # Whether this key is new or made up cannot be said while the issuer is down.
    assert await outcome(verifier, forge.token(header={"kid": "x"}, exp=clock.now + 60)) is IssuerUnavailable


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, b"{}", {}),
        (200, b"<html>please log in</html>", {}),
        (200, b'{"keys": []}', {}),
        (302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
    ],
)
async def test_invalid_answers_leave_the_last_valid_keys(
    verifier: TokenVerifier,
    jwks_server: JwksServer,
    forge: Forge,
    clock: Clock,
    status: int,
    body: bytes,
    headers: dict[str, str],
) -> None:
    await verifier.load_keys()
    jwks_server.status, jwks_server.body, jwks_server.headers = status, body, headers
    clock.now += 10
    await verifier.load_keys()
    assert jwks_server.requests == 2
    assert await outcome(verifier, forge.token()) is Principal


async def test_key_set_of_the_maximum_length_is_read(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    jwks_server.body = jwks_server.body.ljust(key_sources.MAX_JWKS_BYTES)
    assert await outcome(verifier, forge.token()) is Principal


async def test_longer_key_set_is_rejected(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    jwks_server.body = jwks_server.body.ljust(key_sources.MAX_JWKS_BYTES + 1)
    assert await outcome(verifier, forge.token()) is IssuerUnavailable


async def test_proxy_is_not_used_for_loopback(
    jwks_server: JwksServer, forge: Forge, clock: Clock, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    policy = IssuerPolicy(issuer=ISSUER, audience="recommender", jwks_url=jwks_server.url)
    verifier = TokenVerifier([policy], clock=clock, monotonic=clock)
    assert await outcome(verifier, forge.token()) is Principal
    await verifier.close()


async def test_failed_refresh_is_retried_after_the_floor(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    token = forge.token()
    await verifier.verify(token)
    jwks_server.status = 503
    clock.now += 300
    await verifier.load_keys()
    jwks_server.publish(RSAKey.generate_key(2048, {"kid": "rsa-2"}))
    clock.now += 10
    await verifier.verify(token)
    await wait_until_rejected(verifier, token)
    assert jwks_server.requests == 3


async def test_fetch_from_a_trickling_server_times_out(
    jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    policy = IssuerPolicy(issuer=ISSUER, audience="recommender", jwks_url=jwks_server.url)
    verifier = TokenVerifier([policy], fetch_seconds=0.2, clock=clock, monotonic=clock)
    jwks_server.body = jwks_server.body[:100]
    jwks_server.seconds_per_byte = 0.05
    async with asyncio.timeout(2):
        assert await outcome(verifier, forge.token()) is IssuerUnavailable
    await verifier.close()


async def test_fetch_is_answered_after_others_timed_out(jwks_server: JwksServer) -> None:
    source = key_sources.UrlKeySource(jwks_server.url, timeout_seconds=0.2)
    jwks_server.delay_seconds = 0.5
    late = await asyncio.gather(*(source.read() for _ in range(50)), return_exceptions=True)
    assert {type(each) for each in late} == {key_sources.KeysUnavailable}
    jwks_server.delay_seconds = 0
    assert await source.read() == jwks_server.body
    await source.close()


async def test_initially_unavailable_issuer_is_retried_after_the_floor(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    jwks_server.status = 503
    with pytest.raises(IssuerUnavailable) as caught:
        await verifier.verify(forge.token())
    assert caught.value.retry_after_seconds == 10
    clock.now += 4
    jwks_server.status = 200
    with pytest.raises(IssuerUnavailable) as caught:
        await verifier.verify(forge.token())
    assert caught.value.retry_after_seconds == 6
    assert jwks_server.requests == 1
    clock.now += 6
    assert await outcome(verifier, forge.token()) is Principal


async def test_key_rotation_causes_no_outage(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    new = RSAKey.generate_key(2048, {"kid": "rsa-2"})
    before = forge.token()
    assert await outcome(verifier, before) is Principal
    clock.now += 60
    jwks_server.publish(forge.rsa, new)
    assert await outcome(verifier, forge.token(new)) is Principal
    assert await outcome(verifier, before) is Principal
    jwks_server.publish(new)
    clock.now += 300
    assert await outcome(verifier, forge.token(new, sub="ben")) is Principal
    await wait_until_rejected(verifier, before)


async def test_due_refresh_delays_no_request(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    await verifier.verify(forge.token())
    jwks_server.delay_seconds = 2
    clock.now += 301
    async with asyncio.timeout(1.5):
        assert await outcome(verifier, forge.token(sub="ben")) is Principal


async def test_cancelled_request_does_not_cancel_the_shared_fetch(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    jwks_server.delay_seconds = 0.2
    impatient = asyncio.create_task(verifier.verify(forge.token()))
    patient = asyncio.create_task(verifier.verify(forge.token(sub="ben")))
    await asyncio.sleep(0.05)
    impatient.cancel()
    assert (await patient).subject == "ben"
    assert jwks_server.requests == 1


async def test_close_cancels_the_current_fetch(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    jwks_server.delay_seconds = 0.5
    waiting = asyncio.create_task(verifier.verify(forge.token()))
    await asyncio.sleep(0.05)
    await verifier.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_compressed_key_set_is_rejected(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge
) -> None:
    jwks_server.body = gzip.compress(jwks_server.body + b" " * 10_000_000)
    jwks_server.headers = {"Content-Encoding": "gzip"}
    assert await outcome(verifier, forge.token()) is IssuerUnavailable


async def test_thousand_unknown_keys_cause_one_fetch(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    await verifier.verify(forge.token())
    clock.now += 10
    for number in range(1000):
        assert await outcome(verifier, forge.token(header={"kid": f"made up {number}"})) is InvalidToken
    assert jwks_server.requests == 2


async def test_number_of_requests_that_wait_for_a_fetch_is_bounded(
    verifier: TokenVerifier, jwks_server: JwksServer, forge: Forge, clock: Clock
) -> None:
    await verifier.verify(forge.token())
    clock.now += 10
    jwks_server.delay_seconds = 1
    unknown = [forge.token(header={"kid": f"made up {number}"}) for number in range(20)]
    waiting = [asyncio.create_task(outcome(verifier, unknown[n % 20])) for n in range(MAX_WAITING)]
    await asyncio.sleep(0)
    assert await outcome(verifier, unknown[0]) is IssuerUnavailable
    assert await outcome(verifier, forge.token(sub="ben")) is Principal
    assert set(await asyncio.gather(*waiting)) == {InvalidToken}
    assert jwks_server.requests == 2

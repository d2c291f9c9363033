"""A pod is ready once it can verify the tokens of an issuer."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from service.auth import IssuerPolicy, TokenVerifier
from tests.integration.service.auth.jwks_server import JwksServer
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.builders.services.service_processes import valid_token
from tests.support.servers.waiting import wait_until
from tests.support.tokens import ISSUER, Forge


def is_ready(served: ServedShop) -> bool:
    answer = served.client.get("/health/ready")
    assert answer.status_code in (200, 503), answer.text
    if answer.status_code == 503:
        assert answer.json()["title"] == "Token issuer unavailable"
        assert answer.headers["retry-after"]
    return answer.status_code == 200


def await_fetches(server: JwksServer) -> None:
    """Waits for a fetch that began after this call."""
    seen = server.requests
    wait_until(lambda: server.requests > seen + 1, "another fetch")


def test_readiness_waits_for_the_keys_of_an_issuer(
    jwks_server: JwksServer, forge: Forge, tmp_path: Path
) -> None:
    policies = [IssuerPolicy(issuer="https://other.test", jwks_url=jwks_server.url)]
    verifier = TokenVerifier(policies, refresh_seconds=0.05, floor_seconds=0.05)
    answers = [(503, b"down"), (200, b"no keys"), (200, b'{"keys": []}')]
    jwks_server.status, jwks_server.body = answers[0]
    with served_shop(
        shop(), tmp_path, overrides={"verifier": verifier, "background": [verifier.load_all_keys]}
    ) as served:
        for status, body in answers:
            jwks_server.status, jwks_server.body = status, body
            await_fetches(jwks_server)
            assert not is_ready(served)
        jwks_server.publish(forge.rsa)
        wait_until(lambda: is_ready(served), "the pod")
        jwks_server.status, jwks_server.body = 503, b"down"
        seen, token = jwks_server.requests, valid_token(forge, iss="https://other.test")

        def fetched() -> bool:
            served.get("/v1/popular", token=token)  # Keys are fetched again once they are old.
            return jwks_server.requests > seen

        wait_until(fetched, "a fetch that fails")
        assert is_ready(served), "an outage changes nothing"
        jwks_server.stop()
        assert is_ready(served)


def test_a_pod_is_ready_with_the_keys_of_one_of_two_issuers(
    jwks_server: JwksServer, forge: Forge, tmp_path: Path
) -> None:
    forge.publish(forge.rsa)
    policies = [
        IssuerPolicy(issuer=ISSUER, jwks_file=forge.jwks_file),
        IssuerPolicy(issuer="https://other.test", jwks_url=jwks_server.url),
    ]
    verifier = TokenVerifier(policies, refresh_seconds=0.05, floor_seconds=0.05)
    jwks_server.status, jwks_server.body = 503, b"down"
    ours, theirs = valid_token(forge), valid_token(forge, iss="https://other.test")
    with served_shop(
        shop(), tmp_path, overrides={"verifier": verifier, "background": [verifier.load_all_keys]}
    ) as served:
        probe = partial(served.client.get, "/health/ready")
        wait_until(lambda: is_ready(served), "the pod")
        assert probe().json()["issuers_without_keys"] == 1
        assert verifier.keys_available() == {ISSUER: True, "https://other.test": False}
        assert served.get("/v1/popular", token=ours).status_code == 200
        assert served.get("/v1/popular", token=theirs).status_code == 503
        jwks_server.publish(forge.rsa)
        wait_until(lambda: probe().json()["issuers_without_keys"] == 0, "the other issuer's keys")
        assert served.get("/v1/popular", token=theirs).status_code == 200


def test_readiness_waits_for_an_answer_of_every_issuer(forge: Forge, jwks_server: JwksServer) -> None:
    forge.publish(forge.rsa)
    jwks_server.publish(forge.rsa)
    jwks_server.delay_seconds = 1.0
    policies = [
        IssuerPolicy(issuer=ISSUER, jwks_file=forge.jwks_file),
        IssuerPolicy(issuer="https://other.test", jwks_url=jwks_server.url),
    ]

    async def states() -> list[tuple[bool, int]]:
        verifier = TokenVerifier(policies)
        loading = asyncio.create_task(verifier.load_keys())
        seen = []
        while not loading.done():
            seen.append((verifier.can_verify, len(verifier.issuers_without_keys)))
            await asyncio.sleep(0.01)
        seen.append((verifier.can_verify, len(verifier.issuers_without_keys)))
        await verifier.close()
        return seen

    seen = asyncio.run(states())
    assert (False, 1) in seen
    assert seen[-1] == (True, 0)
    assert {ready for ready, lacking in seen if lacking} == {False}


@pytest.mark.parametrize("allowed", [True, False])
def test_readiness_before_the_first_snapshot(tmp_path: Path, allowed: bool) -> None:
    settings = {"ready_without_snapshot": allowed}
    with (
        served_shop(shop(), tmp_path, published=False, settings=settings) as served,
        served.client.portal() as portal,
    ):
        probe, parts = partial(served.client.get, "/health/ready"), served.components
        portal.call(parts.verifier.load_all_keys)
        assert probe().status_code == 503, "the volume was not read yet"
        portal.call(parts.snapshot_watcher.check)
        assert probe().status_code == (200 if allowed else 503)
        assert served.get("/v1/popular").status_code == 503
        if allowed:
            assert probe().json()["status"] == "no snapshot yet"
        # One is published that this pod cannot load.
        current = tmp_path / "snapshots" / "CURRENT"
        current.parent.mkdir()
        current.write_text("20260131T093000000Z-0f1e2d3c\n")
        portal.call(parts.snapshot_watcher.check)
        assert probe().status_code == 503
        served.publish()
        portal.call(parts.overlay_poller.poll)
        assert probe().json() == {
            "status": "ok",
            "snapshot_version": served.versions[-1],
            "issuers_without_keys": 0,
        }


@pytest.mark.parametrize("published", [True, False])
def test_readiness_of_a_key_file(forge: Forge, tmp_path: Path, published: bool) -> None:
    file = tmp_path / "keys.json"
    forge.publish(forge.rsa)
    if published:
        file.write_bytes(forge.jwks_file.read_bytes())
    verifier = TokenVerifier([IssuerPolicy(issuer=ISSUER, jwks_file=file)], floor_seconds=0.05)
    with served_shop(
        shop(), tmp_path, overrides={"verifier": verifier, "background": [verifier.load_all_keys]}
    ) as served:
        if not published:
            assert not is_ready(served)
            file.write_bytes(forge.jwks_file.read_bytes())
        wait_until(lambda: is_ready(served), "the pod")

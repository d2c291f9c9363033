"""Access tokens, with a key server in the test."""

import base64
import hmac
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from catalog.auth.jwks import IssuerKeys
from catalog.errors import KeysUnavailable

Serve = Callable[..., httpx.Client]
ISSUER = "http://issuer.test"


class KeyServer:
    """A key server that counts fetches and can fail."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"keys": []}
        self.fetches = 0
        self.broken = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.fetches += 1
                body = b"<html>" if outer.broken else json.dumps(outer.keys).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"

    def publish(self, *keys: Any) -> None:
        self.keys = json.loads(json.dumps(KeySet(list(keys)).as_dict()))


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    thread = threading.Thread(target=server.server.serve_forever)
    thread.start()
    yield server
    server.server.shutdown()
    thread.join()
    server.server.server_close()


RSA = RSAKey.generate_key(2048, {"kid": "rsa", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "alg": "EdDSA"})


def signed_with_secret(secret: bytes) -> str:
    claims = {"iss": ISSUER, "aud": "catalog", "exp": int(time.time()) + 60}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "rsa"}, claims)]
    signing = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(secret, signing, "sha256")).rstrip(b"=")
    return (signing + b"." + signature).decode()


def token(key: Any = RSA, algorithm: str = "RS256", **changes: Any) -> str:
    claims = {"iss": ISSUER, "aud": "catalog", "exp": int(time.time()) + 60, "sub": "indexer"} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode({"alg": algorithm, "kid": key.kid}, kept, key, algorithms=[algorithm])


@pytest.fixture
def guarded(serve: Serve, key_server: KeyServer, sqlite_url: str) -> httpx.Client:
    key_server.publish(RSA, EC, ED)
    return serve(database_url=sqlite_url, issuer=ISSUER, jwks_url=key_server.url)


def status(client: httpx.Client, access_token: str) -> int:
    return client.get("/v1/products", headers={"Authorization": f"Bearer {access_token}"}).status_code


def test_calls_need_a_token_and_probes_do_not(guarded: httpx.Client) -> None:
    calls = [
        ("GET", "/v1/products"),
        ("PUT", "/v1/products/p"),
        ("DELETE", "/v1/products/p"),
        ("GET", "/v1/purchases"),
        ("POST", "/v1/purchases"),
        ("GET", "/v1/users/u"),
        ("GET", "/v1/users/u/purchases"),
    ]
    for method, path in calls:
        answer = guarded.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert guarded.get("/health/ready").status_code == 200


def test_tokens_of_all_three_algorithms_are_accepted(guarded: httpx.Client) -> None:
    for key, algorithm in ((RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")):
        assert status(guarded, token(key, algorithm)) == 200
    assert status(guarded, token(aud=["other", "catalog"])) == 200


def test_bad_tokens_are_rejected(guarded: httpx.Client) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "rsa", "alg": "RS256"})
    good = token()
    header, payload, signature = good.split(".")
    bad = {
        "another issuer": token(iss="http://evil.test"),
        "another audience": token(aud="recommender"),
        "no audience": token(aud=None),
        "expired": token(exp=int(time.time()) - 120),
        "no expiry": token(exp=None),
        "not yet": token(nbf=int(time.time()) + 600),
        "a stranger's signature": token(stranger),
        "signed with the public key as a secret": signed_with_secret(RSA.as_pem(private=False)),
        "no signature": f"{header}.{payload}.",
        "altered": f"{header}.{payload[:-2]}AA.{signature}",
        "no token at all": "x",
        "not even text": "a.b.c",
        "endless": "a" * 20_000,
    }
    assert status(guarded, good) == 200
    assert {name: status(guarded, access_token) for name, access_token in bad.items()} == dict.fromkeys(
        bad, 401
    )


def test_missing_issuer_keys_are_503(serve: Serve, sqlite_url: str, free_port: int) -> None:
    client = serve(database_url=sqlite_url, issuer=ISSUER, jwks_url=f"http://127.0.0.1:{free_port}/jwks")
    answer = client.get("/v1/products", headers={"Authorization": f"Bearer {token()}"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


@pytest.mark.anyio
async def test_keys_are_cached_renewed_and_rarely_fetched(key_server: KeyServer) -> None:
    now = 1000.0
    key_server.publish(RSA)
    async with httpx.AsyncClient(timeout=60) as client:
        keys = IssuerKeys(key_server.url, client, monotonic=lambda: now)
        for _ in range(3):
            assert [key.kid for key in await keys.for_key_id("rsa")] == ["rsa"]
        assert key_server.fetches == 1

        key_server.publish(RSA, EC)
        assert len((await keys.for_key_id("ec")).keys) == 1  # too soon to fetch again
        now += 11
        assert len((await keys.for_key_id("ec")).keys) == 2
        assert key_server.fetches == 2

        key_server.broken = True
        now += 601
        assert len((await keys.for_key_id("ec")).keys) == 2  # the issuer is down and the keys stay
        assert key_server.fetches == 3

        fresh = IssuerKeys(key_server.url, client, monotonic=lambda: now)
        with pytest.raises(KeysUnavailable, match="cannot be fetched"):
            await fresh.for_key_id("rsa")

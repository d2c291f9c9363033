"""ID tokens that a token endpoint without TLS sends."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import served_shop
from tests.support.servers.raw_http import RawServer, Request, Script, json_answer
from tests.support.tokens import ISSUER, Forge


@pytest.mark.parametrize(
    ("claims", "header", "opens"),
    [
        ({}, {}, True),
        ({"aud": ["console", "another"], "azp": "console"}, {"typ": ...}, True),
        ({}, {"alg": "ES256", "kid": "rsa-1"}, False),
        ({}, {"alg": "altered"}, False),
        ({"nonce": "another"}, {}, False),
        ({"nonce": ...}, {}, False),
        ({"aud": "another"}, {}, False),
        ({"aud": ["console", "another"], "azp": "another"}, {}, False),
        ({"exp": 1}, {}, False),
        ({"iss": "https://another.test"}, {}, False),
    ],
)
def test_login_needs_an_id_token_that_is_signed_for_it(
    tmp_path: Path, claims: dict[str, Any], header: dict[str, Any], opens: bool
) -> None:
    now, nonces = int(time.time()), []

    def tokens(_: Request) -> Script:
        forge = Forge(tmp_path / "unused.json")
        times = {"iat": now, "exp": now + 600}
        access = forge.token(**times, scope="console:read", sub="merchandiser")
        own = {"typ": "JWT"} | {name: value for name, value in header.items() if value != "altered"}
        full = {"iss": ISSUER, "aud": "console", "nonce": nonces[0], **times, **claims}
        signed = forge.token(forge.signer(own.get("alg", "RS256")), own, **full)
        if header.get("alg") == "altered":
            signed = f"{signed.rpartition('.')[0]}.AAAA"
        return json_answer({"access_token": access, "id_token": signed, "token_type": "Bearer"})

    with RawServer(tokens) as endpoint:
        settings = {
            "console_enabled": True,
            "console_public_url": "http://127.0.0.1:8000",
            "console_client_id": "console",
            "console_authorization_url": "https://id.test/authorize",
            "console_token_url": f"{endpoint.url}/token",
        }
        with served_shop(shop(), tmp_path, now=now, published=False, settings=settings) as served:
            login = served.client.get("/console/login", follow_redirects=False).headers["location"]
            asked = parse_qs(urlsplit(login).query)
            nonces += asked["nonce"]
            answer = served.client.get(
                "/console/callback", params={"state": asked["state"][0], "code": "c"}, follow_redirects=False
            )
    assert (answer.status_code, "console-session" in answer.headers.get("set-cookie", "")) == (
        303 if opens else 400,
        opens,
    ), answer.text

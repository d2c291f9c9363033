"""Malformed tokens, and other spellings of valid ones."""

import json
from typing import Any

import pytest
from joserfc.jws import JWSRegistry

from service.auth import TokenVerifier
from tests.support.tokens import Forge
from tests.unit.service.auth.refusals import refusal, segment

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"7",
        b'"text"',
        b"{",
        b"\xff",
        b'{"exp": NaN}',
        b'{"iss": "\xff"}',
        b"[" * 5000,
        b'{"iss": "https://issuer.test"',
        b"null",
    ],
)
async def test_payload_without_claims_is_rejected(
    verifier: TokenVerifier, forge: Forge, payload: bytes
) -> None:
    assert await refusal(verifier, forge.token(payload=payload)) == "it is not a signed JSON Web Token"


async def test_nested_token_is_rejected(verifier: TokenVerifier, forge: Forge) -> None:
    assert await refusal(verifier, forge.token(payload=forge.token().encode())) == (
        "it is not a signed JSON Web Token"
    )


@pytest.mark.parametrize("header", [{"cty": "JWT"}, {"zip": "DEF"}, {"enc": "A128GCM"}])
async def test_encrypted_and_compressed_tokens_are_rejected(
    verifier: TokenVerifier, forge: Forge, header: dict[str, Any]
) -> None:
    assert await refusal(verifier, forge.token(header=header)) == "it is nested, encrypted or compressed"


@pytest.mark.parametrize(
    "payload",
    [
        b'"sub": "ana", "sub": "ben"',
        b'"sub": "ana", "s\\u0075b": "ben"',
        b'"scope": "", "scope": "users:erase.any"',
        b'"nested": {"a": 1, "a": 2}',
    ],
)
async def test_duplicate_claims_are_rejected(verifier: TokenVerifier, forge: Forge, payload: bytes) -> None:
    once = json.dumps(forge.claims()).encode()
    assert await refusal(verifier, forge.token(payload=b"{" + payload + b", " + once[1:])) == (
        "it has two members with one name"
    )


async def test_duplicate_header_parameters_are_rejected(verifier: TokenVerifier, forge: Forge) -> None:
    claims = segment(forge.claims())
    header = segment(b'{"alg": "none", "typ": "at+jwt", "kid": "rsa-1", "alg": "RS256"}')
    signed = f"{header}.{claims}".encode()
    signature = segment(JWSRegistry.algorithms["RS256"].sign(signed, forge.rsa))
    assert await refusal(verifier, f"{signed.decode()}.{signature}") == "it has two members with one name"


async def test_token_has_one_spelling(verifier: TokenVerifier, forge: Forge) -> None:
    """The last base64 character of 256 bytes has four unused bits."""
    good = forge.token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(good[-1])
    assert last % 16 == 0
    for spelling in range(last + 1, last + 16):
        assert await refusal(verifier, good[:-1] + alphabet[spelling]) == "it is not a signed JSON Web Token"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        "not a token",
        "ä.ö.ü",
        "\ud800",
        "a.b.c\n",
        "e30.e30.e30",
        "W10.e30.AA",
    ],
)
async def test_other_texts_are_rejected(verifier: TokenVerifier, token: str) -> None:
    await refusal(verifier, token)


async def test_bytes_around_a_valid_token_are_rejected(verifier: TokenVerifier, forge: Forge) -> None:
    good = forge.token()
    for changed in (good + "=", good + "\n", " " + good, good + ".", good.replace(".", "..", 1), good[:-1]):
        await refusal(verifier, changed)

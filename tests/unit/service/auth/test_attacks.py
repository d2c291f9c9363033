"""Attacks with tokens that are valid except for one property."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from service.auth import IssuerPolicy, TokenVerifier
from service.auth.token_format import MAX_TOKEN_LENGTH
from tests.support.tokens import Clock, Forge
from tests.unit.service.auth.refusals import refusal, segment

pytestmark = pytest.mark.anyio


async def test_forged_test_tokens_are_valid_by_default(verifier: TokenVerifier, forge: Forge) -> None:
    principal = await verifier.verify(forge.token())
    assert (principal.subject, principal.client_id) == ("ana", "shop")
    assert principal.scopes == {"recommendations:read", "profiles:read"}


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", None, ["RS256"], 0])
@pytest.mark.parametrize("signature", ["", "AAAA"])
async def test_unsigned_token_is_rejected(
    verifier: TokenVerifier, forge: Forge, name: object, signature: str
) -> None:
    header = segment({"alg": name, "typ": "at+jwt", "kid": "rsa-1"})
    reason = await refusal(verifier, f"{header}.{segment(forge.claims())}.{signature}")
    assert reason == (
        "its signature algorithm is not allowed" if signature else "it is not a signed JSON Web Token"
    )


async def test_valid_token_without_its_signature_is_rejected(verifier: TokenVerifier, forge: Forge) -> None:
    cut = forge.token().rpartition(".")[0]
    assert await refusal(verifier, cut) == await refusal(verifier, cut + ".")


@pytest.mark.parametrize("secret", ["pem", "der", "jwk", "kid"])
async def test_hmac_with_the_public_key_is_rejected(
    verifier: TokenVerifier, forge: Forge, secret: str
) -> None:
    key = {
        "pem": forge.rsa.as_pem(private=False),
        "der": forge.rsa.as_der(private=False),
        "jwk": json.dumps(forge.rsa.as_dict(private=False)).encode(),
        "kid": b"rsa-1",
    }[secret]
    signed = f"{segment({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'rsa-1'})}.{segment(forge.claims())}"
    forged = segment(hmac.new(key, signed.encode(), hashlib.sha256).digest())
    assert await refusal(verifier, f"{signed}.{forged}") == "its signature algorithm is not allowed"


@pytest.mark.parametrize("algorithm", ["RS512", "PS256", "ES384"])
async def test_other_algorithms_are_rejected(verifier: TokenVerifier, forge: Forge, algorithm: str) -> None:
    key = ECKey.generate_key("P-384", {"kid": "rsa-1"}) if algorithm == "ES384" else forge.rsa
    reason = await refusal(verifier, forge.token(key, {"alg": algorithm}))
    assert reason == "its signature algorithm is not allowed"


async def test_issuer_can_be_limited_to_one_algorithm(
    policy: IssuerPolicy, forge: Forge, clock: Clock
) -> None:
    narrow = IssuerPolicy(
        issuer=policy.issuer, audience=policy.audience, jwks_file=policy.jwks_file, algorithms=("ES256",)
    )
    verifier = TokenVerifier([narrow], clock=clock, monotonic=clock)
    assert (await verifier.verify(forge.token(forge.ec, {"alg": "ES256"}))).subject == "ana"
    assert await refusal(verifier, forge.token()) == "its signature algorithm is not allowed"
    await verifier.close()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_key_of_another_type_with_a_known_id_is_rejected(
    verifier: TokenVerifier, forge: Forge, algorithm: str
) -> None:
    signer = forge.signer(algorithm)
    confused = "ec-1" if algorithm != "ES256" else "rsa-1"
    reason = await refusal(verifier, forge.token(signer, {"alg": algorithm, "kid": confused}))
    assert reason == "its issuer does not publish the key that it was signed with"


async def test_foreign_key_with_a_known_id_is_rejected(verifier: TokenVerifier, forge: Forge) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    assert await refusal(verifier, forge.token(stranger)) == "its signature is wrong"


async def test_altered_claim_is_rejected(verifier: TokenVerifier, forge: Forge) -> None:
    header, _, signature = forge.token().split(".")
    changed = f"{header}.{segment(forge.claims(sub='ben'))}.{signature}"
    assert await refusal(verifier, changed) == "its signature is wrong"


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
async def test_key_inside_the_token_is_rejected(verifier: TokenVerifier, forge: Forge, name: str) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "stranger"})
    brought = {
        "jwk": stranger.as_dict(private=False),
        "jku": "http://127.0.0.1:9/jwks",
        "x5u": "http://127.0.0.1:9/cert",
        "x5c": ["MIIB"],
    }[name]
    for token in (
        forge.token(stranger, {name: brought}),
        forge.token(stranger, {name: brought, "kid": "rsa-1"}),
        forge.token(header={name: brought}),
    ):
        assert await refusal(verifier, token) == "it contains its own key"


@pytest.mark.parametrize(
    "header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}]
)
async def test_critical_extensions_are_rejected(
    verifier: TokenVerifier, forge: Forge, header: dict[str, Any]
) -> None:
    assert await refusal(verifier, forge.token(header=header)) == ("it requires an unsupported extension")


@pytest.mark.parametrize("kind", ["JWT", "jwt", "", "id+jwt", "logout+jwt", None, ..., ["at+jwt"]])
async def test_other_token_types_are_rejected(verifier: TokenVerifier, forge: Forge, kind: object) -> None:
    assert await refusal(verifier, forge.token(header={"typ": kind})) == (
        "its type is not that of an access token"
    )


@pytest.mark.parametrize("kind", ["AT+JWT", "application/at+jwt"])
async def test_token_type_ignores_letter_case(verifier: TokenVerifier, forge: Forge, kind: str) -> None:
    assert (await verifier.verify(forge.token(header={"typ": kind}))).subject == "ana"


@pytest.mark.parametrize("kid", ["", 7, None, "../jwks", "rsa-1 "])
async def test_unknown_key_ids_are_rejected(verifier: TokenVerifier, forge: Forge, kid: object) -> None:
    reason = await refusal(verifier, forge.token(header={"kid": kid}))
    assert reason in (
        "its key id is not a string",
        "its issuer does not publish the key that it was signed with",
    )


@pytest.mark.parametrize(
    "issuer",
    [
        "https://evil.test",
        "https://issuer.test/",
        "HTTPS://issuer.test",
        "",
        None,
        ...,
        ["https://issuer.test"],
    ],
)
async def test_untrusted_issuers_are_rejected(verifier: TokenVerifier, forge: Forge, issuer: object) -> None:
    assert await refusal(verifier, forge.token(iss=issuer)) == "its issuer is not trusted here"


async def test_trusted_issuer_cannot_sign_for_another(
    policy: IssuerPolicy, forge: Forge, clock: Clock, tmp_path: Path
) -> None:
    other = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"keys": [other.as_dict(private=False)]}))
    second = IssuerPolicy(issuer="https://second.test", audience="recommender", jwks_file=file)
    verifier = TokenVerifier([policy, second], clock=clock, monotonic=clock)
    assert (await verifier.verify(forge.token(other, iss="https://second.test"))).issuer == second.issuer
    assert await refusal(verifier, forge.token(other)) == "its signature is wrong"
    await verifier.close()


@pytest.mark.parametrize(
    "audience", ["catalog", "", None, ..., [], ["catalog"], {"recommender": 1}, "recommender2"]
)
async def test_other_audiences_are_rejected(verifier: TokenVerifier, forge: Forge, audience: object) -> None:
    assert await refusal(verifier, forge.token(aud=audience)) == "it is for another audience"


async def test_token_for_several_audiences_is_accepted(verifier: TokenVerifier, forge: Forge) -> None:
    assert (await verifier.verify(forge.token(aud=["catalog", "recommender"]))).subject == "ana"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1_800_000_000 - 31}, "it has expired"),
        ({"exp": 1_800_000_000 - 30}, "it has expired"),
        ({"exp": ...}, "it has no expiry time"),
        ({"exp": None}, "it has no expiry time"),
        ({"exp": "1900000000"}, "its claim exp is not a time"),
        ({"exp": True}, "its claim exp is not a time"),
        ({"exp": 1e300}, "its claim exp is not a time"),
        ({"exp": -1}, "its claim exp is not a time"),
        ({"nbf": 1_800_000_000 + 31}, "it is not valid yet"),
        ({"nbf": "soon"}, "its claim nbf is not a time"),
        ({"iat": 1_800_000_000 + 31}, "it is not valid yet"),
        ({"iat": ...}, "it has no time of issue"),
        ({"iat": None}, "it has no time of issue"),
        ({"iat": "now"}, "its claim iat is not a time"),
        ({"sub": ...}, "its claim sub is missing or not a string"),
        ({"sub": ""}, "its claim sub is missing or not a string"),
        ({"sub": 7}, "its claim sub is missing or not a string"),
        ({"client_id": ...}, "its claim client_id is missing or not a string"),
        ({"client_id": ["shop"]}, "its claim client_id is missing or not a string"),
        ({"client_id": ..., "azp": "shop"}, "its claim client_id is missing or not a string"),
        ({"scope": ["recommendations:read.any"]}, "its claim scope is not a string"),
    ],
)
async def test_invalid_claims_are_rejected(
    verifier: TokenVerifier, forge: Forge, claims: dict[str, Any], reason: str
) -> None:
    assert await refusal(verifier, forge.token(**claims)) == reason


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1_800_000_000 - 29}, {"nbf": 1_800_000_000 + 30}, {"iat": 1_800_000_000 + 30}],
)
async def test_leeway_covers_clock_differences(
    verifier: TokenVerifier, forge: Forge, claims: dict[str, Any]
) -> None:
    assert (await verifier.verify(forge.token(**claims))).subject == "ana"


async def test_size_is_checked_first(verifier: TokenVerifier, forge: Forge) -> None:
    fitting = forge.token(padding="x" * 4000)
    assert len(fitting) < MAX_TOKEN_LENGTH
    assert (await verifier.verify(fitting)).subject == "ana"
    assert "longer than 8192" in await refusal(verifier, forge.token(padding="x" * 6500))


async def test_relaxations_apply_to_one_issuer(policy: IssuerPolicy, forge: Forge, clock: Clock) -> None:
    relaxed = IssuerPolicy(
        issuer=policy.issuer,
        audience=policy.audience,
        jwks_file=policy.jwks_file,
        token_types=("at+jwt", "JWT"),
        client_id_claims=("client_id", "azp"),
    )
    verifier = TokenVerifier([relaxed], clock=clock, monotonic=clock)
    principal = await verifier.verify(forge.token(header={"typ": "JWT"}, client_id=..., azp="web"))
    assert principal.client_id == "web"
    await verifier.close()

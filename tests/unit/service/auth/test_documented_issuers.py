"""The documented issuer settings, with tokens of the shape that each issuer sends."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from pydantic import TypeAdapter

from service.auth import InvalidToken, IssuerPolicy, TokenVerifier
from tests.support.tokens import Clock, Forge

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).resolve().parents[4] / "docs" / "security" / "issuers"
ISSUERS = ["auth0", "entra", "keycloak"]


def policy_of(name: str) -> IssuerPolicy:
    (policy,) = TypeAdapter(tuple[IssuerPolicy, ...]).validate_json((FOLDER / f"{name}.json").read_bytes())
    return policy


def sample(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}-token.json").read_text())
    return document


def signed(forge: Forge, document: dict[str, Any], **changes: object) -> str:
    claims = {name: value for name, value in (document["claims"] | changes).items() if value is not None}
    key = RSAKey.import_key(forge.rsa.as_dict(private=True) | {"kid": document["header"]["kid"]})
    return forge.token(key, document["header"], json.dumps(claims).encode())


def verifier_of(name: str, forge: Forge) -> TokenVerifier:
    """A verifier with keys as these issuers list them.

    They come with a certificate, without `alg`, and beside a key for encryption.
    """
    key = forge.rsa.as_dict(private=False) | {"kid": sample(name)["header"]["kid"], "use": "sig"}
    key |= {"x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg", "x5c": ["MIIC"], "issuer": policy_of(name).issuer}
    other = forge.rsa.as_dict(private=False) | {"kid": "enc", "use": "enc", "alg": "RSA-OAEP"}
    forge.jwks_file.write_text(json.dumps({"keys": [other, key]}))
    policy = policy_of(name).model_copy(update={"jwks_url": None, "jwks_file": forge.jwks_file})
    return TokenVerifier([policy], clock=Clock(), monotonic=Clock())


@pytest.mark.parametrize("name", ISSUERS)
async def test_token_of_a_documented_issuer_is_accepted(name: str, forge: Forge) -> None:
    document = sample(name)
    verifier = verifier_of(name, forge)
    principal = await verifier.verify(signed(forge, document))
    await verifier.close()
    assert principal.subject == document["claims"]["sub"]
    assert principal.client_id == document["claims"]["azp"]
    assert "events:write" in {scope.removesuffix(".any") for scope in principal.scopes}


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name in ISSUERS for case in sample(name)["refused"]], ids=str
)
async def test_similar_token_is_rejected(name: str, case: dict[str, Any], forge: Forge) -> None:
    verifier = verifier_of(name, forge)
    with pytest.raises(InvalidToken):
        await verifier.verify(signed(forge, sample(name), **case["claims"]))
    await verifier.close()


@pytest.mark.parametrize("name", ISSUERS)
async def test_tokens_are_rejected_without_relaxations(name: str, forge: Forge) -> None:
    policy = policy_of(name)
    strict = IssuerPolicy(issuer=policy.issuer, audience=policy.audience, jwks_file=forge.jwks_file)
    verifier = TokenVerifier([strict], clock=Clock(), monotonic=Clock())
    with pytest.raises(InvalidToken, match="type is not that of an access token"):
        await verifier.verify(signed(forge, sample(name)))
    await verifier.close()


def test_every_documented_entry_is_tested() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json") if "-token" not in path.name) == ISSUERS

"""Cache of verified tokens, and key sets in files."""

import json

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from structlog.testing import capture_logs

from service.auth import InvalidToken, IssuerPolicy, IssuerUnavailable, TokenVerifier
from service.auth.key_sources import MAX_JWKS_BYTES
from tests.support.tokens import Clock, Forge

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_each_allowed_algorithm_is_accepted(
    verifier: TokenVerifier, forge: Forge, algorithm: str
) -> None:
    signer = forge.signer(algorithm)
    assert (await verifier.verify(forge.token(signer, {"alg": algorithm}))).subject == "ana"


async def test_token_without_key_id_is_accepted_with_one_suitable_key(
    verifier: TokenVerifier, forge: Forge
) -> None:
    assert (await verifier.verify(forge.token(header={"kid": ...}))).subject == "ana"


async def test_token_without_key_id_is_rejected_with_two_suitable_keys(
    verifier: TokenVerifier, forge: Forge
) -> None:
    forge.publish(forge.rsa, RSAKey.generate_key(2048, {"kid": "rsa-2"}))
    with pytest.raises(InvalidToken):
        await verifier.verify(forge.token(header={"kid": ...}))


async def test_verified_token_is_cached_until_it_expires(
    verifier: TokenVerifier, forge: Forge, clock: Clock
) -> None:
    token = forge.token()
    first = await verifier.verify(token)
    assert await verifier.verify(token) is first
    clock.now += 629
    await verifier.load_keys()
    assert await verifier.verify(token) is first
    clock.now += 1
    with pytest.raises(InvalidToken, match="expired"):
        await verifier.verify(token)


async def test_cache_evicts_the_least_recently_used_token(
    policy: IssuerPolicy, forge: Forge, clock: Clock
) -> None:
    verifier = TokenVerifier([policy], max_cached_tokens=2, clock=clock, monotonic=clock)
    tokens = [forge.token(sub=name) for name in ("ana", "ben", "cem")]
    ana, ben = await verifier.verify(tokens[0]), await verifier.verify(tokens[1])
    assert await verifier.verify(tokens[0]) is ana
    await verifier.verify(tokens[2])
    assert await verifier.verify(tokens[0]) is ana
    assert await verifier.verify(tokens[1]) is not ben
    await verifier.close()


async def test_rejected_token_is_not_cached(verifier: TokenVerifier, forge: Forge, clock: Clock) -> None:
    early = forge.token(nbf=clock.now + 60)
    with pytest.raises(InvalidToken, match="not valid yet"):
        await verifier.verify(early)
    clock.now += 60
    assert (await verifier.verify(early)).subject == "ana"


async def test_withdrawn_key_invalidates_its_tokens(
    verifier: TokenVerifier, forge: Forge, clock: Clock
) -> None:
    token = forge.token()
    await verifier.verify(token)
    forge.publish(forge.ec)
    clock.now += 10
    await verifier.load_keys()
    with pytest.raises(InvalidToken, match="does not publish"):
        await verifier.verify(token)


async def test_changed_key_file_is_read_again(verifier: TokenVerifier, forge: Forge, clock: Clock) -> None:
    await verifier.verify(forge.token())
    added = RSAKey.generate_key(2048, {"kid": "added"})
    forge.publish(forge.rsa, added)
    with pytest.raises(InvalidToken):
        await verifier.verify(forge.token(added))
    clock.now += 10
    assert (await verifier.verify(forge.token(added))).subject == "ana"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"keys": 7}',
        '{"keys": []}',
        '{"keys": [7, null, {}]}',
        f'{{"keys": [7{", 7" * 9999}]}}',
    ],
)
async def test_key_file_without_keys_is_unavailable(
    verifier: TokenVerifier, forge: Forge, clock: Clock, content: str
) -> None:
    forge.jwks_file.write_text(content)
    with pytest.raises(IssuerUnavailable) as caught, capture_logs() as logs:
        await verifier.verify(forge.token())
    assert len(logs) <= 2  # a key set of invalid keys fills no log
    assert caught.value.retry_after_seconds == 10
    forge.publish(forge.rsa)
    clock.now += 10
    assert (await verifier.verify(forge.token())).subject == "ana"


async def test_oversized_key_file_is_unavailable(verifier: TokenVerifier, forge: Forge) -> None:
    forge.jwks_file.write_text(forge.jwks_file.read_text().ljust(MAX_JWKS_BYTES + 1))
    with pytest.raises(IssuerUnavailable):
        await verifier.verify(forge.token())


async def test_missing_key_file_is_unavailable(verifier: TokenVerifier, forge: Forge) -> None:
    forge.jwks_file.unlink()
    with pytest.raises(IssuerUnavailable):
        await verifier.verify(forge.token())


async def test_unsuitable_keys_are_ignored(verifier: TokenVerifier, forge: Forge) -> None:
    weak = {"kty": "RSA", "kid": "weak", "n": "AQAB" * 40, "e": "AQAB"}
    listed = [
        weak,
        OctKey.generate_key(256, {"kid": "oct"}).as_dict(),
        {**forge.rsa.as_dict(private=False), "kid": "encryption", "use": "enc"},
        {**forge.rsa.as_dict(private=False), "kid": "wrapping", "key_ops": ["wrapKey"]},
        {**forge.rsa.as_dict(private=False), "kid": "other-algorithm", "alg": "RS512"},
        {"kty": "new", "kid": "future"},
        ECKey.generate_key("P-384", {"kid": "p384"}).as_dict(private=False),
        forge.rsa.as_dict(private=False),
    ]
    forge.jwks_file.write_text(json.dumps({"keys": listed}))
    assert (await verifier.verify(forge.token())).subject == "ana"
    for kid in ("weak", "oct", "encryption", "wrapping", "other-algorithm", "future", "p384"):
        with pytest.raises(InvalidToken, match="does not publish"):
            await verifier.verify(forge.token(header={"kid": kid}))


async def test_key_on_another_curve_is_rejected(verifier: TokenVerifier, forge: Forge) -> None:
    p384 = ECKey.generate_key("P-384", {"kid": "p384"})
    forge.publish(p384)
    with pytest.raises(InvalidToken, match="cannot be verified"):
        await verifier.verify(forge.token(forge.ec, {"alg": "ES256", "kid": "p384"}))

"""Verifies access tokens of the trusted issuers, each token once."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from service.auth.claims import check_claims, check_header
from service.auth.errors import InvalidToken
from service.auth.jwks_cache import JwksCache
from service.auth.key_sources import FETCH_TIMEOUT_SECONDS, FileKeySource, KeySource, UrlKeySource
from service.auth.policy import IssuerPolicy
from service.auth.principal import Principal
from service.auth.token_format import UnverifiedToken, check_length, take_apart


@dataclass(frozen=True, slots=True)
class _Issuer:
    policy: IssuerPolicy
    keys: JwksCache


@dataclass(frozen=True, slots=True)
class _Verified:
    principal: Principal
    issuer: _Issuer
    generation: int


class TokenVerifier:
    """Turns access tokens into principals.

    A verified token is remembered by its SHA-256 until it expires or its issuer's key set changes.

    Args:
        policies: the trusted issuers, one policy each.
        refresh_seconds: how often a key set is read again from its URL; a file is every `floor_seconds`.
        floor_seconds: shortest time between two readings of one key set.
        remembered_tokens: how many verified tokens are kept at most.
        fetch_seconds: limit of one fetch of a key set from its URL.
        clock: seconds since the epoch, for the times in tokens.
        monotonic: monotonic seconds, for the age of key sets.

    Raises:
        ValueError: on construction, when there is no policy or two for one issuer.
    """

    def __init__(
        self,
        policies: Sequence[IssuerPolicy],
        *,
        refresh_seconds: float = 300.0,
        floor_seconds: float = 10.0,
        remembered_tokens: int = 10_000,
        fetch_seconds: float = FETCH_TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._remembered_tokens = remembered_tokens
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()
        self._issuers: dict[str, _Issuer] = {}
        for policy in policies:
            if policy.jwks_file is not None:  # Files are cheap to read, so they are read often.
                source: KeySource = FileKeySource(policy.jwks_file)
                age = floor_seconds
            else:
                source, age = UrlKeySource(str(policy.jwks_url), fetch_seconds), refresh_seconds
            keys = JwksCache(source, refresh_seconds=age, floor_seconds=floor_seconds, clock=monotonic)
            self._issuers[policy.issuer] = _Issuer(policy, keys)
        if not policies or len(self._issuers) != len(policies):
            raise ValueError("Token verification needs at least one issuer, and each issuer once.")

    async def load_keys(self) -> None:
        """Read all key sets ahead of the first token; an issuer that is down is only logged."""
        await asyncio.gather(*(issuer.keys.load() for issuer in self._issuers.values()))

    async def verify(self, token: str) -> Principal:
        """The caller behind `token`, the compact form without `Bearer`.

        Raises:
            InvalidToken: it is malformed, forged, expired or not meant for this service.
            IssuerUnavailable: the key it names cannot be looked up now.
        """
        check_length(token)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and self._still_good(known):
            self._verified.move_to_end(digest)
            return known.principal
        verified = await self._verify(token)
        self._verified[digest] = verified
        self._verified.move_to_end(digest)
        if len(self._verified) > self._remembered_tokens:
            self._verified.popitem(last=False)
        return verified.principal

    async def close(self) -> None:
        """End all work in the background and close the connections."""
        await asyncio.gather(*(issuer.keys.close() for issuer in self._issuers.values()))

    def _still_good(self, known: _Verified) -> bool:
        known.issuer.keys.revalidate()
        expires_at = known.principal.expires_at + known.issuer.policy.leeway_seconds
        return known.generation == known.issuer.keys.generation and self._clock() < expires_at

    async def _verify(self, token: str) -> _Verified:
        parts = take_apart(token)
        name = parts.claims.get("iss")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise InvalidToken("its issuer is not trusted here")
        check_header(issuer.policy, parts.header)
        # Before the signature: a token that would be refused anyway never makes anyone read keys.
        principal = check_claims(issuer.policy, parts.claims, self._clock())
        key = await issuer.keys.key(parts.header.get("kid"), parts.header["alg"])
        generation = issuer.keys.generation
        _check_signature(parts, key)
        return _Verified(principal, issuer, generation)


def _check_signature(parts: UnverifiedToken, key: Key) -> None:
    algorithm = JWSRegistry.algorithms[parts.header["alg"]]
    try:
        algorithm.check_key(key)
        genuine = algorithm.verify(parts.signed, parts.signature, key)
    except (JoseError, ValueError) as error:
        raise InvalidToken("its signature cannot be verified") from error
    if not genuine:
        raise InvalidToken("its signature is wrong")

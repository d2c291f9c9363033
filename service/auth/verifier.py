"""Verification of access tokens, with a cache of verified ones."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from service.auth.claims import check_claims, check_header, check_id_token, check_protection
from service.auth.errors import InvalidToken
from service.auth.jwks_cache import JwksCache
from service.auth.key_sources import FETCH_TIMEOUT_SECONDS, FileKeySource, KeySource, UrlKeySource
from service.auth.policy import IssuerPolicy
from service.auth.principal import Principal
from service.auth.token_format import UnverifiedToken, check_length, split_token


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

    A verified token is cached by its SHA-256 until it expires or its issuer's key set changes.

    Args:
        policies: one policy for each trusted issuer.
        refresh_seconds: age at which a key set is fetched again from its URL. A file is read every `floor_seconds`.
        floor_seconds: minimum time between two reads of one key set.
        fetch_seconds: limit of one fetch of a key set.
        max_cached_tokens: maximum number of cached tokens.
        clock: seconds since the epoch, for times in tokens.
        monotonic: monotonic seconds, for the age of key sets.

    Raises:
        ValueError: no policy, or two for one issuer.
    """

    def __init__(
        self,
        policies: Sequence[IssuerPolicy],
        *,
        refresh_seconds: float = 300.0,
        floor_seconds: float = 10.0,
        fetch_seconds: float = FETCH_TIMEOUT_SECONDS,
        max_cached_tokens: int = 10_000,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._floor_seconds = floor_seconds
        self._max_cached_tokens = max_cached_tokens
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()
        self._issuers: dict[str, _Issuer] = {}
        for policy in policies:
            source = _source_of(policy, fetch_seconds)
            # Files are cheap to read.
            age = refresh_seconds if policy.jwks_file is None else floor_seconds
            keys = JwksCache(source, refresh_seconds=age, floor_seconds=floor_seconds, clock=monotonic)
            self._issuers[policy.issuer] = _Issuer(policy, keys)
        if not policies or len(self._issuers) != len(policies):
            raise ValueError("Token verification needs at least one issuer, and each issuer once.")

    @property
    def keys_loaded(self) -> bool:
        """True once the keys of every issuer were fetched."""
        return not self.issuers_without_keys

    @property
    def can_verify(self) -> bool:
        """True once one issuer's keys were fetched, and all others were asked."""
        caches = [issuer.keys for issuer in self._issuers.values()]
        return any(keys.loaded for keys in caches) and all(keys.tried for keys in caches)

    @property
    def issuers_without_keys(self) -> Sequence[str]:
        """The issuers whose keys were never fetched. Their tokens cannot be verified."""
        return [name for name, issuer in self._issuers.items() if not issuer.keys.loaded]

    def keys_available(self) -> Mapping[str, bool]:
        """Tells by issuer whether the latest fetch of its keys succeeded."""
        return {name: issuer.keys.available for name, issuer in self._issuers.items()}

    async def load_all_keys(self) -> None:
        """Fetches key sets until each was fetched once."""
        await self.load_keys()
        while not self.keys_loaded:
            await asyncio.sleep(self._floor_seconds)
            await self.load_keys()

    async def load_keys(self) -> None:
        """Fetches all key sets. An issuer that is down is only logged."""
        await asyncio.gather(*(issuer.keys.load() for issuer in self._issuers.values()))

    async def verify(self, token: str) -> Principal:
        """The caller behind a token in compact form, without `Bearer`.

        Raises:
            InvalidToken: malformed, forged, expired or for another service.
            IssuerUnavailable: the token's key cannot be fetched now.
        """
        check_length(token)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and self._is_valid(known):
            self._verified.move_to_end(digest)
            return known.principal
        verified = await self._verify(token)
        self._verified[digest] = verified
        self._verified.move_to_end(digest)
        if len(self._verified) > self._max_cached_tokens:
            self._verified.popitem(last=False)
        return verified.principal

    async def verify_id_token(self, token: str, issuer: str, client_id: str, nonce: str) -> None:
        """Checks an ID token, its signature included (OpenID Connect Core, section 3.1.3.7).

        Args:
            token: in compact form.
            issuer: issuer of the access token that came with it.
            client_id: the client that began the login.
            nonce: nonce that the login sent.

        Raises:
            InvalidToken: malformed, forged, expired, or for another client or login.
            IssuerUnavailable: the token's key cannot be fetched now.
        """
        check_length(token)
        parts = split_token(token)
        if parts.claims.get("iss") != issuer:
            raise InvalidToken("it is of another issuer")
        known = self._issuers[issuer]
        check_protection(known.policy, parts.header)
        check_id_token(known.policy, parts.claims, client_id, nonce, self._clock())
        _check_signature(parts, await known.keys.key(parts.header.get("kid"), parts.header["alg"]))

    async def close(self) -> None:
        """Cancels fetches in the background and closes connections."""
        await asyncio.gather(*(issuer.keys.close() for issuer in self._issuers.values()))

    def _is_valid(self, known: _Verified) -> bool:
        known.issuer.keys.revalidate()
        expires_at = known.principal.expires_at + known.issuer.policy.leeway_seconds
        return known.generation == known.issuer.keys.generation and self._clock() < expires_at

    async def _verify(self, token: str) -> _Verified:
        parts = split_token(token)
        name = parts.claims.get("iss")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise InvalidToken("its issuer is not trusted here")
        check_header(issuer.policy, parts.header)
        # Before the signature: a token that is rejected anyway must not trigger a fetch of keys.
        principal = check_claims(issuer.policy, parts.claims, self._clock())
        key = await issuer.keys.key(parts.header.get("kid"), parts.header["alg"])
        generation = issuer.keys.generation
        _check_signature(parts, key)
        return _Verified(principal, issuer, generation)


def _source_of(policy: IssuerPolicy, fetch_seconds: float) -> KeySource:
    if policy.jwks_file is not None:
        return FileKeySource(policy.jwks_file)
    return UrlKeySource(str(policy.jwks_url), fetch_seconds)


def _check_signature(parts: UnverifiedToken, key: Key) -> None:
    algorithm = JWSRegistry.algorithms[parts.header["alg"]]
    try:
        algorithm.check_key(key)
        genuine = algorithm.verify(parts.signed, parts.signature, key)
    except (JoseError, ValueError) as error:
        raise InvalidToken("its signature cannot be verified") from error
    if not genuine:
        raise InvalidToken("its signature is wrong")

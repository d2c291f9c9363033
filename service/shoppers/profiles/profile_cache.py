"""Cached profiles, hidden products, and the tombstones of erased shoppers."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from adapters.cache import Cache, CacheEntry, Copies
from recommender.entities import Preferences, Profile
from recommender.interactions import Interactions, Kind
from service.shoppers.profiles.packed_interactions import pack_interactions, unpack_interactions
from service.shoppers.profiles.records import EpochSeconds, decode_stored

_DIGEST_BYTES = 16

_TOMBSTONE_SECONDS = 30 * 86_400.0

_HIDDEN_SECONDS = 30 * 86_400.0
"""Lifetime of the hidden products of a shopper, so that they outlive the profile in an outage of the database."""


class Basis(msgspec.Struct, array_like=True, frozen=True):
    """Facts beside a merged profile, without which an event cannot be applied to it.

    Attributes:
        epoch: token of the cache under which the profile was loaded.
        reread: products with a refund or an unhide. After a purchase or hide of one, the profile is read again.
        permanent: number of purchases, hides and unhides in the database, which keeps a limited number.
    """

    epoch: bytes
    reread: frozenset[str] = frozenset()
    permanent: int = 0


class _StoredProfile(msgspec.Struct, array_like=True, frozen=True):
    """Cached form of a profile.

    Earlier releases stored interactions as tuples. They do not read the packed ones, and take them for a miss.
    """

    read_at: EpochSeconds
    interactions: bytes | list[tuple[str, EpochSeconds, Kind]]
    preferences: Preferences = Preferences()
    partial: bool = False
    basis: Basis | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class CachedProfile:
    """A profile as it is cached.

    Attributes:
        read_at: time at which the catalog was read, in epoch seconds.
        partial: true if the database was down and only the catalog was used.
        basis: None if no event can be applied.
        complete: false if the catalog returned purchases, but no preferences.
    """

    read_at: float
    interactions: Interactions
    preferences: Preferences
    partial: bool = False
    basis: Basis | None = None
    complete: bool = True

    def profile(self, user_id: str) -> Profile:
        """Returns the core's profile."""
        return Profile(user_id, self.interactions, self.preferences)

    def encode(self) -> bytes:
        """Returns the bytes to store."""
        packed = pack_interactions(self.interactions)
        stored = _StoredProfile(
            self.read_at, packed, self.preferences, self.partial, self.basis, self.complete
        )
        return msgspec.msgpack.encode(stored)

    @classmethod
    def decode(cls, content: bytes) -> "CachedProfile | None":
        """Decodes stored bytes. None stands for damaged ones."""
        stored = decode_stored(content, _StoredProfile)
        if stored is None:
            return None
        found = stored.interactions
        try:
            interactions = unpack_interactions(found) if isinstance(found, bytes) else Interactions.of(found)
        except ValueError:
            return None
        return cls(
            stored.read_at, interactions, stored.preferences, stored.partial, stored.basis, stored.complete
        )


@dataclass(frozen=True, slots=True)
class ProfileCache:
    """Reads and writes profiles in the cache that all pods share.

    Every method raises CacheUnavailable, within a bounded time, when the cache cannot be reached.
    """

    cache: Cache

    async def get(self, user_id: str, entry: CacheEntry | None = None) -> CachedProfile | None:
        """Returns the cached profile, or None.

        None also stands for a profile that cannot be read.

        Args:
            user_id: shopper.
            entry: entry that was read before. If it is the shopper's, the cache is not read again.
        """
        key = profile_key(user_id)
        value = entry.value if entry is not None and entry.key == key else await self.cache.get(key)
        content = content_of(key, value)
        return CachedProfile.decode(content) if content else None

    async def epoch(self, user_id: str) -> bytes:
        """Token that every invalidation changes. Read it before loading the profile to cache."""
        return await self.cache.epoch(profile_key(user_id))

    async def set(self, user_id: str, profile: CachedProfile, ttl_seconds: float, epoch: bytes) -> None:
        """Stores a profile, unless it was invalidated since `epoch`."""
        key = profile_key(user_id)
        value = bound_value(key, profile.encode())
        await self.cache.set_unless_invalidated(key, value, ttl_seconds, epoch)

    async def replace(
        self, user_id: str, profile: CachedProfile, ttl_seconds: float, basis: Basis, author: Copies
    ) -> bool:
        """Replaces a profile on every pod, if it was read on `basis`.

        `author` replaces its own copy. False if the profile was invalidated since it was read. Then nothing was done.
        """
        if profile.basis is None:
            return False
        key = profile_key(user_id)
        value = bound_value(key, profile.encode())
        return await self.cache.replace(key, value, ttl_seconds, basis.epoch, profile.basis.epoch, author)

    async def invalidate(self, user_ids: Sequence[str], hides_of: Iterable[str] = ()) -> None:
        """Removes the profiles on every pod. The next request loads them again.

        After CacheUnavailable some pods may still use the old profiles.

        Args:
            user_ids: shoppers.
            hides_of: those whose hidden products changed, too.
        """
        keys = [*map(profile_key, user_ids), *map(_hidden_key, hides_of)]
        await self.cache.invalidate(keys)

    async def hidden(self, user_id: str) -> tuple[str, ...] | None:
        """Returns the ids of hidden products, or None if they are unknown."""
        key = _hidden_key(user_id)
        content = content_of(key, await self.cache.get(key))
        return None if content is None else decode_stored(content, tuple[str, ...])

    async def hidden_epoch(self, user_id: str) -> bytes:
        """Token that every invalidation of the hidden products changes. Read it before loading them."""
        return await self.cache.epoch(_hidden_key(user_id))

    async def set_hidden(self, user_id: str, product_ids: Iterable[str], epoch: bytes) -> None:
        """Stores the hidden products, unless they were invalidated since `epoch`."""
        key = _hidden_key(user_id)
        value = bound_value(key, msgspec.msgpack.encode(sorted(product_ids)))
        await self.cache.set_unless_invalidated(key, value, _HIDDEN_SECONDS, epoch)

    async def write_tombstone(self, user_id: str, erased_at: float) -> None:
        """Records an erasure and invalidates the profile.

        While the database is down, the tombstone excludes the catalog's purchases up to `erased_at` (epoch seconds).
        """
        await self.cache.set(_tombstone_key(user_id), str(erased_at).encode(), _TOMBSTONE_SECONDS)
        await self.invalidate([user_id], [user_id])

    async def erased_at(self, user_id: str) -> datetime | None:
        """Returns the time of the tombstone in UTC, or None without one.

        A tombstone that cannot be read excludes everything.
        """
        tombstone = await self.cache.get(_tombstone_key(user_id))
        if tombstone is None:
            return None
        try:
            return datetime.fromtimestamp(float(tombstone), UTC)
        except (ValueError, OverflowError, OSError):
            return datetime.max.replace(tzinfo=UTC)


def profile_key(user_id: str) -> str:
    """Cache key of a shopper's profile."""
    return f"profile:2:{user_id}"


def _hidden_key(user_id: str) -> str:
    return f"hidden:1:{user_id}"


def _tombstone_key(user_id: str) -> str:
    # A digest, because the tombstone of an erased shopper must not hold the shopper's id.
    return f"erased:{_digest(user_id).hex()}"


def bound_value(key: str, content: bytes) -> bytes:
    """The value to store under `key`.

    It begins with a digest of the key, so that it is never believed under the key of another shopper.
    """
    return _digest(key) + content


def content_of(key: str, value: bytes | None) -> bytes | None:
    """The content of a value that was stored under `key`.

    None for no value, for one of another key, and for one of an earlier release.
    """
    return value[_DIGEST_BYTES:] if value and value.startswith(_digest(key)) else None


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES).digest()

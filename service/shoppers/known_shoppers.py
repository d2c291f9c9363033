"""Profiles of shoppers that this process keeps between requests."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from sys import getsizeof

from recommender.entities import Profile
from service.shoppers.loaded_profile import LoadedProfile
from service.shoppers.profile_cache import profile_key

_COUNTERS = 4096
_BYTES = 2_000
"""Of a shopper, without texts and interactions."""


@dataclass(slots=True)
class KnownShopper:
    """A shopper who was read a moment ago.

    Attributes:
        loaded: the same object until the shopper's content changes.
        read_at: time at which the catalog was read, in epoch seconds.
        profile_bytes: of the profile, estimated.
        size: estimated bytes, with those of what was computed.
    """

    loaded: LoadedProfile
    read_at: float
    profile_bytes: int = field(init=False)
    size: int = 0

    def __post_init__(self) -> None:
        """Estimates the profile once."""
        self.profile_bytes = _profile_bytes(self.loaded.profile)


class KnownShoppers:
    """Decoded profiles. `Copies` of a cache.

    Evicts the least recently used ones. Keeps none before `start`, and after `stop`.

    Args:
        max_bytes: estimated size of all profiles. 0 keeps none.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, KnownShopper] = OrderedDict()
        self._bytes = 0
        self._started = False
        self._changes = [0] * _COUNTERS
        self._stops = 0

    def get(self, user_id: str) -> KnownShopper | None:
        """The shopper, if known."""
        key = profile_key(user_id)
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
        return known

    def state(self, user_id: str) -> tuple[int, int] | None:
        """Token that every invalidation of the shopper changes.

        Read it before the profile that is to be kept.
        """
        return (self._stops, self._changes[_counter(profile_key(user_id))]) if self._started else None

    def keep(self, loaded: LoadedProfile, read_at: float, since: tuple[int, int] | None) -> LoadedProfile:
        """Keeps a profile, unless it was invalidated since the token `since`.

        Returns the kept profile, which is the one that was kept before if the content is equal.
        """
        user_id = loaded.profile.user_id
        if since is None or since != self.state(user_id):
            return loaded
        known = self._kept.get(profile_key(user_id))
        if known is not None and known.loaded.profile == loaded.profile:
            known.read_at = read_at
            return known.loaded
        self._remove(profile_key(user_id))
        self._kept[profile_key(user_id)] = KnownShopper(loaded, read_at)
        self.measure(user_id)
        return loaded

    def measure(self, user_id: str, computed_bytes: int = 0) -> None:
        """Counts a shopper's size again.

        `computed_bytes` is the size of results that are computed from the profile.
        """
        known = self._kept.get(profile_key(user_id))
        if known is None:
            return
        size = known.profile_bytes + computed_bytes
        self._bytes += size - known.size
        known.size = size
        while self._bytes > self._max_bytes and self._kept:
            self._remove(next(iter(self._kept)))

    def start(self) -> None:
        """See `Copies`."""
        self._started = self._max_bytes > 0

    def drop(self, keys: Collection[str]) -> None:
        """See `Copies`."""
        for key in keys:
            self._changes[_counter(key)] += 1
            self._remove(key)

    def stop(self) -> None:
        """See `Copies`."""
        self._started = False
        self._stops += 1
        self._kept.clear()
        self._bytes = 0

    def _remove(self, key: str) -> None:
        known = self._kept.pop(key, None)
        if known is not None:
            self._bytes -= known.size


def _profile_bytes(profile: Profile) -> int:
    stated = profile.preferences
    names = (
        *stated.liked_categories,
        *stated.disliked_categories,
        *stated.liked_brands,
        *stated.disliked_brands,
        *stated.hidden_products,
    )
    return _BYTES + profile.interactions.nbytes() + sum(map(getsizeof, names))


def _counter(key: str) -> int:
    return hash(key) % _COUNTERS

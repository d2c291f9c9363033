"""Profiles of shoppers that this process keeps between requests."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from sys import getsizeof

from recommender.entities import Profile
from service.shoppers.profiles.loaded_profile import LoadedProfile
from service.shoppers.profiles.profile_cache import Basis, profile_key

_TIMES = 4096
_BYTES = 2_000
"""Of a shopper, without texts and interactions."""


@dataclass(slots=True)
class KnownShopper:
    """A profile that this process keeps.

    Attributes:
        loaded: the profile. The same object until the shopper's content changes.
        read_at: time at which the catalog was read, in epoch seconds.
        basis: what is needed to apply an event to it. None: no event can be applied.
        profile_bytes: memory of the profile, estimated.
        size: the same, with the results that were computed from it.
    """

    loaded: LoadedProfile
    read_at: float
    basis: Basis | None = None
    profile_bytes: int = field(init=False)
    size: int = 0

    def __post_init__(self) -> None:
        """Estimates the profile once."""
        texts = self.basis.reread if self.basis else ()
        self.profile_bytes = _profile_bytes(self.loaded.profile) + sum(map(getsizeof, texts))


class KnownShoppers:
    """Keeps profiles in memory while the cache reports every change of them.

    It is the `Copies` that the cache drops entries of: between `start` and `stop` all invalidations arrive. At other
    times nothing is kept. The least recently used profiles are evicted.

    Args:
        max_bytes: estimated size of all profiles. 0 keeps none.
        clock: monotonic seconds, as in `CacheEntry.asked_at`.
    """

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._kept: OrderedDict[str, KnownShopper] = OrderedDict()
        self._bytes = 0
        self._started_at = math.inf
        self._changed_at = [-math.inf] * _TIMES

    def get(self, user_id: str) -> KnownShopper | None:
        """The shopper, if known."""
        key = profile_key(user_id)
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
        return known

    def now(self) -> float:
        """The current time in monotonic seconds.

        Take it before a profile is read that is to be kept.
        """
        return self._clock()

    def keep(
        self, loaded: LoadedProfile, read_at: float, since: float, basis: Basis | None = None
    ) -> LoadedProfile:
        """Keeps a profile, unless it may have been invalidated since the time `since`.

        Returns the kept profile, which is the one that was kept before if the content is equal.
        """
        key = profile_key(loaded.profile.user_id)
        if since <= max(self._started_at, self._changed_at[_place(key)]):
            return loaded
        known = self._kept.get(key)
        if known is not None and known.loaded.profile == loaded.profile:
            known.read_at, known.basis = read_at, basis
            return known.loaded
        self._put(key, KnownShopper(loaded, read_at, basis))
        return loaded

    def replace(self, known: KnownShopper, changed: KnownShopper) -> None:
        """Keeps `changed` if `known` is still kept, else nothing.

        A profile that is being read is not kept either.
        """
        key = profile_key(known.loaded.profile.user_id)
        is_current = self._kept.get(key) is known
        self.drop([key])
        if is_current:
            self._put(key, changed)

    def measure(self, user_id: str, computed_bytes: int = 0) -> None:
        """Counts a shopper's size again.

        `computed_bytes` is the size of results that are computed from the profile.
        """
        self._measure(profile_key(user_id), computed_bytes)

    def _measure(self, key: str, computed_bytes: int) -> None:
        known = self._kept.get(key)
        if known is None:
            return
        size = known.profile_bytes + computed_bytes
        self._bytes += size - known.size
        known.size = size
        while self._bytes > self._max_bytes and self._kept:
            self._remove(next(iter(self._kept)))

    def start(self) -> None:
        """See `Copies`."""
        if self._started_at == math.inf and self._max_bytes > 0:
            self._started_at = self._clock()

    def drop(self, keys: Collection[str]) -> None:
        """See `Copies`."""
        for key in keys:
            self._changed_at[_place(key)] = self._clock()
            self._remove(key)

    def stop(self) -> None:
        """See `Copies`."""
        self._started_at = math.inf
        self._kept.clear()
        self._bytes = 0

    def _put(self, key: str, known: KnownShopper) -> None:
        self._remove(key)
        self._kept[key] = known
        self._measure(key, 0)

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


def _place(key: str) -> int:
    return hash(key) % _TIMES

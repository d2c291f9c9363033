"""Updates the profiles that this process keeps, instead of loading them again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from adapters.cache import CacheUnavailable, new_epoch
from adapters.database import Event, EventLimits
from recommender.entities import Profile
from service.shoppers.profiles.event_application import apply_events, changed_basis
from service.shoppers.profiles.known_shoppers import KnownShopper, KnownShoppers
from service.shoppers.profiles.loaded_profile import LoadedProfile
from service.shoppers.profiles.profile_cache import Basis, CachedProfile, ProfileCache, profile_key

_MAX_UPDATED = 20
"""Shoppers of one batch. Each takes a round trip to the cache."""


@dataclass(frozen=True, slots=True)
class ProfileUpdater:
    """Applies stored events to kept profiles, here and in the cache.

    A profile is only replaced if no process changed the shopper since it was read: the cache compares the tokens.

    Attributes:
        limits: numbers of events that the database keeps.
        clock: epoch seconds.
        fresh_seconds: age up to which a kept profile is used.
        kept_seconds: lifetime of the profile in the cache.
    """

    cache: ProfileCache
    known: KnownShoppers
    limits: EventLimits
    clock: Callable[[], float]
    fresh_seconds: float
    kept_seconds: float

    def kept(self, user_ids: Iterable[str]) -> dict[str, KnownShopper]:
        """The profiles that events may be applied to.

        Read them before the events are stored. A profile that is read later may hold the events already.
        """
        found = ((user_id, self.known.get(user_id)) for user_id in set(user_ids))
        now = self.clock()
        return {
            user_id: known
            for user_id, known in found
            if known is not None and abs(now - known.read_at) <= self.fresh_seconds
        }

    async def apply(self, added: Iterable[Event], kept: Mapping[str, KnownShopper]) -> frozenset[str]:
        """Applies newly stored events where that is possible.

        Returns the shoppers whose profiles are current. The profiles of all others are to be invalidated.
        """
        by_shopper = defaultdict[str, list[Event]](list)
        for event in added:
            if event.user_id in kept:
                by_shopper[event.user_id].append(event)
        updated = set()
        for user_id, events in islice(by_shopper.items(), _MAX_UPDATED):
            known = kept[user_id]
            if known.basis is not None and await self._apply(known, known.basis, events):
                updated.add(user_id)
        return frozenset(updated)

    async def _apply(self, known: KnownShopper, basis: Basis, events: list[Event]) -> bool:
        profile = known.loaded.profile
        interactions = apply_events(
            profile.interactions, basis, events, self.limits, read_at=known.read_at, now=self.clock()
        )
        if interactions is None:
            return False
        changed = KnownShopper(
            LoadedProfile(replace(profile, interactions=interactions)),
            known.read_at,
            changed_basis(basis, new_epoch(), events),
        )
        return await self._replace(known, basis, changed)

    async def _replace(self, known: KnownShopper, basis: Basis, changed: KnownShopper) -> bool:
        profile, replaced = changed.loaded.profile, False
        try:
            replaced = await self.cache.replace(
                profile.user_id, _cached(profile, changed), self.kept_seconds, basis, self.known
            )
        except CacheUnavailable:
            return False
        finally:
            if replaced:
                self.known.replace(known, changed)
            else:  # The old profile may be outdated, after a cancellation, too.
                self.known.drop([profile_key(profile.user_id)])
        return replaced


def _cached(profile: Profile, known: KnownShopper) -> CachedProfile:
    return CachedProfile(known.read_at, profile.interactions, profile.preferences, basis=known.basis)

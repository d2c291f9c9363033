"""Shoppers who see an answer, and what may be shown to them."""

from dataclasses import replace

import msgspec

from adapters.cache import CacheEntry
from recommender.entities import Answer, Preferences, Profile, Query
from recommender.profiles import hidden_ids

NOTHING = "none"
"""Strategy of an answer that shows nothing, because the shopper's hidden products cannot be read."""


class Viewer(msgspec.Struct, frozen=True):
    """The shopper who sees an answer, if known.

    Attributes:
        user_id: shopper named by the request. A personal answer is made from this shopper's profile.
        caller: shopper whose own token the request carries.
        cached: cache entry of the profile, if it was read before.
    """

    user_id: str | None = None
    caller: str | None = None
    cached: CacheEntry | None = None

    @property
    def shopper(self) -> str | None:
        """The shopper whose hidden products are left out."""
        return self.caller if self.user_id is None else self.user_id


NOBODY = Viewer()
"""No shopper in particular."""


def seen_by(viewer: Viewer, query: Query, profile: Profile) -> Query:
    """`query` without the products that its viewer does not get to see.

    If the request names a shopper, these are the products that the shopper bought, hid or ignored repeatedly. Without
    a name, they are the products that the owner of the token hid.
    """
    return without_hidden(query, profile) if viewer.user_id is None else replace(query, viewer=profile)


def without_hidden(query: Query, profile: Profile) -> Query:
    """`query` that excludes the products hidden in `profile`."""
    hidden = hidden_ids(profile.interactions, profile.preferences)
    if not hidden:
        return query
    return replace(query, filters=replace(query.filters, exclude=query.filters.exclude | hidden))


def unknown_shopper_hiding(profile: Profile) -> Profile:
    """The profile of an unknown shopper, with the hidden products of `profile`."""
    hidden = hidden_ids(profile.interactions, profile.preferences)
    return Profile("", preferences=Preferences(hidden_products=tuple(hidden)))


def withheld(answer: Answer) -> Answer:
    """`answer` without its items."""
    return replace(answer, strategy=NOTHING, items=(), more=False)

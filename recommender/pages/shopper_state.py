"""Everything known of a shopper, in the rows of one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender import kernels, profiles
from recommender.arrays import Rows
from recommender.entities import NO_FREQUENCY, Frequency, History, Profile, SessionContext
from recommender.interactions import Interactions
from recommender.profiles import Affinities
from recommender.snapshot import Snapshot
from recommender.snapshot.lookups import ResolvedIds, contains

NO_SESSION = SessionContext()

PERSONALISED = "personalised"
SESSION = "session"


@dataclass(frozen=True, slots=True)
class ShopperState:
    """A shopper in the rows of one snapshot.

    Nothing depends on the requested page.

    Attributes:
        strategy: rung of the fallback ladder: `personalised` or `session`.
        history: the profile's history, blended with the session's.
        frequency: the shopper's own purchases. Empty if the answer leaves them out.
        owned: rows of the history that the shopper owns or acted on in the session. They are exempt from caps.
        hidden, fatigued: rows that the shopper hid or ignored repeatedly, ascending.
        affinities: None if the shopper has no preferences.
        interactions: those of the profile, then those of the session.
    """

    strategy: str
    history: History
    frequency: Frequency
    owned: Rows
    hidden: Rows
    fatigued: Rows
    affinities: Affinities | None
    interactions: Interactions

    def nbytes(self) -> int:
        """Memory of the arrays."""
        history, frequency = self.history, self.frequency
        arrays = (history.rows, history.weights, history.known_rows, frequency.rows, frequency.values)
        return sum(array.nbytes for array in (*arrays, self.owned))

    def kinds_of(self, product_ids: list[str]) -> Mapping[str, str]:
        """The strongest kind of interaction with each of `product_ids`."""
        return profiles.strongest_kinds(self.interactions, product_ids)


def shopper_state(
    snapshot: Snapshot,
    profile: Profile,
    session: SessionContext,
    ids: ResolvedIds,
    *,
    include_purchased: bool,
) -> ShopperState:
    """The state of `profile` and `session` in `snapshot`."""
    current = Interactions.of(session.interactions)
    hidden = profiles.hidden_ids(profile.interactions, profile.preferences) | profiles.hidden_ids(current)
    profile = profiles.without_products(profile, hidden)
    past = profiles.history_of(profile.interactions, snapshot, ids)
    frequency = profiles.personal_frequency(profile, snapshot, ids) if include_purchased else NO_FREQUENCY
    interactions = profile.interactions.followed_by(current)
    history = profiles.with_session(snapshot, past, current, ids)
    owned = np.sort(history.rows[contains(history.known_rows, history.rows)])
    if len(frequency.rows):
        owned = kernels.sorting.union(np.concatenate([owned, frequency.rows]), snapshot.products)
    affinities = Affinities.from_preferences(snapshot, profile.preferences)
    return ShopperState(
        strategy=PERSONALISED if len(past.rows) or len(frequency.rows) else SESSION,
        history=history,
        frequency=frequency,
        owned=owned,
        hidden=ids.known(hidden),
        fatigued=profiles.fatigued_rows(interactions, ids),
        affinities=None if affinities.is_empty() else affinities,
        interactions=interactions,
    )

"""Results that are computed from one profile, kept for the shopper's next pages."""

from collections.abc import Callable
from dataclasses import dataclass, field

from recommender.arrays import Rows
from recommender.explanations import KeptReasons
from recommender.pages.candidates import ScoredCandidates
from recommender.pages.shopper_state import ShopperState
from recommender.profiles import OwnProducts

StateKey = tuple[bool, int]
"""The part of a query that a state depends on.

True if products bought before may be shown, and the number of items on earlier pages. As many further candidates are
generated."""


@dataclass(frozen=True, slots=True)
class PersonalState:
    """A shopper with scored candidates. Nothing depends on the filters of a page.

    Attributes:
        shopper: the shopper in the rows of the snapshot.
        candidates: the shopper's candidates, without products that no page may show.
        bought: rows that are left out because they were bought before, ascending.
        reasons: those of items that were shown.
        array_bytes: memory of the arrays.
    """

    shopper: ShopperState
    candidates: ScoredCandidates
    bought: Rows
    reasons: KeptReasons = field(default_factory=KeptReasons)
    array_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        """Counts the arrays once."""
        size = self.shopper.nbytes() + 2 * self.candidates.ranked.rows.nbytes
        object.__setattr__(self, "array_bytes", size)

    def nbytes(self) -> int:
        """Memory that the state needs, estimated."""
        return self.array_bytes + self.reasons.nbytes()


@dataclass(frozen=True, slots=True)
class RepurchaseState:
    """Products that a shopper bought, at any time and for any page.

    Attributes:
        own: the products.
        hidden: rows that the shopper hid, ascending.
    """

    own: OwnProducts
    hidden: Rows

    def nbytes(self) -> int:
        """Memory that the state needs, estimated."""
        return self.own.nbytes() + self.hidden.nbytes


class KeptStates:
    """States of one profile in one snapshot.

    Attributes:
        made: number of states with candidates that were computed.
    """

    def __init__(self) -> None:
        """Keeps nothing yet."""
        self.made = 0
        self._states: dict[StateKey, PersonalState] = {}
        self._repurchases: RepurchaseState | None = None

    def find(self, key: StateKey) -> PersonalState | None:
        """The state for this key, if it was computed."""
        return self._states.get(key)

    def keep(self, key: StateKey, state: PersonalState) -> None:
        """Keeps the state for this key."""
        self._states[key] = state
        self.made += 1

    def repurchases(self, make: Callable[[], RepurchaseState]) -> RepurchaseState:
        """The state for repeat purchases, made by `make` at its first use."""
        if self._repurchases is None:
            self._repurchases = make()
        return self._repurchases

    def nbytes(self) -> int:
        """Memory that the states need, estimated."""
        repurchases = self._repurchases.nbytes() if self._repurchases else 0
        return repurchases + sum(state.nbytes() for state in self._states.values())

"""Results that are computed from one profile, kept for the shopper's next pages."""

from collections.abc import Callable
from dataclasses import dataclass, field

from recommender.arrays import Rows
from recommender.entities import Reason
from recommender.pages.candidates import ScoredCandidates
from recommender.pages.shopper_state import ShopperState
from recommender.profiles import OwnProducts

StateKey = tuple[bool, int]
"""The part of a query that a state depends on.

True if products bought before may be shown, and the number of items on earlier pages. As many further candidates are
generated."""

_BYTES_PER_REASON = 700
_MAX_REASONS = 2_000
"""Reasons that one state keeps at most."""


@dataclass(frozen=True, slots=True)
class PersonalState:
    """A shopper with scored candidates. Nothing depends on the filters of a page.

    Attributes:
        shopper: the shopper in the rows of the snapshot.
        candidates: the shopper's candidates, without products that no page may show.
        bought: rows that are left out because they were bought before, ascending.
        reasons: reasons of items that were shown together, by their rows.
        array_bytes: memory of the arrays.
    """

    shopper: ShopperState
    candidates: ScoredCandidates
    bought: Rows
    reasons: dict[tuple[int, ...], list[Reason]] = field(default_factory=dict)
    array_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        """Counts the arrays once."""
        size = self.shopper.nbytes() + 2 * self.candidates.ranked.rows.nbytes
        object.__setattr__(self, "array_bytes", size)

    def reasons_of(self, rows: tuple[int, ...], explain: Callable[[], list[Reason]]) -> list[Reason]:
        """The reasons of `rows`, made by `explain` at their first use.

        They are kept together, because a reason depends on the other items of the page.
        """
        found = self.reasons.get(rows)
        if found is None:
            found = explain()
            if self._reason_count() + len(found) > _MAX_REASONS:
                self.reasons.clear()
            self.reasons[rows] = found
        return found

    def _reason_count(self) -> int:
        return sum(map(len, self.reasons))

    def nbytes(self) -> int:
        """Memory that the state needs, estimated."""
        return self.array_bytes + _BYTES_PER_REASON * self._reason_count()


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

"""Interactions of a shopper as packed columns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args, overload

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import Mask, Rows
from recommender.product_ids import IdLookup

Kind = Literal["purchase", "cart", "click", "view", "impression", "hide"]

KINDS: tuple[str, ...] = get_args(Kind)
"""Kinds of interactions. Their codes are their positions, and are cached: add further kinds at the end."""

PURCHASE, IMPRESSION, HIDE = map(KINDS.index, ("purchase", "impression", "hide"))

_OBJECT_BYTES = 1_200
"""Memory of the objects that hold the columns."""

_CODES = {kind: code for code, kind in enumerate(KINDS)}


class Interaction(NamedTuple):
    """One action of a shopper on one product.

    Attributes:
        product_id: the catalog's id. Never a row, so that a profile outlives any snapshot.
        at: seconds since the epoch (UTC).
        kind: one of KINDS.
    """

    product_id: str
    at: float
    kind: str = "purchase"


@dataclass(frozen=True, slots=True, eq=False)
class Interactions(Sequence[Interaction]):
    """Interactions as columns, one product after another. Immutable.

    Interactions with one product keep their order.

    Attributes:
        lookup: finds the products' ids. Some may be without interactions.
        products: row of each interaction's product in `lookup.ids`, ascending; shape (n,).
        times: seconds since the epoch (UTC); shape (n,).
        kinds: code of each kind; shape (n,).
    """

    lookup: IdLookup
    products: Rows
    times: NDArray[np.float64]
    kinds: NDArray[np.uint8]

    def __post_init__(self) -> None:
        """Makes the columns read-only."""
        for column in (self.products, self.times, self.kinds):
            column.flags.writeable = False

    @classmethod
    def of(cls, interactions: Iterable[tuple[str, float, str]]) -> "Interactions":
        """Packs `interactions`. Returns the same object if they are packed.

        Raises:
            ValueError: an unknown kind.
        """
        if isinstance(interactions, Interactions):
            return interactions
        listed = list(interactions)
        if not listed:
            return NO_INTERACTIONS
        unknown = {kind for _, _, kind in listed} - _CODES.keys()
        if unknown:
            raise ValueError(f"unknown kinds of interactions: {', '.join(sorted(unknown))}")
        lookup = IdLookup.distinct(product_id for product_id, _, _ in listed)
        return cls._grouped(
            lookup,
            lookup.find([product_id for product_id, _, _ in listed]),
            np.array([at for _, at, _ in listed], dtype=np.float64),
            np.array([_CODES[kind] for _, _, kind in listed], dtype=np.uint8),
        )

    @classmethod
    def _grouped(
        cls, lookup: IdLookup, products: Rows, times: NDArray[np.float64], kinds: NDArray[np.uint8]
    ) -> "Interactions":
        order = np.argsort(products, kind="stable")
        return cls(lookup, products[order], times[order], kinds[order])

    def where(self, chosen: Mask) -> "Interactions":
        """The interactions that `chosen` marks, with the same `lookup`."""
        return Interactions(self.lookup, self.products[chosen], self.times[chosen], self.kinds[chosen])

    def followed_by(self, later: Iterable[tuple[str, float, str]]) -> "Interactions":
        """These interactions, then `later` ones."""
        added = Interactions.of(later)
        if not len(added):
            return self
        lookup, rows = self.lookup.extended(added.lookup)
        return self._grouped(
            lookup,
            np.concatenate([self.products, rows[added.products]]),
            np.concatenate([self.times, added.times]),
            np.concatenate([self.kinds, added.kinds]),
        )

    def nbytes(self) -> int:
        """Memory that the interactions need, estimated. Nothing for NO_INTERACTIONS, which is shared."""
        if self is NO_INTERACTIONS:
            return 0
        lookup = self.lookup
        arrays = (lookup.hashes, lookup.rows, lookup.ids.offsets, lookup.ids.data)
        return _OBJECT_BYTES + sum(array.nbytes for array in (*arrays, self.products, self.times, self.kinds))

    def __len__(self) -> int:
        return len(self.products)

    def __iter__(self) -> Iterator[Interaction]:
        ids = self.lookup.ids
        texts = ids.texts(np.arange(len(ids), dtype=np.int32))
        columns = zip(self.products.tolist(), self.times.tolist(), self.kinds.tolist(), strict=True)
        return (Interaction(texts[product], at, KINDS[kind]) for product, at, kind in columns)

    @overload
    def __getitem__(self, place: int) -> Interaction: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Interaction, ...]: ...
    def __getitem__(self, place: int | slice) -> Interaction | tuple[Interaction, ...]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        """True for a tuple or packed interactions with equal ones in the same order."""
        if not isinstance(other, Interactions):
            return tuple(self) == other if isinstance(other, tuple) else NotImplemented
        if not (np.array_equal(self.times, other.times) and np.array_equal(self.kinds, other.kinds)):
            return False
        if np.array_equal(self.products, other.products) and self.lookup.ids.is_same(other.lookup.ids):
            return True
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self.times.tobytes())


NO_INTERACTIONS = Interactions(
    IdLookup.distinct(()), np.empty(0, np.int32), np.empty(0, np.float64), np.empty(0, np.uint8)
)

"""Products that the catalog added after the snapshot was built.

They have no row in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from recommender.entities import Filters
from recommender.product_ids import short_hash
from recommender.snapshot.brands import brand_key
from recommender.snapshot.categories import is_within
from recommender.snapshot.overlay import ProductChange


@dataclass(frozen=True, slots=True)
class Addition:
    """A product without a row.

    Attributes:
        created_at: time of addition to the catalog, epoch seconds.
    """

    product_id: str
    created_at: float
    change: ProductChange

    def fits(self, filters: Filters) -> bool:
        """True if the product fulfills the filters and is not excluded."""
        change, price, bounds = self.change, self.change.price, filters.prices
        brands = {brand_key(name) for name in filters.brands}
        return (
            self.product_id not in filters.exclude
            and (change.in_stock or not filters.in_stock)
            and (bounds is None or (price is not None and bounds[0] <= price <= bounds[1]))
            and (not brands or brand_key(change.brand or "") in brands)
            and (
                not filters.categories
                or any(is_within(change.category or "", path) for path in filters.categories)
            )
        )


@dataclass(frozen=True, slots=True)
class Additions:
    """All additions.

    Attributes:
        newest: the additions, newest first.
        by_id: the same by product id.
    """

    newest: tuple[Addition, ...] = ()
    by_id: Mapping[str, Addition] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[tuple[str, ProductChange]]) -> "Additions":
        """Additions of new products that were not deleted since."""
        found = [
            Addition(product_id, change.created_at or 0.0, change)
            for product_id, change in changes
            if not change.deleted
        ]
        found.sort(key=lambda one: (-one.created_at, one.product_id))
        return cls(tuple(found), {one.product_id: one for one in found})

    def fitting(self, filters: Filters, shown: Iterable[int]) -> list[Addition]:
        """Additions within the filters that are not on earlier pages, newest first.

        `shown` are short hashes of products.
        """
        earlier = frozenset(shown)
        return [one for one in self.newest if one.fits(filters) and short_hash(one.product_id) not in earlier]

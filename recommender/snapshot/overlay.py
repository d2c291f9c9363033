"""Newest state of products that the catalog changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProductChange:
    """Newest state of a changed product.

    Attributes:
        in_stock, deleted, price, brand, category: read by filters.
        document: the product as JSON, or None if only the snapshot's is known.
        created_at: time of addition to the catalog in epoch seconds, of a product that the snapshot lacks.
    """

    in_stock: bool
    deleted: bool
    document: bytes | None
    price: float | None = None
    brand: str | None = None
    category: str | None = None
    created_at: float | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """Changes that the catalog reported, by product id.

    Attributes:
        changes: products of the snapshot.
        additions: products that the snapshot lacks.
    """

    changes: Mapping[str, ProductChange] = field(default_factory=dict)
    additions: Mapping[str, ProductChange] = field(default_factory=dict)

    def document(self, product_id: str) -> bytes | None:
        """The newest document of a product, or None if the overlay has none."""
        change = self.changes.get(product_id) or self.additions.get(product_id)
        return change.document if change else None

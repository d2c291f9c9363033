"""Products of the change feed that the live snapshot lacks."""

from datetime import datetime

from recommender.snapshot.overlay import ProductChange

MAX_PRODUCTS = 10_000
"""Products that are kept, the latest ones. A shop that adds more at once shows the others after the next refresh."""


class NewProducts:
    """The latest products that the snapshot lacks, bounded in number and size.

    Args:
        max_bytes: total size of their documents.
        max_products: their number.
    """

    def __init__(self, max_bytes: int, max_products: int = MAX_PRODUCTS) -> None:
        self._max_bytes = max_bytes
        self._max_products = max_products
        self._bytes = 0
        self._kept: dict[str, tuple[datetime, ProductChange]] = {}

    @property
    def changes(self) -> dict[str, ProductChange]:
        """The newest state of each product."""
        return {product_id: change for product_id, (_, change) in self._kept.items()}

    def add(self, product_id: str, at: datetime, change: ProductChange) -> bool:
        """Keeps a product, or forgets a deleted one.

        Args:
            product_id: the product.
            at: time of its change.
            change: its newest state, with its document.

        Returns:
            True if the products changed.
        """
        before = self._remove(product_id)
        if change.deleted:
            return before is not None
        self._kept[product_id] = at, change
        self._bytes += len(change.document or b"")
        while len(self._kept) > self._max_products or self._bytes > self._max_bytes:
            self._remove(next(iter(self._kept)))
        return before != change

    def keep_since(self, horizon: datetime) -> None:
        """Forgets products that changed before `horizon`.

        A newer snapshot has them.
        """
        for product_id in [one for one, (at, _) in self._kept.items() if at < horizon]:
            self._remove(product_id)

    def _remove(self, product_id: str) -> ProductChange | None:
        _, change = self._kept.pop(product_id, (None, None))
        self._bytes -= len(change.document or b"") if change else 0
        return change

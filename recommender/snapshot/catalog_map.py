"""Places of the products on a map of the catalog."""

from dataclasses import dataclass

from recommender.arrays import FloatVector


@dataclass(frozen=True, slots=True)
class CatalogMap:
    """A place in two dimensions for each product. Similar products are close.

    Attributes:
        x, y: within −1 to 1, NaN for a product without a place; shape (n,).
    """

    x: FloatVector
    y: FloatVector

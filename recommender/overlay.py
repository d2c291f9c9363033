"""Stock and deletions newer than the snapshot, as corrections to its columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from recommender.entities import Mask, Rows
from recommender.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ProductChange:
    """A product's state since the snapshot: in stock or not, deleted or not, and its newest JSON document."""

    in_stock: bool
    deleted: bool
    document: bytes


@dataclass(frozen=True, slots=True)
class Overlay:
    """All changes the catalog has reported, by product id."""

    changes: Mapping[str, ProductChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Corrections:
    """An overlay in the terms of one snapshot.

    Attributes:
        rows: changed products, ascending; shape (c,).
        in_stock, deleted: their newest state; shape (c,).
        overlay: where the documents are.
    """

    rows: Rows
    in_stock: Mask
    deleted: Mask
    overlay: Overlay

    @classmethod
    def of(cls, overlay: Overlay, snapshot: Snapshot) -> "Corrections":
        """Translates product ids to rows; changes to products that the snapshot lacks are left out."""
        changes = list(overlay.changes.values())
        rows = snapshot.lookup.find(list(overlay.changes))
        order = np.argsort(rows, kind="stable")
        order = order[rows[order] >= 0]
        in_stock = np.array([change.in_stock for change in changes], dtype=np.bool_)
        deleted = np.array([change.deleted for change in changes], dtype=np.bool_)
        return cls(rows[order], in_stock[order], deleted[order], overlay)

    def apply(self, rows: Rows, column: Mask, newest: Mask) -> Mask:
        """`column` (one value per entry of `rows`) with the values of changed products replaced by `newest`."""
        if not len(self.rows):
            return column
        position = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        changed = self.rows[position] == rows
        return np.where(changed, newest[position], column)

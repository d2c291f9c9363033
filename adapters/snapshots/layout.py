"""Files of a snapshot.

Readers open only the names listed here. File names in a manifest are not trusted.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Literal, TypeVar

from adapters.snapshots.manifest import Counts
from recommender.snapshot.windows import WEEKS

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
INDEX = "index.ann"

Length = Literal[
    "products",
    "products+1",
    "indexed",
    "indexed+1",
    "weights",
    "categories+1",
    "brands+1",
    "complements",
    "alternatives",
    "companions",
    "any",
]


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """An array in numpy's `.npy` format.

    Attributes:
        dtype: type of the elements.
        length: number of rows, in terms of the manifest's counts.
        matrix: True if each row is a vector of `dims` elements.
        columns: number of elements of each row, if it is not one and not `dims`.
    """

    dtype: str
    length: Length
    matrix: bool = False
    columns: int | None = None


ARRAYS = {
    "item_vectors": ArrayFile("<f4", "indexed", matrix=True),
    "query_vectors": ArrayFile("<f4", "indexed", matrix=True),
    "trend": ArrayFile("<f4", "indexed"),
    "weights_indptr": ArrayFile("<i8", "indexed+1"),
    "weights_indices": ArrayFile("<i4", "weights"),
    "weights_values": ArrayFile("<f4", "weights"),
    "weights_residuals": ArrayFile("<f4", "weights"),
    "category_codes": ArrayFile("<i4", "products"),
    "in_stock": ArrayFile("|b1", "products"),
    "variant_groups": ArrayFile("<i4", "products"),
    "models": ArrayFile("<i4", "products"),
    "buyers": ArrayFile("<i4", "products"),
    "recent_buyers": ArrayFile("<i4", "products"),
    "popular_rows": ArrayFile("<i4", "products"),
    "brand_codes": ArrayFile("<i4", "products"),
    "prices": ArrayFile("<f8", "products"),
    "created_at": ArrayFile("<f8", "products"),
    "usual_interval_days": ArrayFile("<f4", "products"),
    "repeat_rates": ArrayFile("<f4", "products"),
    "trending": ArrayFile("<f4", "products"),
    "trending_rows": ArrayFile("<i4", "any"),
    "new_rows": ArrayFile("<i4", "any"),
    "buyers_7d": ArrayFile("<i4", "products"),
    "buyers_30d": ArrayFile("<i4", "products"),
    "popular_rows_7d": ArrayFile("<i4", "products"),
    "popular_rows_30d": ArrayFile("<i4", "products"),
    "popular_rows_all": ArrayFile("<i4", "products"),
    "trending_7d": ArrayFile("<f4", "products"),
    "trending_30d": ArrayFile("<f4", "products"),
    "trending_rows_7d": ArrayFile("<i4", "any"),
    "trending_rows_30d": ArrayFile("<i4", "any"),
    "complements_indptr": ArrayFile("<i8", "products+1"),
    "complements_rows": ArrayFile("<i4", "complements"),
    "complements_scores": ArrayFile("<f4", "complements"),
    "complements_buyers": ArrayFile("<i4", "complements"),
    "complements_associated": ArrayFile("|b1", "complements"),
    "alternatives_indptr": ArrayFile("<i8", "products+1"),
    "alternatives_rows": ArrayFile("<i4", "alternatives"),
    "alternatives_scores": ArrayFile("<f4", "alternatives"),
    "alternatives_kinds": ArrayFile("|u1", "alternatives"),
    "companions_indptr": ArrayFile("<i8", "products+1"),
    "companions_rows": ArrayFile("<i4", "companions"),
    "companions_weights": ArrayFile("<f4", "companions"),
    "id_hashes": ArrayFile("<u4", "products"),
    "id_rows": ArrayFile("<i4", "products"),
    "ids_offsets": ArrayFile("<i8", "products+1"),
    "ids_data": ArrayFile("|u1", "any"),
    "documents_offsets": ArrayFile("<i8", "products+1"),
    "documents_data": ArrayFile("|u1", "any"),
    "categories_offsets": ArrayFile("<i8", "categories+1"),
    "categories_data": ArrayFile("|u1", "any"),
    "brands_offsets": ArrayFile("<i8", "brands+1"),
    "brands_data": ArrayFile("|u1", "any"),
    "map_x": ArrayFile("<f4", "products"),
    "map_y": ArrayFile("<f4", "products"),
    "weekly_purchases": ArrayFile("<u2", "products", columns=WEEKS),
}

ADDED = (
    frozenset({"map_x", "map_y"}),
    frozenset({"weekly_purchases"}),
    frozenset({"complements_associated"}),
    frozenset({"models"}),
)
"""Groups of arrays that snapshots of an earlier release of this format do not have."""


def file_name(array: str) -> str:
    """Returns the file name of an array."""
    return f"{array}.npy"


FILES = frozenset({INDEX, *map(file_name, ARRAYS)})

_ARRAY_NAME = re.compile(r"[a-z0-9_]{1,64}\.npy")
_Entry = TypeVar("_Entry")


def without_later_arrays(files: Mapping[str, _Entry]) -> dict[str, _Entry]:
    """Leaves out arrays that a later release of this format added.

    They are neither fetched nor read, so that code can be rolled back while its snapshot is live. Names that cannot be
    those of an array stay, and make a manifest invalid.
    """
    return {name: entry for name, entry in files.items() if name in FILES or not _ARRAY_NAME.fullmatch(name)}


def is_complete(files: Set[str]) -> bool:
    """True if `files` are those of this layout.

    Whole groups of `ADDED` may be missing.
    """
    missing = FILES - files
    groups = [frozenset(map(file_name, group)) for group in ADDED]
    return files <= FILES and missing == frozenset().union(*(group for group in groups if group <= missing))


def expected_length(array: ArrayFile, counts: Counts) -> int | None:
    """Returns the required number of rows, or None if any number is valid."""
    if array.length == "any":
        return None
    name, _, extra = array.length.partition("+")
    return int(getattr(counts, name)) + int(extra or 0)

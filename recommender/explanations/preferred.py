"""Reasons of items that a preference moved up."""

from collections.abc import Callable

from recommender.arrays import Rows
from recommender.entities import Preferences, Reason
from recommender.snapshot import Snapshot
from recommender.snapshot.categories import SEPARATOR, path_key, path_parts


def preference_reasons(snapshot: Snapshot, preferences: Preferences) -> Callable[[Rows], list[Reason]]:
    """Names the narrowest category of each row that the shopper likes.

    A row of no such category gets its brand. All rows are of a liked category or brand.
    """
    depths = {path: len(path_key(path)) for path in preferences.liked_categories}
    narrowest_first = sorted(depths, key=lambda path: -depths[path])
    ranges = [(depths[path], *snapshot.categories.range(path)) for path in narrowest_first]
    columns = snapshot.columns

    def reason(row: int) -> Reason:
        code = int(columns.category_codes[row])
        for depth, low, high in ranges:
            if low <= code < high:
                return _preferred_category_reason(snapshot.categories.paths[code], depth)
        return _preferred_brand_reason(snapshot.brands.names[columns.brand_codes[row]])

    return lambda rows: [reason(row) for row in rows.tolist()]


def _preferred_category_reason(path: str, depth: int) -> Reason:
    """Names a category that the shopper likes.

    It is the first `depth` parts of the `path` of a product's category.
    """
    parts = path_parts(path)[:depth]
    values = {"category": f" {SEPARATOR} ".join(parts)}
    return Reason("preferred_category", f"Because you prefer {parts[-1]}", (), values)


def _preferred_brand_reason(name: str) -> Reason:
    """Names a brand that the shopper likes."""
    return Reason("preferred_brand", f"Because you prefer {name}", (), {"brand": name})

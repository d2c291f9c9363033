"""Ranks of columns in the fields of a table."""

from collections.abc import Mapping

from purchase_files.columns.sampled import (
    are_counts,
    are_kinds,
    are_marks,
    are_measures,
    are_receipts,
    are_row_kinds,
    are_statuses,
    are_unclear_kinds,
)
from purchase_files.formats.source import Source
from purchase_files.options import Role
from purchase_files.vocabulary.names import plain, tier_of

ORDER = (
    "parent_line", "line_id", "user_id", "order_id", "product_id", "title", "purchased_at", "quantity",
    "quantity_canceled", "quantity_refunded", "price", "line_total", "currency", "status", "event", "cancelled_at",
    "voided", "time_of_day", "time_zone", "description", "category", "brand", "image_url", "in_stock",
    "product_created_at", "attributes", "preferences", "locale", "purchase_id", "account_id",
)  # fmt: skip
"""Fields in the order in which columns are chosen for them."""

FIELDS_OF_ROLE: dict[Role, frozenset[str]] = {
    "purchases": frozenset(ORDER) - {"preferences", "locale"},
    "orders": frozenset(
        ("user_id", "order_id", "purchased_at", "time_of_day", "time_zone", "status", "cancelled_at", "voided",
         "currency")
    ),
    "products": frozenset(
        ("product_id", "title", "price", "currency", "description", "category", "brand", "image_url", "in_stock",
         "product_created_at", "attributes")
    ),
    "categories": frozenset(),
    "users": frozenset(("user_id", "account_id", "preferences", "locale", "product_created_at")),
}  # fmt: skip
"""Fields that a table has, by what it lists."""

_ID_FIELD: dict[Role, str] = {
    "purchases": "purchase_id",
    "orders": "order_id",
    "products": "product_id",
    "users": "user_id",
    "categories": "category_key",
}
_RECEIPTS = 2
"""Tier of names of orders that also stand for receipts and what was paid. `order_id` 1001.2 is a part of 1001."""
_SEVERAL = {"items", "products"}
_BY_VALUES = 9_000
"""Rank of a column whose values tell the field, after those of names."""


def lines_of_parents(source: Source, parent: int | None) -> list[int]:
    """Returns the column that the ids of parent lines refer to."""
    if parent is None:
        return []
    name = plain(source.columns[parent]).replace("parent", "")
    return [index for index, column in enumerate(source.columns) if plain(column) == name]


def rank_of(source: Source, index: int, ranks: Mapping[str, int], field: str, role: Role) -> int | None:
    """Returns the rank of a column in a field.

    The lowest is best. It is None for a column that does not hold the field.
    """
    if source.items is not None and _is_of_item(source, index) == (
        field in FIELDS_OF_ROLE["orders"] | {"event"}
    ):
        return None
    name = plain(source.columns[index])
    if name == "id":
        return 500 if field == _ID_FIELD[role] else None
    if (
        field == "product_created_at"
        and name in {"createdat", "createdon", "datecreated"}
        and role != "purchases"
    ):
        return 500
    if field == "order_id" and tier_of(ranks.get(field, 0)) >= _RECEIPTS and are_measures(source, index):
        return None  # `venta` is a sale, and what was paid for it
    if field == "order_id" and tier_of(ranks.get(field, 0)) >= _RECEIPTS and not are_receipts(source, index):
        return None  # `nota` is an invoice, a remark, and a grade
    if field == "title" and name in _SEVERAL and are_counts(source, index):
        return None  # what counts the products of an order
    if field == "voided" and "voided" in ranks and not are_marks(source, index):
        return None
    if field == "event" and field not in ranks and are_row_kinds(source, index):
        return _BY_VALUES
    if field == "status" and field not in ranks and are_statuses(source, index):
        return _BY_VALUES
    if (
        field == "category"
        and role == "purchases"
        and (are_kinds(source, index) or are_unclear_kinds(source, index))
    ):
        return None
    return ranks.get(field)


def _is_of_item(source: Source, index: int) -> bool:
    return source.columns[index].startswith(f"{source.items}.")

"""Checks for tables that are of no use beside others."""

from collections.abc import Sequence

from purchase_files.columns.matrices import matrix_of
from purchase_files.columns.recognition import Recognized
from purchase_files.formats.reshaped.baskets import BasketFile
from purchase_files.vocabulary.names import plain

_NO_PURCHASES = "neither times nor orders, so it lists no purchases"
_NO_TIMES = "no times, and its orders are in no file with times"
_NO_TEXTS = "ids of products and nothing about them"


def has_orders(table: Recognized) -> bool:
    """True if rows name their order."""
    return "order_id" in table.fields


def has_products(table: Recognized) -> bool:
    """True for purchases of known products.

    Lines of orders may hold them under another name.
    """
    return table.role == "purchases" and bool({"product_id", "title"} & table.fields.keys())


def _lack_of_rows(table: Recognized, tables: Sequence[Recognized]) -> str | None:
    """Returns what a header alone lacks beside tables with rows."""
    return "no rows" if not table.source.sample and any(other.source.sample for other in tables) else None


def _lack_of_names(table: Recognized, tables: Sequence[Recognized]) -> str | None:
    """Returns what baskets lack in a folder of tables with names of columns."""
    named = any(other.is_known and not isinstance(other.source, BasketFile) for other in tables)
    return "no names of columns" if isinstance(table.source, BasketFile) and named else None


def _lack_of_owners(table: Recognized, tables: Sequence[Recognized]) -> str | None:
    """Returns what products with times lack beside purchases of shoppers.

    RetailRocket's properties of items are such a table.
    """
    bought = (other for other in tables if other.role == "purchases" and "product_id" in other.fields)
    if table.is_known and _is_ownerless(table) and any(not _is_ownerless(other) for other in bought):
        return "neither shoppers nor orders, which other files have"
    return None


def _is_ownerless(table: Recognized) -> bool:
    return table.role == "purchases" and not {"user_id", "order_id", "purchase_id"} & table.fields.keys()


def _lack_of_times(table: Recognized, tables: Sequence[Recognized]) -> str | None:
    """Returns what lists of shoppers lack beside purchases with times.

    Dunnhumby's campaigns are such a list.
    """
    beside = (other for other in tables if other.role == "purchases" and not _is_timeless(other))
    if _has_orders_of_its_own(table, tables):
        return _NO_TIMES
    if not (table.is_known and _is_timeless(table) and any(beside)):
        return None
    kind = matrix_of(table)
    return f"a column per {kind}, not a row per purchase" if kind else _NO_PURCHASES


def _has_orders_of_its_own(table: Recognized, tables: Sequence[Recognized]) -> bool:
    """True for carts without times beside purchases with times.

    Their orders have another name and other ids.
    """
    if table.role != "purchases" or "purchased_at" in table.fields or not has_orders(table):
        return False
    timed = [other for other in tables if "purchased_at" in other.fields and other.role != "products"]
    return any(map(has_products, timed)) and not any(
        has_orders(other) and _share_orders(table, other) for other in timed
    )


def _share_orders(table: Recognized, other: Recognized) -> bool:
    one, two = ({row[each.fields["order_id"]] for row in each.source.sample} for each in (table, other))
    names = {plain(each.source.columns[each.fields["order_id"]]) for each in (table, other)}
    return len(names) == 1 or not one.isdisjoint(two)


def _lack_of_lines(table: Recognized, tables: Sequence[Recognized]) -> str | None:
    """Returns what orders lack beside purchases that have all they tell."""
    bought = [other for other in tables if has_products(other)]
    are_whole = all({"user_id", "purchased_at"} <= other.fields.keys() for other in bought)
    if table.role == "orders" and bought and are_whole and not any(map(has_orders, bought)):
        return "orders, and no other file has an order in its rows"
    return None


def _lack_of_texts(table: Recognized, tables: Sequence[Recognized]) -> str | None:
    """Returns what lists of ids lack beside purchases.

    Returns that name no shopper are such a list.
    """
    is_list = table.role == "products" and set(table.fields) == {"product_id"}
    if not (is_list and any(other.role == "purchases" for other in tables)):
        return None
    kind = matrix_of(table)
    return f"a column per {kind}, not a row per purchase" if kind else _NO_TEXTS


def _lack_of_ids(table: Recognized, tables: Sequence[Recognized]) -> str | None:
    """Returns what titles lack beside purchases of products with ids.

    Descriptions of Dunnhumby's campaigns are such titles.
    """
    bought = any(other.role == "purchases" and "product_id" in other.fields for other in tables)
    is_list = table.role == "products" and "product_id" not in table.fields and table.is_known
    return "titles without ids of products" if bought and is_list else None


def _is_timeless(table: Recognized) -> bool:
    return table.role == "purchases" and not {"purchased_at", "order_id"} & table.fields.keys()


LACKS = (
    _lack_of_rows, _lack_of_names, _lack_of_owners, _lack_of_times, _lack_of_texts, _lack_of_ids, _lack_of_lines,
)  # fmt: skip
"""Checks in their order. Each gets a table and all tables, and returns what the table lacks, or None."""

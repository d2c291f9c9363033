"""Cells that an export leaves blank below an order's first line."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection, row
from purchase_files.formats.source import LINE
from purchase_files.values.casts import has_text, read_column
from purchase_files.values.distinct import counted_values, has_null

FROM_ABOVE = "from_above"
"""Column that is true in rows whose order is that of the line above."""

_NAMING = ("order_id", "user_id", "purchased_at")
_OF_ORDER = (*_NAMING, "status", "event", "cancelled_at", "currency", "time_zone")
FILLED_IN_ORDERS = ("user_id", "purchased_at", "status", "cancelled_at")
"""Fields of an order that only some of its lines may have."""

_MIN_SHARE = 0.05
_MAX_INCOMPLETE = 0.01


def fill_down(connection: Connection, fields: Sequence[str], extra: Sequence[str]) -> None:
    """Fills blank cells of an order from its first line.

    Order, shopper and date of `purchase_texts` are taken where all of them are blank. Only files of blocks are filled:
    each order has one line with its cells, and lines without any follow it. A line that has an order but no shopper
    is that of a guest.

    Args:
        connection: engine.
        fields: fields that have a column.
        extra: names of further columns, for conditions.
    """
    if not {"order_id", "purchased_at"} <= set(fields) or not has_null(
        connection, "purchase_texts", "order_id"
    ):
        return
    if not has_text(connection, "purchase_texts", "purchased_at"):
        return  # each row has a time
    blank = " AND ".join(f"{field} IS NULL" for field in _NAMING if field in fields)
    products = ", ".join(f"nullif(trim({field}), '')" for field in ("product_id", "title") if field in fields)
    below = f"({blank} AND coalesce({products}) IS NOT NULL)"
    if not _has_blocks(connection, below, blank):
        return
    columns = [field for field in _OF_ORDER if field in fields] + [f"column {name}" for name in extra]
    counts = ", ".join(f"count(nullif(trim({engine.name(name)}), '')) FILTER ({below})" for name in columns)
    values = row(connection, f"SELECT {counts} FROM purchase_texts")
    filled = [name for name, count in zip(columns, values, strict=True) if not count]
    keep_texts(connection, [name for name in filled if name in fields])
    connection.execute(
        f"""CREATE OR REPLACE TABLE lines_below AS SELECT DISTINCT file, {LINE} AS line_below, head FROM (
            SELECT *, max({LINE}) FILTER (NOT ({blank})) OVER (
                PARTITION BY file ORDER BY {LINE} ROWS UNBOUNDED PRECEDING) AS head
            FROM purchase_texts) WHERE {below}"""
    )
    connection.execute(f"ALTER TABLE purchase_texts ADD COLUMN {FROM_ABOVE} BOOLEAN DEFAULT false")
    changes = ", ".join(f"{engine.name(name)} = h.{engine.name(name)}" for name in filled)
    connection.execute(
        f"""UPDATE purchase_texts p SET {changes}, {FROM_ABOVE} = true
        FROM lines_below b JOIN purchase_texts h ON h.file = b.file AND h.{LINE} = b.head
        WHERE p.file = b.file AND p.{LINE} = b.line_below"""
    )


def fill_below(connection: Connection, extra: Sequence[str]) -> None:
    """Fills columns that only the first line of each order has, for conditions.

    A column with values on other lines of an order belongs to lines, and stays as it is.

    Args:
        connection: engine, whose `purchase_texts` have orders.
        extra: names of the columns.
    """
    for name in extra:
        column = engine.name(f"column {name}")
        known = f"nullif(trim({column}), '')"
        first, others = row(
            connection,
            f"""SELECT count(*) FILTER (known = 1 AND is_first), count(*) FILTER (NOT (known = 1 AND is_first))
            FROM (SELECT count(*) AS lines, count({known}) AS known,
                    arg_min({known} IS NOT NULL, (file, {LINE})) AS is_first
                FROM purchase_texts WHERE order_id IS NOT NULL GROUP BY file, order_id)
            WHERE lines > 1 AND known BETWEEN 1 AND lines - 1""",
        )
        if first and others <= _MAX_INCOMPLETE * first:
            connection.execute(
                f"""UPDATE purchase_texts p SET {column} = o.only_one FROM (
                    SELECT file, order_id, min({known}) AS only_one FROM purchase_texts
                    WHERE order_id IS NOT NULL GROUP BY 1, 2 HAVING count({known}) = 1) o
                WHERE p.file = o.file AND p.order_id = o.order_id AND nullif(trim(p.{column}), '') IS NULL"""
            )


def fill_orders(connection: Connection, fields: Sequence[str]) -> None:
    """Fills what only some lines of an order have, such as the shopper."""
    filled = [
        field
        for field in FILLED_IN_ORDERS
        if field in fields
        and has_text(connection, "purchase_texts", field)
        and has_null(connection, "purchase_texts", field)
    ]
    if not filled:
        return
    # Most files have no such order, which counting tells faster than comparing texts.
    counted = counted_values(connection, "purchase_texts", "order_id", filled)
    if counted and not engine.changed_columns(connection, "purchase_texts") & {"order_id", *filled}:
        gaps = " OR ".join(f"{engine.name(f'with {field}')} BETWEEN 1 AND rows - 1" for field in filled)
        orders = f"SELECT v AS order_id FROM {counted} WHERE v IS NOT NULL AND ({gaps})"
    else:
        gaps = " OR ".join(f"count({field}) BETWEEN 1 AND count(*) - 1" for field in filled)
        orders = f"SELECT order_id FROM purchase_texts WHERE order_id IS NOT NULL GROUP BY 1 HAVING {gaps}"
    connection.execute(f"CREATE OR REPLACE TABLE partly_known AS {orders}")
    if not engine.row(connection, "SELECT count(*) FROM partly_known")[0]:
        return
    known = ", ".join(
        f"CASE WHEN min({field}) = max({field}) THEN min({field}) END AS {field}" for field in filled
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE order_rows AS SELECT order_id, {known} FROM purchase_texts "
        "WHERE order_id IN (SELECT order_id FROM partly_known) GROUP BY 1"
    )
    keep_texts(connection, filled)
    replaced = ", ".join(f"{field} = coalesce(p.{field}, o.{field})" for field in filled)
    gaps = " OR ".join(f"p.{field} IS NULL" for field in filled)
    # The columns keep their distinct values.
    connection.execute(
        f"UPDATE purchase_texts p SET {replaced} FROM order_rows o WHERE p.order_id = o.order_id AND ({gaps})"
    )


def keep_texts(connection: Connection, fields: Sequence[str]) -> None:
    """Keeps the texts of fields as the file has them.

    Rows of `purchase_texts` can then be filled.
    """
    if "purchased_at" in fields and (read := read_column(connection, "purchase_texts", "purchased_at")):
        connection.execute(f"ALTER TABLE purchase_texts DROP COLUMN {read}")
    texts = {field: ("VARCHAR", engine.name(field)) for field in fields}
    engine.replace_columns(connection, "purchase_texts", texts)


def _has_blocks(connection: Connection, below: str, blank: str) -> bool:
    """True if orders with a time are named once, above blank lines."""
    found, rows, orders, named, incomplete = row(
        connection,
        f"""SELECT count(*) FILTER ({below}), count(*), count(DISTINCT order_id), count(order_id),
            count(*) FILTER (NOT ({blank}) AND (order_id IS NULL OR purchased_at IS NULL))
        FROM purchase_texts""",
    )
    if found <= _MIN_SHARE * rows or orders < named or incomplete > _MAX_INCOMPLETE * rows:
        return False
    first = f"SELECT file, arg_min({blank}, {LINE}) AS is_blank FROM purchase_texts GROUP BY 1"
    return not row(connection, f"SELECT coalesce(bool_or(is_blank), true) FROM ({first})")[0]

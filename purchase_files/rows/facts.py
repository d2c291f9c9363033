"""Facts about the rows for the preview."""

from collections.abc import Sequence
from typing import Any

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.source import LINE, MAX_TEXT
from purchase_files.formats.text.headers import REPEATED_HEADER
from purchase_files.formats.text.separated import FOOTER
from purchase_files.preview import Example, LeftOut
from purchase_files.rows.blank_cells import FROM_ABOVE
from purchase_files.rows.reasons import UNREADABLE
from purchase_files.rows.texts import Table, text_of_line
from purchase_files.values.distinct import counted_values

_EXAMPLES = 3


def count_kept(connection: Connection) -> None:
    """Creates the tables `shoppers`, `kept`, `marked`, `days` and `left_rows`.

    They have the purchases of each shopper, the sums of all, the numbers of free and future ones, the purchases of each
    day, and the rows that are left out.
    """
    # Adding up the sums of each shopper is faster than all rows.
    connection.execute(
        "CREATE TABLE buyers AS SELECT user_id, count(*) AS purchases, min(purchased_at) AS first, "
        "max(purchased_at) AS last FROM purchase_rows WHERE reason IS NULL GROUP BY 1"
    )
    connection.execute(
        "CREATE VIEW shoppers AS SELECT user_id, purchases FROM buyers WHERE user_id IS NOT NULL"
    )
    connection.execute(
        "CREATE TABLE kept AS SELECT coalesce(sum(purchases), 0)::BIGINT AS purchases, "
        "coalesce(sum(purchases) FILTER (user_id IS NULL), 0)::BIGINT AS guests, "
        "min(first) AS first, max(last) AS last FROM buyers"
    )
    connection.execute(
        "CREATE TABLE marked AS SELECT count(*) FILTER (price = 0) AS free, "
        "count(*) FILTER (purchased_at > now()::TIMESTAMP) AS future FROM purchase_rows WHERE reason IS NULL"
    )
    connection.execute(
        "CREATE TABLE days AS SELECT purchased_at::DATE AS day, count(*) FILTER (reason IS NULL) AS purchases "
        "FROM purchase_rows WHERE purchased_at IS NOT NULL GROUP BY 1"
    )
    connection.execute(
        f"CREATE TABLE left_rows AS SELECT file, {LINE}, reason, user_id, order_id, quantity, price FROM purchase_rows "
        "WHERE reason IS NOT NULL"
    )


def kept_orders(connection: Connection) -> int:
    """Returns the number of orders with purchases.

    Where the lines of each order were counted before, it is those of which some line is not left out.
    """
    counted = counted_values(connection, "purchase_texts", "order_id")
    if counted and "order_id" not in engine.changed_columns(connection, "purchase_rows"):
        lost = "SELECT order_id, count(*) AS rows FROM left_rows WHERE order_id IS NOT NULL GROUP BY 1"
        statement = (
            f"SELECT (SELECT count(v) FROM {counted}) - count(*) FROM ({lost}) l "
            f"JOIN {counted} c ON l.order_id = c.v AND l.rows = c.rows"
        )
    else:
        statement = "SELECT count(DISTINCT order_id) FROM purchase_rows WHERE reason IS NULL"
    return int(engine.row(connection, statement)[0])


def kept_facts(connection: Connection) -> dict[str, Any]:
    """Returns the facts about the purchases that are kept, for the preview."""
    rows, guests, first, last = engine.row(connection, "SELECT purchases, guests, first, last FROM kept")
    shoppers, largest, once = engine.row(
        connection,
        "SELECT count(*), coalesce(max(purchases), 0), count(*) FILTER (purchases = 1) FROM shoppers",
    )
    products = engine.row(
        connection, "SELECT count(DISTINCT product_id) FROM bought_descriptions WHERE kept > 0"
    )[0]
    by_month = connection.execute(
        "SELECT strftime(day, '%Y-%m') AS month, sum(purchases)::BIGINT FROM days WHERE purchases > 0 "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {
        "purchases": rows,
        "guest_purchases": guests,
        "first": first,
        "last": last,
        "orders": kept_orders(connection),
        "shoppers": shoppers,
        "products": products,
        "purchases_per_shopper": (rows - guests) / shoppers if shoppers else 0.0,
        "largest_shopper_share": largest / rows if rows else 0.0,
        "bought_once_share": once / shoppers if shoppers else 0.0,
        "by_month": tuple(by_month),
    }


def left_out(connection: Connection, tables: Sequence[Table]) -> tuple[LeftOut, ...]:
    """Returns the reasons to leave rows out, the most frequent first, with examples."""
    found = connection.execute(
        f"""SELECT reason, count(*) AS n, list((file, line) ORDER BY file, line)[:{_EXAMPLES}]
        FROM left_rows GROUP BY reason ORDER BY n DESC, reason"""
    ).fetchall()
    reasons = [
        LeftOut(
            reason.removeprefix(UNREADABLE),
            rows,
            tuple(_example(connection, tables, file, line) for file, line in examples),
            reason.startswith(UNREADABLE),
        )
        for reason, rows, examples in found
    ]
    return (*_faulty(connection, tables), *reasons)


def noticed(connection: Connection, tables: Sequence[Table]) -> tuple[tuple[str, int], ...]:
    """Returns the numbers of rows by what is notable in them."""
    guests, returns, free = engine.row(
        connection,
        "SELECT count(*) FILTER (user_id IS NULL) + (SELECT guests FROM kept), count(*) FILTER (quantity < 0), "
        "count(*) FILTER (price = 0) + (SELECT free FROM marked) FROM left_rows "
        "WHERE reason NOT LIKE 'unreadable%' AND reason <> 'line of totals'",
    )
    others = connection.execute(
        f"SELECT 'unreadable lines of ' || path, count(*) FROM faulty_lines WHERE path NOT IN ({_paths(tables)}) "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall()
    above = 0
    if FROM_ABOVE in engine.columns(connection, "purchase_rows"):
        above = engine.row(connection, f"SELECT count(*) FILTER ({FROM_ABOVE}) FROM purchase_rows")[0]
    long = sum(table.counts.long_values for table in tables)
    counts = (
        ("without a shopper (guests)", guests),
        ("returns", returns),
        ("price 0", free),
        ("with a value of over 100 lines", long),
        ("whose order, customer and date are taken from the line above", above),
        *others,
    )
    return tuple((what, rows) for what, rows in counts if rows)


def _paths(tables: Sequence[Table]) -> str:
    bought = [table.recognized.source.path for table in tables if table.recognized.role == "purchases"]
    return engine.texts(bought) or "''"


def _faulty(connection: Connection, tables: Sequence[Table]) -> list[LeftOut]:
    found = connection.execute(
        f"SELECT problem, count(*), list((path, line, text) ORDER BY path, line)[:{_EXAMPLES}] "
        f"FROM faulty_lines WHERE path IN ({_paths(tables)}) GROUP BY 1 ORDER BY 2 DESC"
    ).fetchall()
    return [
        LeftOut(
            problem,
            rows,
            tuple(Example(path, line, text) for path, line, text in examples),
            unreadable=problem not in {REPEATED_HEADER, FOOTER},
        )
        for problem, rows, examples in found
    ]


def _example(connection: Connection, tables: Sequence[Table], file: int, line: int) -> Example:
    table = tables[file]
    return Example(table.recognized.source.path, line, text_of_line(connection, table, line)[:MAX_TEXT])

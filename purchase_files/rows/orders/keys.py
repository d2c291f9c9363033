"""Ids of orders in one form, which join orders and their lines."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.columns.recognition import Recognized
from purchase_files.engine import Connection
from purchase_files.errors import RefusedFile
from purchase_files.values.distinct import distinct_values, holds
from purchase_files.values.ids import id_of
from purchase_files.vocabulary.totals import TOTAL_NAME

_NUMBER = "'#?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.]0+)?'"
_TOTAL = f"regexp_full_match(v, {engine.text(TOTAL_NAME)}, 'i')"


def key_of(connection: Connection, table: str) -> str:
    """Returns SQL for the ids of orders of a table.

    Shops write the order 700001 as `#700001`, and spreadsheets as `700,001`, also beside ids such as `A7`.
    """
    key = id_of(connection, table, "order_id", in_paths=False)
    unmarked, grouped = holds(
        connection,
        distinct_values(connection, table, "order_id"),
        f"NOT starts_with(v, '#') AND NOT {_TOTAL}",
        "regexp_matches(v, '[,#]|[.]0+$')",
    )
    if not grouped:
        return key
    number = f"regexp_replace(regexp_replace({key}, '[.]0+$', ''), '[#,]', '', 'g')"
    other = key if unmarked else f"ltrim({key}, '#')"
    return f"CASE WHEN regexp_full_match({key}, {_NUMBER}) THEN {number} ELSE {other} END"


def check_joined(connection: Connection, lines: str, tables: Sequence[Recognized]) -> None:
    """Checks that any line has an order.

    Args:
        connection: engine with `order_rows`.
        lines: SQL for the keys of the lines in `purchase_texts`.
        tables: all tables.

    Raises:
        RefusedFile: the ids of both have nothing in common. The message shows one of each.
    """
    [joined, line, order] = engine.row(
        connection,
        f"SELECT (SELECT count(*) FROM order_rows WHERE order_key IN (SELECT {lines} FROM purchase_texts)), "
        f"(SELECT min({lines}) FROM purchase_texts), (SELECT min(order_key) FROM order_rows)",
    )
    if not joined and line is not None and order is not None:
        of_lines, of_orders = (
            ", ".join(table.source.path for table in tables if table.role == role)
            for role in ("purchases", "orders")
        )
        raise RefusedFile(
            f"No order of {of_lines} is in {of_orders}: the ids are such as {line!r} and {order!r}. "
            "Name the columns of the same ids with --map order_id=COLUMN, or give files of the same orders"
        )

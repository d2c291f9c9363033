"""Texts of all tables by field, joined by ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.columns.recognition import Recognized
from purchase_files.engine import Connection
from purchase_files.formats.source import LINE, Counts
from purchase_files.options import Role
from purchase_files.values.cleaning import clean
from purchase_files.values.distinct import distinct_values, forget_values, holds
from purchase_files.values.ids import id_of

PARTLY_FILLED = "partly_filled_texts"
"""Texts before gaps are filled from other lines of an order. Filling joins them, which loses their order."""

_FROM_ORDERS = ("user_id", "purchased_at", "time_of_day", "status", "cancelled_at", "currency")
_OF_ORDER = ("user_id", "purchased_at", "status", "cancelled_at")


@dataclass(frozen=True)
class Table:
    """A recognized table in the engine."""

    recognized: Recognized
    name: str
    counts: Counts


def join_texts(connection: Connection, tables: Sequence[Table], extra: Sequence[str]) -> tuple[str, ...]:
    """Creates `purchase_texts`, with `file`, `line` and a column of texts per field.

    Orders are joined by id. What the first line of an order says of the whole order holds for its other lines.

    Args:
        connection: engine.
        tables: all tables.
        extra: names of further columns to keep, for conditions.

    Returns:
        The fields that have a column.
    """
    fields = _unite(connection, tables, "purchases", "purchase_texts", extra)
    if any(table.recognized.role == "orders" for table in tables):
        fields = _join_orders(connection, tables, fields, extra)
    if "order_id" in fields:
        _fill_orders(connection, fields)
    if any("account_id" in table.recognized.fields for table in tables):
        _join_accounts(connection, tables, fields)
    return fields


def unite_role(connection: Connection, tables: Sequence[Table], role: Role) -> tuple[str, ...]:
    """Creates the table `{role}_texts` of the tables of one role and returns its fields."""
    return _unite(connection, tables, role, f"{role}_texts", ())


def _unite(
    connection: Connection, tables: Sequence[Table], role: Role, target: str, extra: Sequence[str]
) -> tuple[str, ...]:
    chosen = [(number, table) for number, table in enumerate(tables) if table.recognized.role == role]
    fields = tuple(dict.fromkeys(field for _, table in chosen for field in table.recognized.fields))
    selects = []
    for number, table in chosen:
        columns = [f"{number} AS file", LINE]
        for field in fields:
            columns.append(f"{_text(table.recognized, field)} AS {engine.name(field)}")
        for column in extra:
            names = table.recognized.source.columns
            value = f"c{names.index(column)}" if column in names else "NULL::VARCHAR"
            columns.append(f"{value} AS {engine.name(f'column {column}')}")
        selects.append(f"SELECT {', '.join(columns)} FROM {engine.name(table.name)}")
    connection.execute(f"CREATE OR REPLACE VIEW raw_{target} AS {' UNION ALL '.join(selects)}")
    clean(connection, f"raw_{target}", target, fields)
    return fields


def _text(table: Recognized, field: str) -> str:
    index = table.fields.get(field)
    if index is None:
        return "NULL::VARCHAR"
    if field == "purchased_at" and table.has_split_time:
        return f"concat_ws(' ', nullif(trim(c{index}), ''), nullif(trim(c{table.fields['time_of_day']}), ''))"
    return f"c{index}"


def _join_accounts(connection: Connection, tables: Sequence[Table], fields: Sequence[str]) -> None:
    """Replaces the ids of accounts by the ids of their shoppers."""
    users = _unite(connection, tables, "users", "accounts_texts", ())
    if "account_id" not in users or "user_id" not in fields:
        return
    account = id_of(connection, "accounts_texts", "account_id")
    connection.execute(
        f"CREATE OR REPLACE TABLE accounts AS SELECT {account} AS account, arg_min(user_id, (file, line)) AS person "
        f"FROM accounts_texts WHERE account_id IS NOT NULL GROUP BY 1"
    )
    key = id_of(connection, "purchase_texts", "user_id")
    _replace(
        connection,
        f"SELECT p.* EXCLUDE (account) REPLACE (coalesce(a.person, p.user_id) AS user_id) "
        f"FROM (SELECT *, {key} AS account FROM purchase_texts) p LEFT JOIN accounts a USING (account)",
    )


def _join_orders(
    connection: Connection, tables: Sequence[Table], fields: tuple[str, ...], extra: Sequence[str]
) -> tuple[str, ...]:
    order_fields = _unite(connection, tables, "orders", "orders_texts", extra)
    added = [field for field in _FROM_ORDERS if field in order_fields]
    key = id_of(connection, "orders_texts", "order_id", in_paths=False)
    columns = [*added, *(f"column {name}" for name in extra)]
    first = ", ".join(
        f"arg_min({engine.name(column)}, (file, line)) AS {engine.name(column)}" for column in columns
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE order_rows AS SELECT {key} AS order_key{', ' + first if first else ''} "
        "FROM orders_texts GROUP BY 1"
    )
    kept = [field for field in fields if field not in added]
    merged = []
    for column in map(engine.name, columns):
        own = f"p.{column}" if column.strip('"') in fields or column.startswith('"column ') else "NULL"
        merged.append(f"coalesce(o.{column}, {own}) AS {column}")
    lines = id_of(connection, "purchase_texts", "order_id", in_paths=False)
    columns_kept = ", ".join(f"p.{engine.name(field)}" for field in ("file", LINE, *kept))
    _replace(
        connection,
        f"SELECT {', '.join((columns_kept, *merged))} FROM (SELECT *, {lines} AS order_key FROM purchase_texts) p "
        "LEFT JOIN order_rows o USING (order_key)",
    )
    return (*kept, *added)


def _fill_orders(connection: Connection, fields: Sequence[str]) -> None:
    """Fills what only some lines of an order have, such as the shopper."""
    filled = [
        engine.name(field)
        for field in _OF_ORDER
        if field in fields
        and holds(connection, distinct_values(connection, "purchase_texts", field), "v IS NULL")[0]
    ]
    if not filled:
        return
    partly = " OR ".join(
        f"count({field}) BETWEEN 1 AND count(*) - 1 AND min({field}) = max({field})" for field in filled
    )
    known = ", ".join(
        f"CASE WHEN min({field}) = max({field}) THEN min({field}) END AS {field}" for field in filled
    )
    gaps = " OR ".join(f"{field} IS NULL" for field in filled)
    connection.execute(
        f"CREATE OR REPLACE TABLE order_rows AS SELECT order_id, {known} FROM purchase_texts "
        f"WHERE order_id IN (SELECT order_id FROM purchase_texts WHERE {gaps}) GROUP BY 1 HAVING {partly}"
    )
    if not engine.row(connection, "SELECT count(*) FROM order_rows")[0]:
        return
    replaced = ", ".join(f"coalesce(p.{field}, o.{field}) AS {field}" for field in filled)
    kind = _kind(connection)
    connection.execute(f"ALTER {kind} purchase_texts RENAME TO {PARTLY_FILLED}")
    # Its columns keep their distinct values.
    connection.execute(
        f"CREATE VIEW purchase_texts AS SELECT p.* REPLACE ({replaced}) "
        f"FROM {PARTLY_FILLED} p LEFT JOIN order_rows o USING (order_id)"
    )


def _replace(connection: Connection, statement: str) -> None:
    """Replaces `purchase_texts` by the result of a statement over it."""
    connection.execute(f"CREATE TABLE next_texts AS {statement} ORDER BY file, {LINE}")
    connection.execute(f"DROP {_kind(connection)} purchase_texts")
    connection.execute("ALTER TABLE next_texts RENAME TO purchase_texts")
    forget_values(connection, "purchase_texts")


def _kind(connection: Connection) -> str:
    [kind] = engine.row(
        connection, "SELECT table_type FROM information_schema.tables WHERE table_name = 'purchase_texts'"
    )
    return "VIEW" if kind == "VIEW" else "TABLE"

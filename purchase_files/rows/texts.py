"""Texts of all tables by field, joined by ids."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.columns.presets import states_of
from purchase_files.columns.recognition import Recognized
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.baskets import MADE_UP, BasketFile
from purchase_files.formats.reshaped.numbered_columns import NumberedColumnsFile
from purchase_files.formats.reshaped.wide_tables import WideFile
from purchase_files.formats.source import LINE, Counts
from purchase_files.options import Role
from purchase_files.rows.blank_cells import FILLED_IN_ORDERS, fill_below, fill_down, fill_orders
from purchase_files.rows.orders.keys import check_joined, key_of
from purchase_files.values.casts import TimeFormat, has_text, read_column
from purchase_files.values.cleaning import clean
from purchase_files.values.day_orders import with_days_swapped
from purchase_files.values.distinct import (
    count_values,
    forget_values,
    has_null,
    rename_values,
)
from purchase_files.values.ids import id_of

_FROM_ORDERS = (
    "user_id", "purchased_at", "time_of_day", "time_zone", "status", "cancelled_at", "voided", "currency",
)  # fmt: skip
DESCRIBING = ("title", "description", "category", "brand", "image_url")
"""Fields that describe a product."""


@dataclass(frozen=True)
class Table:
    """A recognized table in the engine.

    Attributes:
        recognized: what is known of its columns.
        name: its name in the engine. The only table of purchases becomes `purchase_texts` itself.
        counts: numbers of its lines.
        times: format of the times that a cast may have read.
        swaps_days: True if its dates have day and month in the other order than those of other files.
    """

    recognized: Recognized
    name: str
    counts: Counts
    times: TimeFormat | None = None
    swaps_days: bool = False


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
    if len(tables) == 1 and can_take(tables[0].recognized, extra):
        fields = _take(connection, tables[0], extra)
    else:
        fields = _unite(connection, tables, "purchases", "purchase_texts", extra)
    are_named = "order_id" in fields and any(
        table.recognized.role == "orders" and "order_id" in table.recognized.fields for table in tables
    )
    if are_named:
        fields = _join_orders(connection, tables, fields, extra)
    else:
        fill_down(connection, fields, extra)
    if "order_id" in fields:
        fill_orders(connection, fields)
        fill_below(connection, extra)
    users = (table.recognized for table in tables if table.recognized.role == "users")
    if any("account_id" in user.fields for user in users):
        _join_accounts(connection, tables, fields)
    return fields


def unite_role(connection: Connection, tables: Sequence[Table], role: Role) -> tuple[str, ...]:
    """Creates the table `{role}_texts` of the tables of one role and returns its fields.

    Without tables of the role, it creates nothing.
    """
    if not any(table.recognized.role == role for table in tables):
        return ()
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
            text = _text(table, field)
            if field == "order_id" and len(chosen) > 1 and _counts_lines(table):
                text = f"'{number + 1}-' || {text}"  # each table counts its own
            columns.append(f"{text} AS {engine.name(field)}")
        for column in extra:
            names = table.recognized.source.columns
            value = f"c{names.index(column)}" if column in names else "NULL::VARCHAR"
            columns.append(f"{value} AS {engine.name(f'column {column}')}")
        selects.append(f"SELECT {', '.join(columns)} FROM {engine.name(table.name)}")
    connection.execute(f"CREATE OR REPLACE TABLE {target} AS {' UNION ALL '.join(selects)}")
    clean(connection, target, fields)
    return fields


def _counts_lines(table: Table) -> bool:
    """True if the orders are made up: each has the number of its line."""
    source, index = table.recognized.source, table.recognized.fields.get("order_id")
    if index is None or not isinstance(source, BasketFile | NumberedColumnsFile | WideFile):
        return False
    return source.label(index) == MADE_UP["order_id"]


def _take(connection: Connection, table: Table, extra: Sequence[str]) -> tuple[str, ...]:
    """Renames the only table to `purchase_texts`, which is much cheaper than a copy."""
    recognized = table.recognized
    connection.taken.add(table.name)
    for index, name in _names_of(recognized, extra).items():
        if has_text(connection, table.name, f"c{index}"):
            connection.execute(
                f"ALTER TABLE {engine.name(table.name)} RENAME c{index} TO {engine.name(name)}"
            )
        rename_values(connection, (table.name, f"c{index}"), ("purchase_texts", name))
        if read := read_column(connection, table.name, f"c{index}"):
            new = engine.name(engine.READ + name)
            connection.execute(f"ALTER TABLE {engine.name(table.name)} RENAME {read} TO {new}")
    connection.execute(f"ALTER TABLE {engine.name(table.name)} ADD COLUMN file INTEGER DEFAULT 0")
    connection.execute(f"ALTER TABLE {engine.name(table.name)} RENAME TO purchase_texts")
    if recognized.has_split_time:
        text = _date_and_time('"purchased_at"', '"time_of_day"')
        engine.replace_columns(connection, "purchase_texts", {"purchased_at": ("VARCHAR", text)})
        forget_values(connection, "purchase_texts")
    if "order_id" in recognized.fields:
        known = [
            f
            for f in FILLED_IN_ORDERS
            if f in recognized.fields and has_text(connection, "purchase_texts", f)
        ]
        count_values(connection, "purchase_texts", "order_id", known)
    # Texts of products are cleaned later, once per product, unless titles stand for ids.
    clean(connection, "purchase_texts", [field for field in recognized.fields if field not in DESCRIBING])
    if "title" in recognized.fields and title_is_id(connection, recognized.fields):
        clean(connection, "purchase_texts", ["title"])
    return tuple(recognized.fields)


def title_is_id(connection: Connection, fields: Collection[str]) -> bool:
    """True if the titles of `purchase_texts` stand for ids that are missing."""
    return "product_id" not in fields or has_null(connection, "purchase_texts", "product_id")


def can_take(recognized: Recognized, extra: Sequence[str]) -> bool:
    """True if the only table has a column per field with its values.

    It need not be copied then.
    """
    if recognized.role != "purchases" or _states(recognized):
        return False
    different = {name.lower() for name in _names_of(recognized, extra).values()}
    return len(different) == len(recognized.fields) + len(extra)


def _names_of(recognized: Recognized, extra: Sequence[str]) -> dict[int, str]:
    """Returns the names of a taken table by index in the file."""
    columns = recognized.source.columns
    others = {columns.index(column): f"column {column}" for column in extra if column in columns}
    return others | {index: field for field, index in recognized.fields.items()}


def text_of_line(connection: Connection, table: Table, line: int) -> str:
    """Returns the used values of a line as the file has them."""
    source, selected = table.name, f"* EXCLUDE ({LINE})"
    if table.name in connection.taken:
        source, known = "purchase_rows", engine.columns(connection, "purchase_rows")
        names = sorted(_names_of(table.recognized, table.recognized.source.columns).items())
        texts = (
            next((n for n in (engine.ORIGINAL + name, engine.READ + name, name) if n in known), None)
            for _, name in names
        )
        selected = ", ".join(engine.name(text) for text in texts if text)
    values = connection.execute(
        f"SELECT {selected} FROM {engine.name(source)} WHERE {LINE} = ? LIMIT 1", [line]
    ).fetchone()
    return ", ".join(map(_shown, values or ()))


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _text(table: Table, field: str) -> str:
    fields = table.recognized.fields
    index = fields.get(field)
    if index is None:
        return "NULL::VARCHAR"
    if field == "purchased_at":
        date = with_days_swapped(f"c{index}") if table.swaps_days else f"c{index}"
        return _date_and_time(date, f"c{fields['time_of_day']}") if table.recognized.has_split_time else date
    if field == "status" and (states := _states(table.recognized)):
        cases = " ".join(
            f"WHEN {engine.text(state)} THEN {engine.text(word)}" for state, word in states.items()
        )
        return f"CASE trim(c{index}) {cases} ELSE c{index} END"
    return f"c{index}"


def _states(table: Recognized) -> Mapping[str, str]:
    """Returns the words for numbers of states, if the status is one."""
    return states_of(table.why["status"]) if "status" in table.fields else {}


def _date_and_time(date: str, time: str) -> str:
    return f"concat_ws(' ', nullif(trim({date}), ''), nullif(trim({time}), ''))"


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
    key = key_of(connection, "orders_texts")
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
    lines = key_of(connection, "purchase_texts")
    check_joined(connection, lines, [table.recognized for table in tables])
    columns_kept = ", ".join(f"p.{engine.name(field)}" for field in ("file", LINE, *kept))
    _replace(
        connection,
        f"SELECT {', '.join((columns_kept, *merged))} FROM (SELECT *, {lines} AS order_key FROM purchase_texts) p "
        "LEFT JOIN order_rows o USING (order_key)",
    )
    return (*kept, *added)


def _replace(connection: Connection, statement: str) -> None:
    """Replaces `purchase_texts` by the result of a statement over it."""
    connection.execute(f"CREATE TABLE next_texts AS {statement} ORDER BY file, {LINE}")
    connection.execute("DROP TABLE purchase_texts")
    connection.execute("ALTER TABLE next_texts RENAME TO purchase_texts")
    forget_values(connection, "purchase_texts")

"""Values of purchases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.engine import Connection, columns
from purchase_files.errors import RefusedFile
from purchase_files.formats.source import LINE
from purchase_files.options import ReadingOptions
from purchase_files.rows.conditions import Condition
from purchase_files.rows.quantities import amounts_of
from purchase_files.rows.reasons import CONTROL, SHORTENED, early_reason, reason
from purchase_files.rows.shoppers import find_placeholders
from purchase_files.rows.texts import DESCRIBING, title_is_id
from purchase_files.values.casts import TimeFormat
from purchase_files.values.counted_times import row_form
from purchase_files.values.dates import IN_RANGE, Times, times_of
from purchase_files.values.distinct import distinct_values, holds
from purchase_files.values.ids import id_of


@dataclass(frozen=True)
class Meaning:
    """SQL for the values of a row's fields, found over the whole columns.

    `placeholders` are the texts in place of shoppers that stand for guests, with their rows. `shortened` are the fields
    with ids that a spreadsheet shortened. `titled` is true if titles stand for ids that some rows lack.
    """

    user_id: str
    order_id: str
    product_id: str
    purchase_id: str
    times: Times
    quantity: str
    price: str
    has_control: bool
    placeholders: dict[str, int]
    shortened: frozenset[str]
    titled: bool


def find_meaning(
    connection: Connection, fields: Sequence[str], times: Times, options: ReadingOptions
) -> Meaning:
    """Finds SQL for the value of each field, by how its column is written.

    The `times` are found before. Where no column has shoppers or orders, each row may be an order.
    """

    def ids(field: str) -> str:
        in_paths = field not in {"order_id", "purchase_id"}
        if field not in fields:
            return "NULL::VARCHAR"
        is_user = field == "user_id"
        return id_of(connection, "purchase_texts", field, in_paths=in_paths, of_person=is_user)

    product = ids("product_id")
    titled = "title" in fields and title_is_id(connection, fields)
    if titled:
        product = f"coalesce({product}, {ids('title')})" if "product_id" in fields else ids("title")
    quantity, price = amounts_of(connection, fields)
    user, order, purchase = ids("user_id"), ids("order_id"), ids("purchase_id")
    if options.mapping.get("user_id") == "" and not {"user_id", "order_id"} & set(fields):
        order = f"concat(file, '-', {LINE})"
    placeholders = find_placeholders(connection) if "user_id" in fields else {}
    if placeholders:
        user = f"CASE WHEN lower(user_id) NOT IN ({engine.texts(placeholders)}) THEN {user} END"
    of_ids = [field for field in ("user_id", "order_id", "product_id") if field in fields]
    faults = {field: _faults(connection, field) for field in (*of_ids, *["title"] * titled)}
    shortened = frozenset(field for field in of_ids if faults[field][0])
    if "order_id" in shortened:
        order = f"CASE WHEN NOT {SHORTENED.format('order_id')} THEN {order} END"
    if "purchase_id" in fields and not _is_unique(connection, purchase):
        # An id that several rows have is that of an order.
        order, purchase = f"coalesce({order}, {purchase})", "NULL::VARCHAR"
    return Meaning(
        user_id=user,
        order_id=order,
        product_id=product,
        purchase_id=purchase,
        times=times,
        quantity=quantity,
        price=price,
        has_control=any(has_control for _, has_control in faults.values()),
        placeholders=placeholders,
        shortened=shortened,
        titled=titled and "product_id" in fields,
    )


def _faults(connection: Connection, field: str) -> tuple[bool, ...]:
    """Returns whether ids of a field are shortened, or have control characters."""
    values = distinct_values(connection, "purchase_texts", field)
    return holds(connection, values, SHORTENED.format("v"), CONTROL.format("v"))


def build_rows(
    connection: Connection,
    fields: Sequence[str],
    meaning: Meaning,
    conditions: Sequence[Condition],
    decided: Collection[str],
) -> None:
    """Makes `purchase_texts` the table `purchase_rows`, with a reason for rows that are left out.

    Statuses and events that are `decided` by conditions are no reasons. Values take the places of texts, whose columns
    stay under names that begin with `engine.ORIGINAL`.
    """
    connection.execute("ALTER TABLE purchase_texts ADD COLUMN reason VARCHAR")
    open_fields = [field for field in fields if field not in decided]
    if early := early_reason(connection, open_fields, conditions):
        _give_reason(connection, "purchase_texts", early)
    values = {
        "user_id": ("VARCHAR", meaning.user_id),
        "order_id": ("VARCHAR", meaning.order_id),
        "product_id": ("VARCHAR", meaning.product_id),
        "purchase_id": ("VARCHAR", meaning.purchase_id),
        "purchased_at": ("TIMESTAMP", meaning.times.sql),
        "quantity": ("DOUBLE", meaning.quantity),
        "price": ("DOUBLE", meaning.price),
    }
    if "purchase_id" not in fields:
        del values["purchase_id"]  # a column of a million nulls costs as much as one of values
    read = {field: (kind, sql) for field, (kind, sql) in values.items() if sql != engine.name(field)}
    engine.replace_columns(connection, "purchase_texts", read)
    connection.execute("ALTER TABLE purchase_texts RENAME TO purchase_rows")
    connection.execute(
        f"UPDATE purchase_rows SET purchased_at = NULL WHERE NOT {IN_RANGE.format('purchased_at')}"
    )
    _give_reason(
        connection, "purchase_rows", reason(connection, meaning.shortened, has_control=meaning.has_control)
    )
    # A negative price also means a return.
    connection.execute(
        "UPDATE purchase_rows SET quantity = CASE WHEN quantity > 0 THEN -quantity ELSE quantity END, price = -price "
        "WHERE price < 0"
    )


def _give_reason(connection: Connection, table: str, reason: str) -> None:
    connection.execute(
        f"UPDATE {table} SET reason = {reason} WHERE reason IS NULL AND ({reason}) IS NOT NULL"
    )


def purchases_sql(connection: Connection) -> str:
    """Returns SQL for the purchases in the order of the files."""
    known = columns(connection, "purchase_rows")
    currency, purchase = (
        field if field in known else f"NULL::VARCHAR AS {field}" for field in ("currency", "purchase_id")
    )
    return (
        "SELECT user_id, product_id, timezone('UTC', purchased_at) AS purchased_at, quantity, order_id, price, "
        f"{currency}, {purchase} FROM purchase_rows WHERE reason IS NULL"
    )


def create_no_rows(connection: Connection) -> None:
    """Creates the table `purchase_rows` without rows."""
    texts = ", ".join(
        f"{field} VARCHAR"
        for field in ("user_id", "order_id", "product_id", *DESCRIBING, "currency", "purchase_id", "reason")
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE purchase_rows (file INTEGER, {LINE} BIGINT, purchased_at TIMESTAMP, "
        f"quantity DOUBLE, price DOUBLE, {texts})"
    )


def _is_unique(connection: Connection, value: str) -> bool:
    repeated = f"SELECT count({value}) > count(DISTINCT {value}) FROM purchase_texts"
    return not engine.row(connection, repeated)[0]


def find_times(
    connection: Connection,
    fields: Sequence[str],
    labels: dict[str, str],
    options: ReadingOptions,
    read_times: TimeFormat | None,
    *,
    counts: bool,
) -> Times:
    """Finds the form of the times of purchases.

    Args:
        connection: engine.
        fields: fields of `purchase_texts`.
        labels: names of the columns in messages, by field.
        options: options of the caller.
        read_times: format of the times that a cast may have read.
        counts: True if small numbers are times, such as numbers of days or orders.

    Raises:
        RefusedFile: unclear times.
    """
    if "purchased_at" not in fields and options.mapping.get("purchased_at") == "":
        form = row_form(LINE)
        return Times(form.sql, form.description, naive=False, made_up=True)
    if "purchased_at" not in fields:
        raise RefusedFile("no column tells when a product was bought")
    return times_of(
        connection,
        "purchase_texts",
        "purchased_at",
        labels["purchased_at"],
        options,
        zones="time_zone" if "time_zone" in fields else None,
        counts=counts,
        read_times=read_times,
    )

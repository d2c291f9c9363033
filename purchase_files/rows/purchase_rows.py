"""Values of purchases, and the reasons why rows are left out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.engine import Connection, columns
from purchase_files.errors import RefusedFile
from purchase_files.formats.source import LINE
from purchase_files.options import ReadingOptions
from purchase_files.rows.conditions import BOUGHT_EVENTS, RETURN_EVENTS, VOID_MARKS, Condition, not_bought
from purchase_files.rows.guests import find_placeholders
from purchase_files.rows.quantities import amounts_of, was_taken_off
from purchase_files.rows.texts import DESCRIBING, title_is_id
from purchase_files.rows.totals import totals_cases
from purchase_files.values.casts import TimeFormat
from purchase_files.values.counted_times import row_form
from purchase_files.values.dates import IN_RANGE, Times, times_of
from purchase_files.values.distinct import distinct_values, holds
from purchase_files.values.ids import MAX_ID_CHARACTERS, id_of

NO_PRODUCT = "no product"
NO_OWNER = "neither a shopper nor an order"

UNREADABLE = "unreadable: "
"""Begins the reasons of rows that are faulty, and count against the limit."""

_CONTROL = r"regexp_matches({}, '[\x00-\x1f\x7f-\x9f]')"
_SHORTENED = "regexp_full_match({}, '[1-9]([.,][0-9]{{1,5}})?[eE][+][0-9]{{1,2}}')"
"""Condition for ids such as 1.23E+12, of which a spreadsheet dropped digits. Many ids become one."""

_MAX_QUANTITY = 1_000_000
_MAX_PRICE = 1_000_000_000_000


@dataclass(frozen=True)
class Meaning:
    """SQL for the values of a row's fields, found over the whole columns.

    `placeholders` are the texts in place of shoppers that stand for guests, with their rows. `shortened` are the fields
    with ids that a spreadsheet shortened.
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


def find_meaning(
    connection: Connection,
    fields: Sequence[str],
    labels: dict[str, str],
    options: ReadingOptions,
    read_times: TimeFormat | None,
    *,
    counts: bool,
) -> Meaning:
    """Finds SQL for the value of each field, by how its column is written.

    `read_times` is the format of the times that a cast may have read.

    Raises:
        RefusedFile: unclear times.
    """

    def ids(field: str) -> str:
        in_paths = field not in {"order_id", "purchase_id"}
        if field not in fields:
            return "NULL::VARCHAR"
        is_user = field == "user_id"
        return id_of(connection, "purchase_texts", field, in_paths=in_paths, of_person=is_user)

    def has(field: str, condition: str) -> bool:
        values = distinct_values(connection, "purchase_texts", field)
        return holds(connection, values, condition)[0]

    product = ids("product_id")
    titled = "title" in fields and title_is_id(connection, fields)
    if titled:
        product = f"coalesce({product}, {ids('title')})" if "product_id" in fields else ids("title")
    quantity, price = amounts_of(connection, fields)
    user, order, purchase = ids("user_id"), ids("order_id"), ids("purchase_id")
    placeholders = find_placeholders(connection) if "user_id" in fields else {}
    if placeholders:
        user = f"CASE WHEN lower(user_id) NOT IN ({engine.texts(placeholders)}) THEN {user} END"
    shortened = frozenset(
        field
        for field in ("user_id", "order_id", "product_id")
        if field in fields and has(field, _SHORTENED.format("v"))
    )
    if "order_id" in shortened:
        order = f"CASE WHEN NOT {_SHORTENED.format('order_id')} THEN {order} END"
    if "purchase_id" in fields and not _is_unique(connection, purchase):
        # An id that several rows have is that of an order.
        order, purchase = f"coalesce({order}, {purchase})", "NULL::VARCHAR"
    return Meaning(
        user_id=user,
        order_id=order,
        product_id=product,
        purchase_id=purchase,
        times=_times(connection, fields, labels, options, read_times, counts=counts),
        quantity=quantity,
        price=price,
        has_control=any(
            field in fields and has(field, _CONTROL.format("v"))
            for field in ("user_id", "order_id", "product_id", *["title"] * titled)
        ),
        placeholders=placeholders,
        shortened=shortened,
    )


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
    if early := _early_reason(connection, open_fields, conditions):
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
    _give_reason(connection, "purchase_rows", _reason(connection, meaning))
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


def _was_text(field: str, known: Collection[str]) -> str:
    texts = (name for prefix in (engine.CLEANED, engine.ORIGINAL) if (name := prefix + field) in known)
    # Times without texts are there in each row, and numbers without texts are all readable.
    return next((f"{engine.name(text)} IS NOT NULL" for text in texts), str(field == "purchased_at").lower())


def _times(
    connection: Connection,
    fields: Sequence[str],
    labels: dict[str, str],
    options: ReadingOptions,
    read_times: TimeFormat | None,
    *,
    counts: bool,
) -> Times:
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


def _early_reason(connection: Connection, fields: Sequence[str], conditions: Sequence[Condition]) -> str:
    """Returns SQL for reasons in texts, such as conditions and statuses.

    It is empty if there are none.
    """
    cases = [
        f"WHEN NOT ({condition.sql()}) THEN {engine.text(f'not --where {condition}')}"
        for condition in conditions
    ]
    if {"parent_line", "line_id"} <= set(fields):
        line, parent = (id_of(connection, "purchase_texts", field) for field in ("line_id", "parent_line"))
        cases.append(
            f"WHEN {parent} IN (SELECT {line} FROM purchase_texts) THEN 'part of the line of another product'"
        )
    if "status" in fields:
        cases.append(f"WHEN {not_bought(connection)} THEN 'status ' || lower(trim(status))")
    if "cancelled_at" in fields:
        cases.append("WHEN cancelled_at IS NOT NULL THEN 'cancelled'")
    if "voided" in fields:
        cases.append(f"WHEN lower(trim(voided)) IN ({engine.texts(VOID_MARKS)}) THEN 'cancelled'")
    if "event" in fields:
        event = "lower(trim(event))"
        known = engine.texts((*BOUGHT_EVENTS, *RETURN_EVENTS))
        cases.append(f"WHEN {event} NOT IN ({known}) THEN 'event ' || {event}")
    cases += totals_cases(connection, fields)
    if "event" in fields and _marks_purchases(connection):
        cases.append("WHEN event IS NULL THEN 'no kind of event'")
    return f"CASE {' '.join(cases)} END" if cases else ""


def _marks_purchases(connection: Connection) -> bool:
    """True if purchases are marked by their event, so that other rows are none."""
    bought = f"lower(trim(v)) IN ({engine.texts(BOUGHT_EVENTS)})"
    return holds(connection, distinct_values(connection, "purchase_texts", "event"), bought)[0]


def _reason(connection: Connection, meaning: Meaning) -> str:
    ids, known = ("product_id", "user_id", "order_id"), columns(connection, "purchase_rows")
    too_long = " OR ".join(f"length({id_}) > {MAX_ID_CHARACTERS}" for id_ in ids)
    shortened = [_SHORTENED.format(field) for field in sorted(meaning.shortened - {"order_id"})]
    cases = (
        (" OR ".join(shortened) or "false", f"{UNREADABLE}id that a spreadsheet shortened"),
        (too_long, f"{UNREADABLE}id of over {MAX_ID_CHARACTERS} characters"),
        (
            _CONTROL.format(f"concat({', '.join(ids)})") if meaning.has_control else "false",
            f"{UNREADABLE}control character in an id",
        ),
        (f"purchased_at IS NULL AND {_was_text('purchased_at', known)}", f"{UNREADABLE}time"),
        ("purchased_at IS NULL", f"{UNREADABLE}no time"),
        (f"quantity IS NULL AND {_was_text('quantity', known)}", f"{UNREADABLE}quantity"),
        (f"price IS NULL AND {_was_text('price', known)}", f"{UNREADABLE}price"),
        (f"abs(quantity) > {_MAX_QUANTITY}", f"{UNREADABLE}quantity over {_MAX_QUANTITY:,}"),
        (f"abs(price) > {_MAX_PRICE}", f"{UNREADABLE}price over {_MAX_PRICE:,}"),
        (f"quantity = 0 AND ({was_taken_off(known)})", "canceled or refunded"),
        ("quantity = 0", "quantity 0"),
        ("user_id IS NULL AND order_id IS NULL", NO_OWNER),
        ("user_id IS NULL AND price = 0", "price 0 without a shopper"),
    )
    others = " ".join(f"WHEN {condition} THEN {engine.text(reason)}" for condition, reason in cases)
    return f"CASE WHEN product_id IS NULL THEN {_no_product(known)} {others} END"


def _no_product(known: Collection[str]) -> str:
    """Returns SQL for the reason of rows without a product, with the word in its place, such as NONE."""
    texts = [text for field in ("product_id", "title") if (text := engine.ORIGINAL + field) in known]
    word = f"coalesce({', '.join(map(engine.name, texts)) or 'NULL'}, '')"
    worded = f"regexp_matches({word}, '[A-Za-z]{{2}}')"
    return (
        f"{engine.text(NO_PRODUCT)} || CASE WHEN {worded} THEN ' (' || lower(trim({word})) || ')' ELSE '' END"
    )

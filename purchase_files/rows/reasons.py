"""Reasons why rows are left out."""

from collections.abc import Collection, Sequence

from purchase_files import engine
from purchase_files.engine import Connection, columns
from purchase_files.rows.conditions import (
    Condition,
    bought_events,
    is_lost,
    not_bought,
)
from purchase_files.rows.quantities import was_taken_off
from purchase_files.values.casts import has_text
from purchase_files.values.distinct import distinct_values, has_null, holds
from purchase_files.values.ids import MAX_ID_CHARACTERS, id_of
from purchase_files.vocabulary.kinds import RETURN_EVENTS, VOID_MARKS
from purchase_files.vocabulary.totals import TOTAL_NAME

NO_PRODUCT = "no product"
NO_OWNER = "neither a shopper nor an order"

TOTALS = "line of totals"

UNREADABLE = "unreadable: "
"""Begins the reasons of rows that are faulty, and count against the limit."""

CONTROL = r"regexp_matches({}, '[\x00-\x1f\x7f-\x9f]')"
"""Condition for texts with control characters."""

SHORTENED = "regexp_full_match({}, '[1-9]([.,][0-9]{{1,5}})?[eE][+][0-9]{{1,2}}')"
"""Condition for ids such as 1.23E+12, of which a spreadsheet dropped digits. Many ids become one."""

_TOTALS = rf"^({TOTAL_NAME}(( for | of | von | de | di |:).*)?|all)$"
"""Name of a total, with that of its group. Tables of pandas call it `All`."""

_MAX_QUANTITY = 1_000_000
_MAX_PRICE = 1_000_000_000_000
_YEARS_AHEAD = 10
_LATE = f"purchased_at > current_timestamp::TIMESTAMP + INTERVAL {_YEARS_AHEAD} YEAR"
"""Condition for typing errors such as the year 2204. As the newest purchases, they would make all others old."""

FAR_AHEAD = f"time over {_YEARS_AHEAD} years ahead"


def _was_text(field: str, known: Collection[str]) -> str:
    texts = (name for prefix in (engine.CLEANED, engine.ORIGINAL) if (name := prefix + field) in known)
    # Times without texts are there in each row, and numbers without texts are all readable.
    return next((f"{engine.name(text)} IS NOT NULL" for text in texts), str(field == "purchased_at").lower())


def early_reason(connection: Connection, fields: Sequence[str], conditions: Sequence[Condition]) -> str:
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
        mark = "lower(trim(voided))"
        cases.append(f"WHEN {mark} IN ({engine.texts(VOID_MARKS)}) OR ({is_lost(mark)}) THEN 'cancelled'")
    if "event" in fields:
        event = "lower(trim(event))"
        known = engine.texts((*bought_events(connection), *RETURN_EVENTS))
        cases.append(f"WHEN {event} NOT IN ({known}) THEN 'event ' || {event}")
    cases += _totals_cases(connection, fields)
    if "event" in fields and _marks_purchases(connection):
        cases.append("WHEN event IS NULL THEN 'no kind of event'")
    return f"CASE {' '.join(cases)} END" if cases else ""


def _totals_cases(connection: Connection, fields: Sequence[str]) -> list[str]:
    """Returns SQL that finds lines of totals, which have no product."""
    if "product_id" in fields and not has_null(connection, "purchase_texts", "product_id"):
        return []
    names = [
        field
        for field in ("user_id", "order_id", "product_id", "title", "purchased_at")
        if field in fields and has_text(connection, "purchase_texts", field)
    ]
    totals = " OR ".join(f"regexp_matches(trim({name}), {engine.text(_TOTALS)}, 'i')" for name in names)
    missing = "product_id IS NULL" if "product_id" in fields else "true"
    cases = [f"WHEN {missing} AND ({totals or 'false'}) THEN '{TOTALS}'"]
    always_dated = "purchased_at" in fields and "purchased_at" not in names
    if names and not always_dated and {"quantity", "price", "line_total"} & set(fields):
        # Sums of a group without a word beside them.
        cases.append(f"WHEN coalesce({', '.join(names)}) IS NULL THEN '{TOTALS}'")
    return cases


def _marks_purchases(connection: Connection) -> bool:
    """True if purchases are marked by their event, so that other rows are none."""
    bought = f"lower(trim(v)) IN ({engine.texts(bought_events(connection))})"
    return holds(connection, distinct_values(connection, "purchase_texts", "event"), bought)[0]


def reason(connection: Connection, shortened: Collection[str], *, has_control: bool) -> str:
    """Returns SQL for reasons in values, null for purchases.

    Args:
        connection: engine with `purchase_rows`.
        shortened: fields with ids that a spreadsheet shortened.
        has_control: True if an id has a control character.
    """
    ids, known = ("product_id", "user_id", "order_id"), columns(connection, "purchase_rows")
    too_long = " OR ".join(f"length({id_}) > {MAX_ID_CHARACTERS}" for id_ in ids)
    shortened = [SHORTENED.format(field) for field in sorted(set(shortened) - {"order_id"})]
    cases = (
        (" OR ".join(shortened) or "false", f"{UNREADABLE}id that a spreadsheet shortened"),
        (too_long, f"{UNREADABLE}id of over {MAX_ID_CHARACTERS} characters"),
        (
            CONTROL.format(f"concat({', '.join(ids)})") if has_control else "false",
            f"{UNREADABLE}control character in an id",
        ),
        (f"purchased_at IS NULL AND {_was_text('purchased_at', known)}", f"{UNREADABLE}time"),
        ("purchased_at IS NULL", f"{UNREADABLE}no time"),
        (_LATE, f"{UNREADABLE}{FAR_AHEAD}"),
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
    """Returns SQL for the reason of rows without a product.

    It names the word in its place, such as NONE.
    """
    texts = [text for field in ("product_id", "title") if (text := engine.ORIGINAL + field) in known]
    word = f"coalesce({', '.join(map(engine.name, texts)) or 'NULL'}, '')"
    worded = f"regexp_matches({word}, '[A-Za-z]{{2}}')"
    return (
        f"{engine.text(NO_PRODUCT)} || CASE WHEN {worded} THEN ' (' || lower(trim({word})) || ')' ELSE '' END"
    )

"""Quantities and prices of purchases, without what was canceled or refunded."""

from collections.abc import Collection, Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.casts import has_text
from purchase_files.values.distinct import has_null
from purchase_files.values.numbers import number_of
from purchase_files.vocabulary.kinds import RETURN_EVENTS

_TAKEN_OFF = {"quantity_canceled", "quantity_refunded"}


def amounts_of(connection: Connection, fields: Sequence[str]) -> tuple[str, str]:
    """Returns SQL for the quantity and for the price of one piece."""

    def numbers(field: str) -> str:
        beside = [other for other in ("price", "line_total") if other in fields and other != field]
        return number_of(connection, "purchase_texts", field, beside) if field in fields else "NULL::DOUBLE"

    quantity = numbers("quantity")
    if "quantity" not in fields:
        quantity = "1.0::DOUBLE"
    elif not has_text(connection, "purchase_texts", "quantity"):
        if has_null(connection, "purchase_texts", engine.READ + "quantity"):
            quantity = f"coalesce({quantity}, 1.0)"
    elif has_null(connection, "purchase_texts", "quantity"):
        quantity = f"coalesce({quantity}, CASE WHEN quantity IS NULL THEN 1.0 END)"
    if "event" in fields:
        is_return = f"lower(trim(event)) IN ({engine.texts(RETURN_EVENTS)})"
        quantity = f"CASE WHEN {is_return} THEN -abs({quantity}) ELSE {quantity} END"
    price = numbers("price")
    if "line_total" in fields:
        price = f"coalesce({price}, {numbers('line_total')} / nullif(abs({quantity}), 0))"
    for field in sorted(_TAKEN_OFF.intersection(fields)):
        less = f"greatest(0, {quantity} - coalesce(abs({numbers(field)}), 0))"
        quantity = f"CASE WHEN {quantity} > 0 THEN {less} ELSE {quantity} END"
    return quantity, price


def was_taken_off(known: Collection[str]) -> str:
    """Returns SQL that is true where something may be taken off the quantity."""
    found = [
        f"coalesce(regexp_matches({field}, '[1-9]'), false)"
        for field in sorted(_TAKEN_OFF.intersection(known))
    ]
    return " OR ".join(found) or "false"

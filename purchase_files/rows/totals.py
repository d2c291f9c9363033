"""Lines of totals, which have no product."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.casts import has_text
from purchase_files.values.distinct import has_null

_TOTALS = (
    "^(grand |sub)?[ -]*(totals?|sum|summe|gesamt(summe)?|insgesamt|somme|totaux|totale|totales|итого|合計|合计|总计)"
    "\\W*(( for | of | von | de | di |:).*)?$"
)


def totals_cases(connection: Connection, fields: Sequence[str]) -> list[str]:
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
    cases = [f"WHEN {missing} AND ({totals or 'false'}) THEN 'line of totals'"]
    always_dated = "purchased_at" in fields and "purchased_at" not in names
    if names and not always_dated and {"quantity", "price", "line_total"} & set(fields):
        # Sums of a group without a word beside them.
        cases.append(f"WHEN coalesce({', '.join(names)}) IS NULL THEN 'line of totals'")
    return cases

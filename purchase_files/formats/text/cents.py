"""Decimal commas that separate the cents of a price into the next column."""

import re
from collections.abc import Sequence

from purchase_files.formats.text.layout import Layout
from purchase_files.formats.text.lines import Record
from purchase_files.vocabulary.names import ranks_of

_CENTS, _WHOLE = re.compile(r"\d\d"), re.compile(r"-?\d+")
_MIN_COLUMNS, _MIN_ROWS = 3, 3
_PRICES = {"price", "line_total"}
_NUMBERS = {*_PRICES, "quantity", "order_id", "product_id", "user_id"}
"""Fields whose last two digits may stand in the last column."""


def split_cents(rows: Sequence[Record], layout: Layout) -> bool:
    """True if rows such as `A,2,55,` have one value too many, which is empty.

    The header is `product,price,note`. In other rows, whose prices are whole, the last column is empty.
    """
    last = layout.columns[-1] if layout.columns else ""
    if layout.separator != "," or len(layout.columns) < _MIN_COLUMNS or _NUMBERS & ranks_of(last).keys():
        return False
    if not _PRICES & ranks_of(layout.columns[-2]).keys():
        return False
    longer = [row for row in rows if has_cents(row, layout.separator)]
    others = [row for row in rows if row.values[-1].strip() and not has_cents(row, layout.separator)]
    return len(longer) >= _MIN_ROWS and not others


def has_cents(row: Record, separator: str) -> bool:
    """True for a row that ends with a number, two digits and nothing."""
    return (
        row.text.rstrip().endswith(separator)
        and len(row.values) > 1
        and _CENTS.fullmatch(row.values[-1].strip()) is not None
        and _WHOLE.fullmatch(row.values[-2].strip()) is not None
    )

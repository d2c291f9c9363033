"""Conditions on columns, such as `status=paid`, and statuses that are no purchases."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.columns.recognition import Recognized, find_column
from purchase_files.errors import RefusedFile

_CONDITION = re.compile(r"(?P<column>.+?)\s*(?P<sign>!=|=)\s*(?P<values>.*)", re.DOTALL)

NOT_BOUGHT = (
    r"(^|[^\pL])(void|cancel|refund|fail|expire|decline|reject|denied|abandon|unavailable|trash|draft|return|closed|fraud"
    r"|chargeback|payment error|storn|abgebrochen|erstattet|annul|rembours|reembols|rimbors|geannuleerd|anulowan|отмен"
    r"|возврат|キャンセル|已取消|已退款)"
)
"""Pattern of statuses of orders that were not kept, in lower case."""

PARTLY = r"parti|teil|(^|[^\pL])(not|no|non|nicht)[^\pL]"
"""Pattern of statuses such as "partially refunded" or "not returned"."""

BOUGHT_EVENTS = (
    "purchase", "purchased", "buy", "bought", "transaction", "order", "ordered", "sale", "sold", "payment", "checkout",
    "ecommerce_purchase", "order_completed", "order completed", "completed order", "kauf", "achat", "compra",
    "conversion",
)  # fmt: skip
"""Kinds of events that are purchases, in lower case."""

RETURN_EVENTS = ("refund", "return", "refunded", "returned")


@dataclass(frozen=True)
class Condition:
    """A condition: the column has one of some values, or none of them."""

    column: str
    values: tuple[str, ...]
    negated: bool

    def __str__(self) -> str:
        return f"{self.column}{'!=' if self.negated else '='}{','.join(self.values)}"

    def sql(self) -> str:
        """Returns SQL that is true where the condition holds."""
        value = f"lower(trim(coalesce({engine.name(f'column {self.column}')}, '')))"
        return f"{value} {'NOT IN' if self.negated else 'IN'} ({engine.texts(self.values)})"


def parse_conditions(texts: Sequence[str], tables: Sequence[Recognized]) -> tuple[Condition, ...]:
    """Parses conditions such as `status=paid,shipped` or `product_id!=POST`. A field stands for its column.

    Raises:
        RefusedFile: no condition, or no such column.
    """
    return tuple(_parse(text, tables) for text in texts)


def _parse(text: str, tables: Sequence[Recognized]) -> Condition:
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise RefusedFile(f"--where {text!r} is no condition. Write COLUMN=VALUE or COLUMN!=VALUE")
    values = tuple(value.strip().casefold() for value in found["values"].split(","))
    for table in tables:
        index = find_column(table.source, found["column"])
        index = table.fields.get(found["column"]) if index is None else index
        if index is not None:
            return Condition(table.source.columns[index], values, found["sign"] == "!=")
    names = ", ".join(dict.fromkeys(column for table in tables for column in table.source.columns))
    raise RefusedFile(f"--where {text!r} names no column. The columns are {names}")

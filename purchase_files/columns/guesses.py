"""Guesses of columns, for the command line that a refusal suggests."""

import difflib
import re
from collections.abc import Sequence
from itertools import chain

from purchase_files.columns.names import RANKS, plain
from purchase_files.columns.recognition import Recognized

_LIKENESS = 0.75
_MIN_LETTERS = 4
_STEMS = {
    "user_id": r"cust|client|user|member|buyer|kund|shopp?er|mail|household|visitor|account|card|loyal|phone|person"
    r"|patron|subscriber|utente|acheteur|klant|клиент|покуп|顧客|客户",
    "product_id": r"prod|item|article|artikel|sku|asin|isbn|goods|thing|merch|stock|товар|商品",
    "purchased_at": r"dat|time|when|day|ordernumber|zeit|fecha|jour|日",
    "order_id": r"order|invoice|basket|receipt|ticket|transaction|bill|заказ",
}
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{8}|\d{10}|\d{13}|[A-Z][a-z]{2,8} \d{1,2},? \d{4}.*")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_MOST = 0.9
_SHOWN = 100


def guess(recognized: Sequence[Recognized], field: str, taken: Sequence[str] = ()) -> str | None:
    """Returns the unused column that is most likely a field."""
    unused = [
        (table, index)
        for table in recognized
        for index in table.unused
        if table.source.columns[index] not in taken
    ]
    named = [
        (score, table.source.columns[index])
        for table, index in unused
        if (score := _likeness(table, index, field))
    ]
    if named:
        return max(named, key=lambda pair: pair[0])[1]
    if field == "purchased_at":
        return next(
            (table.source.columns[index] for table, index in unused if _share(table, index, _DATE) >= _MOST),
            None,
        )
    return None


def guess_unnamed(recognized: Sequence[Recognized], field: str, taken: Sequence[str]) -> str | None:
    """Returns the most likely column by its values alone."""
    for table in recognized:
        free = [
            i
            for i in table.unused
            if table.source.columns[i] not in taken and not _share(table, i, _DATE) >= _MOST
        ]
        worded = [index for index in free if _share(table, index, _WORDS) >= _MOST]
        ranked = worded if field == "product_id" else [index for index in free if index not in worded]
        for index in chain(ranked, free):
            return table.source.columns[index]
    return None


def _likeness(table: Recognized, index: int, field: str) -> float:
    column = plain(table.source.columns[index])
    stem = field in _STEMS and re.search(_STEMS[field], column)
    names = [name for name, ranks in RANKS.items() if field in ranks and len(name) >= _MIN_LETTERS]
    ratio = max((difflib.SequenceMatcher(None, column, name).ratio() for name in names), default=0.0)
    if stem:
        return ratio + 1
    # A shop or a row is not taken for a shopper, whose id may be missing.
    return ratio if ratio >= _LIKENESS and field != "user_id" else 0.0


def _share(table: Recognized, index: int, pattern: re.Pattern[str]) -> float:
    values = [value.strip() for row in table.source.sample[:_SHOWN] if (value := row[index] or "").strip()]
    return sum(bool(pattern.match(value)) for value in values) / len(values) if values else 0.0

"""Guesses of columns, for the command line that a refusal suggests."""

import difflib
import re
from collections.abc import Sequence

from purchase_files.columns.recognition import Recognized
from purchase_files.columns.sampled import are_measures
from purchase_files.formats.reshaped.wide_tables import WideFile
from purchase_files.vocabulary.facts import is_fact
from purchase_files.vocabulary.money import SIGN
from purchase_files.vocabulary.names import NAMES, plain, ranks_of
from purchase_files.vocabulary.unlikely import NO_PRODUCT, NO_SHOPPER

_LIKENESS = 0.75
_MIN_LETTERS = 4
_STEMS = {
    "user_id": r"cust|client|user|member|buyer|kund|shopp?er|mail|household|visitor|account|card|loyal|phone|person"
    r"|patron|subscriber|borrow|contact|utente|acheteur|klant|клиент|покуп|顧客|客户",
    "product_id": r"prod|item|article|artikel|sku|asin|isbn|goods|thing|merch(?!ant)|stock|товар|商品",
    "purchased_at": r"(?<!meta)dat|tarih|time|when|day|ordernumber|zeit|fecha|jour|日",
    "order_id": r"order|invoice|basket|receipt|ticket|transaction|bill|заказ",
}
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|(?:19|20)\d{6}|[12]\d{9}|[12]\d{12}|[A-Z][a-z]{2,8} \d{1,2},? \d{4}.*"
    r"|\d{1,2}\.? (?:de )?[^\W\d_]{3,}\.?,? (?:de )?\d{4}.*"
)
_LATER = re.compile(r"due|deliver|ship|return|expir|updat|modif|last")
"""Columns of times after the purchase, which are offered where no better one is."""

_PENALTY = 0.7
_EARLY_SECONDS = re.compile(r"[89]\d{8}")
"""Seconds since 1970 before September 2001. In a column with a name they would be ids."""
_TIME = re.compile(r".*\d")
_OF_TIMES = {"purchased_at", "product_created_at", "time_of_day", "order_id"}
"""Fields of columns that may hold times, or numbers of orders in their place."""

_WORDS = re.compile(r"[^\W\d_]{3,}")
_NAME = re.compile(r"name|nom(bre|e)?|bezeichnung|titel|titre|title|nazwa|desc")
_MOST = 0.9
_MAX_COLUMNS = 500
_LETTER = re.compile(r".*[^\W\d_]")
_SHOWN = 100
_MADE_UP = re.compile(r"column \d+|event")
_MONEY = re.compile(r"\D{0,4}-?\d[\d ',]*[.,]\d{1,4}\D{0,4}")
_MIN_SHOPPER_DIGITS = 3
_CONTACTS = (
    (re.compile(r"phone|mobile|telefon|telefoon|handynummer|celular|whatsapp"), 100_000),
    (re.compile(r"(billing|customer|buyer|client|shipping|recipient|receiver|delivery).*name"), 200_000),
)
"""Columns that tell shoppers apart where nothing else does, with ranks after those of known names."""


def guess_missing(recognized: Sequence[Recognized], missing: Sequence[str]) -> list[str]:
    """Returns the likely column of each missing field.

    It is COLUMN if the caller has to name one, and nothing if none is needed: rows have an order, and may be guests'.
    """
    unnamed = any(map(is_unnamed, recognized))
    # What was bought is in the lines of orders, which have quantities.
    recognized = [table for table in recognized if table.role != "products"] or recognized
    recognized = sorted(recognized, key=lambda table: "quantity" not in table.fields)
    taken: dict[str, str] = {}
    for field in sorted(missing, key=lambda field: field != "user_id") if unnamed else missing:
        known = list(taken.values())
        if field == "order_id":
            taken[field] = guess([table for table in recognized if table.role == "purchases"], field) or ""
            continue
        found = guess(recognized, field, known) or guess_unnamed(recognized, field, known)
        taken[field] = found or ("COLUMN" if field == "product_id" else "")
    return [taken[field] for field in missing]


def guess(recognized: Sequence[Recognized], field: str, taken: Sequence[str] = ()) -> str | None:
    """Returns the unused column that is most likely a field."""
    unused = [
        (table, index)
        for table in recognized
        for index in table.unused[:_MAX_COLUMNS]
        if table.source.columns[index] not in taken and _may_be(table, index, field)
    ]
    named = [
        (score, table.source.columns[index])
        for table, index in unused
        if (score := _likeness(table, index, field))
    ]
    if field == "purchased_at":
        # `Số lượng đã thêm` sounds like a date, too.
        dated = [table.source.columns[index] for table, index in unused if _holds_dates(table, index)]
        first = next((column for column in dated if not _LATER.search(plain(column))), None)
        named = [pair for pair in named if pair[1] in dated or first is None]
        if not named:
            return first
    if named:
        return max(named, key=lambda pair: pair[0])[1]
    return None


def guess_dates(recognized: Sequence[Recognized]) -> str | None:
    """Returns the first other column whose values are dates."""
    return next(
        (
            column
            for table in recognized
            for index, column in enumerate(table.source.columns)
            if index != table.fields.get("purchased_at") and _share(table, index, _DATE) >= _MOST
        ),
        None,
    )


def guess_unnamed(recognized: Sequence[Recognized], field: str, taken: Sequence[str]) -> str | None:
    """Returns the most likely column by its values alone.

    Times are found by `guess`.
    """
    for table in recognized if field != "purchased_at" else ():
        free = [
            i
            for i in table.unused[:_MAX_COLUMNS]
            if table.source.columns[i] not in taken
            and _may_be(table, i, field)
            and not _holds_dates(table, i)
        ]
        if field == "user_id" and is_unnamed(table):
            ids = (i for i in free if _may_be_id(table, i) and not _is_amount(table, i))
            return next((table.source.columns[i] for i in ids), None)
        if field == "user_id":
            shoppers = [index for index in free if _may_be_shopper(table, index)]
            return max(
                (table.source.columns[index] for index in shoppers),
                key=lambda column: _id_length(table, table.source.columns.index(column)),
                default=None,
            )
        products = [
            index
            for index in free
            if not NO_PRODUCT.search(plain(table.source.columns[index]))
            and not _is_amount(table, index)
            and _share(table, index, _MONEY) < _MOST
            and not (lists_orders(table) and not _is_name(table, index))
        ]
        if products:
            found = min(products, key=lambda index: (_is_action(table, index), _unlikeness(table, index)))
            return table.source.columns[found]
    return None


def _unlikeness(table: Recognized, index: int) -> tuple[bool, bool, float, float, int]:
    """Sort key of a column, smallest for one that looks like names of products."""
    column = plain(table.source.columns[index])
    letters, words = (_share(table, index, pattern) for pattern in (_LETTER, _WORDS))
    different = 0 if is_unnamed(table) else -len(set(_values(table, index)))
    return not _is_name(table, index), column.endswith("id"), -words, -letters, different


def _is_name(table: Recognized, index: int) -> bool:
    """True for a column of names in words."""
    named = _NAME.search(plain(table.source.columns[index])) is not None
    return named and _share(table, index, _WORDS) >= _MOST


def lists_orders(table: Recognized) -> bool:
    """True if each row is an order of its own, without quantities.

    No column need have products then.
    """
    place = table.fields.get("order_id")
    if place is None or any("quantity" in ranks_of(column) for column in table.source.columns):
        return False
    orders = [row[place] for row in table.source.sample]
    return len(orders) > 1 and len(set(orders)) == len(orders)


def _may_be(table: Recognized, index: int, field: str) -> bool:
    """False if a column is known to hold something else, or cannot hold times."""
    known = set(ranks_of(table.source.columns[index]))
    if field == "purchased_at":
        is_number = re.search(_STEMS[field], plain(table.source.columns[index])) is not None
        is_time = _share(table, index, _TIME) >= _MOST if is_number else _holds_dates(table, index)
        return known <= _OF_TIMES and is_time
    if field != "order_id" and (
        SIGN.search(table.source.columns[index]) or are_measures(table.source, index)
    ):
        return False
    if field == "product_id" and is_fact(table.source.columns[index]):
        return False
    return field in known or known <= ({"category"} if field == "product_id" else set())


def _holds_dates(table: Recognized, index: int) -> bool:
    """True if nearly all values look like dates.

    Where columns have no names, early seconds count too.
    """
    dates = _share(table, index, _DATE)
    return dates >= _MOST or (is_unnamed(table) and dates + _share(table, index, _EARLY_SECONDS) >= _MOST)


def _is_amount(table: Recognized, index: int) -> bool:
    """True for prices and quantities of a file without names of columns."""
    values = _values(table, index)
    if not is_unnamed(table):
        return False
    # The first column is none: it may hold the first shopper alone.
    counts = index > 0 and values.count("1") > len(values) / 3 and all(value.isdecimal() for value in values)
    return counts or _share(table, index, _MONEY) >= _MOST


def is_unnamed(table: Recognized) -> bool:
    """True if the file names no column.

    The first ids are then those of shoppers, as in most files of interactions.
    """
    return "column 1" in table.source.columns and all(map(_MADE_UP.fullmatch, table.source.columns))


def _may_be_shopper(table: Recognized, index: int) -> bool:
    """True if a column could tell shoppers apart.

    Prices and quantities do not.
    """
    if NO_SHOPPER.search(plain(table.source.columns[index])):
        return False
    return _may_be_id(table, index) and _id_length(table, index) >= _MIN_SHOPPER_DIGITS


def _may_be_id(table: Recognized, index: int) -> bool:
    """True for values that are neither money nor words nor numbers of rows."""
    values = _values(table, index)
    if not values or _share(table, index, _MONEY) or _share(table, index, _WORDS) >= _MOST:
        return False
    first = int(values[0]) if values[0].isdecimal() else 0
    return len(values) == 1 or values != [str(first + row) for row in range(len(values))]


def _is_action(table: Recognized, index: int) -> bool:
    """True if several rows have one word, such as an unknown action."""
    values = _values(table, index)
    return len(values) > 1 and len(set(values)) == 1 and _LETTER.match(values[0]) is not None


def _id_length(table: Recognized, index: int) -> int:
    return max(map(len, _values(table, index)), default=0)


def _values(table: Recognized, index: int) -> list[str]:
    return [value.strip() for row in table.source.sample[:_SHOWN] if (value := row[index] or "").strip()]


def _likeness(table: Recognized, index: int, field: str) -> float:
    column = plain(table.source.columns[index])
    stem = field in _STEMS and re.search(_STEMS[field], column)
    names = [name for name in NAMES[field] if len(name) >= _MIN_LETTERS]
    # A shop or a row is not taken for a shopper, whose id may be missing.
    if field == "user_id" and (not stem or NO_SHOPPER.search(column)):
        return 0.0
    alike = difflib.get_close_matches(column, names, n=1, cutoff=0.0 if stem else _LIKENESS)
    ratio = max((difflib.SequenceMatcher(None, column, name).ratio() for name in alike), default=0.0)
    if field == "purchased_at" and _LATER.search(column):
        ratio -= _PENALTY
    return ratio + 1 if stem else ratio


def _share(table: Recognized, index: int, pattern: re.Pattern[str]) -> float:
    values = _values(table, index)
    return sum(bool(pattern.match(value)) for value in values) / len(values) if values else 0.0


def other_owners(recognized: Sequence[Recognized]) -> list[str]:
    """Returns unused columns that may tell shoppers apart, the likeliest first."""
    found = [
        (rank, column)
        for table in recognized
        if table.role in {"purchases", "orders"}
        for index in table.unused[:_MAX_COLUMNS]
        if len(set(_values(table, index))) > 1
        if (rank := _owner_rank(column := table.source.columns[index])) is not None
        or (rank := _rank_of_key(table, index)) is not None
    ]
    return [column for _, column in sorted(found)]


def _rank_of_key(table: Recognized, index: int) -> int | None:
    """The rank of the first column of a table with a column per product."""
    is_key = isinstance(table.source, WideFile) and index == 0 and table.source.own[:1] == (0,)
    return _CONTACTS[-1][1] + 1 if is_key else None


def _owner_rank(column: str) -> int | None:
    known = [rank for pattern, rank in _CONTACTS if pattern.search(plain(column))]
    return ranks_of(column).get("user_id", min(known, default=None))

"""Checks columns by the values of their first rows."""

import re
from collections.abc import Mapping
from itertools import pairwise

from purchase_files.formats.reshaped.amounts import number_in
from purchase_files.formats.source import SAMPLE_ROWS, Source
from purchase_files.values.cleaning import BLANKS, MISSING
from purchase_files.vocabulary.kinds import BOUGHT_EVENTS, NOT_BOUGHT, OTHER_EVENTS, PARTLY, RETURN_EVENTS
from purchase_files.vocabulary.names import plain

_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?")
_KIND = re.compile(r"\d(?:\.0)?")
_KINDS = re.compile(r"type|kind|typ|tipo|\w*(?:action|type|event)id|event\w*type|action\w*type|trans\w*type")
_NAMES_OF_KINDS = {
    "transactiontype", "transtype", "recordtype", "documenttype", "doctype", "saletype", "ordertype", "salestype",
    "rowtype", "sr", "salereturn", "salesreturn", "belegart", "vorgangsart", "buchungsart",
}  # fmt: skip
_EVENTS = {*BOUGHT_EVENTS, *RETURN_EVENTS, *OTHER_EVENTS}
_WORDS_OF_STATUSES = """
    status statut статус состояни 状态 狀態 状況 ステータス 상태 حالة สถานะ trangthai tilauksentila κατάσταση
"""
_STATUS = re.compile("|".join(map(plain, _WORDS_OF_STATUSES.split())))
_OTHER_MEANINGS = {"stage", "stato", "estado", "etat", "situacao", "stav", "durum", "durumu"}
"""Words that stand for a status, a part of a country or a kind of wheat, as their values tell."""
_WORDS = re.compile(r"[^\W\d_]+?(?=(?<=[^\W\d_])(?<![A-ZÀ-Þ])[A-ZÀ-Þ]|[\W\d_]|$)")
_USUAL_STATUS = re.compile(
    r"(?:^|[\W\d_])(?:paid|complet|pending|process|shipped|deliver|open|close|won|lost|payée?|expédi|livr|termin"
    r"|attente|pagad|pago|pagat|conclu|enviad|entregue|entregad|pendien|pendent|abiert|aberto|cerrad|spedit|consegnat"
    r"|attesa|evas|vyřízen|odeslán|doručen|zaplacen|nová|tamamlan|teslim|kargo|onay|hazır|bekl|ödendi)"
)
_OTHER_STATUS = re.compile(r"customer|member|subscri|marital|civil|account|stock|loyal|client|kunden")
_MAX_STATUSES, _FIRST = 20, 10
_LOST, _PARTLY = (re.compile(pattern.replace(r"[^\pL]", r"[\W\d_]")) for pattern in (NOT_BOUGHT, PARTLY))
_DIGIT, _GRADE = re.compile(r"\d"), re.compile(r"\d|10")
_NUMBER, _DECIMALS = re.compile(r"-?\d+(?:[.,]\d+)?"), re.compile(r"[.,](?!\d{3}$)0*[1-9]")
_NUMBER_MARKS = {"0", "1"}
_UNCLEAR = {"s", "v"}
"""Marks that are sales and voids in one shop, services and sales (ventas) in another."""

_MAX_COUNT_DIGITS = 3
_MIN_KINDS, _MAX_KINDS = 2, 9
_MOST, _ROUNDED = 0.9, 0.02
_MIN_GUESTS = 20
_NOBODY = {*MISSING, "0", "0.0", "-1", "guest"}


def is_kind(column: str) -> bool:
    """True for the name of a column whose small numbers are kinds of actions."""
    return _KINDS.fullmatch(plain(column)) is not None


def empty_columns(source: Source) -> set[int]:
    """Returns the columns without any value."""
    rows = source.sample
    return {
        index
        for index in range(len(source.columns))
        if rows and all((row[index] or "").strip(BLANKS).casefold() in MISSING for row in rows)
    }


def placeholder_columns(source: Source, ranks: Mapping[int, Mapping[str, int]]) -> set[int]:
    """Returns columns of shoppers in which no row names one.

    Each row has a zero or nothing, as in shops with guests only.
    """
    return {
        index
        for index, fields in ranks.items()
        if "user_id" in fields
        and len(source.sample) >= _MIN_GUESTS
        and all((row[index] or "").strip(BLANKS).casefold() in _NOBODY for row in source.sample)
    }


def are_marks(source: Source, index: int) -> bool:
    """True if a column has few words such as yes and no, or digits.

    Numbers but 1 and 0 are amounts, and dates are those of returns.
    """
    values = _values(source, index)
    is_worded = not any(map(_DIGIT.search, values - _NUMBER_MARKS))
    return len(values) <= _MAX_KINDS and is_worded


def are_row_kinds(source: Source, index: int) -> bool:
    """True if a column tells sales from returns, without other words.

    Without a return among the first rows, its name has to tell it.
    """
    # Most columns of wide tables need no look at all rows.
    if not _values(source, index, _FIRST) <= _EVENTS:
        return False
    values = _values(source, index)
    if not values & set(BOUGHT_EVENTS) or not values <= _EVENTS or values == _UNCLEAR:
        return False
    name = source.columns[index]
    is_named = plain(name) in _NAMES_OF_KINDS or is_kind(name)
    # Marks such as S and R are sizes, too.
    return is_named or (bool(values - set(BOUGHT_EVENTS)) and all(len(value) > 1 for value in values))


def are_unclear_kinds(source: Source, index: int) -> bool:
    """True for marks of sales and others of which none is sure."""
    return is_kind(source.columns[index]) and _values(source, index) == _UNCLEAR


def are_statuses(source: Source, index: int) -> bool:
    """True for a column of statuses with that of a canceled order.

    Its values tell enough for a name in one word, such as `dealstage`.
    """
    name = plain(source.columns[index])
    words = _STATUS.search(name) or any(word in name for word in _OTHER_MEANINGS)
    if not words or _OTHER_STATUS.search(name):
        return False
    values = _values(source, index)
    return len(values) <= _MAX_STATUSES and any(map(_is_lost, values))


def is_status(source: Source, index: int) -> bool:
    """True for a column of statuses of orders.

    Its name says so, or may say so, and a value is one. Persons and stocks have others.
    """
    column = source.columns[index]
    return _says_status(column) or (
        _may_say_status(column)
        and any(_is_lost(value) or _USUAL_STATUS.search(value) for value in _values(source, index))
    )


def _says_status(column: str) -> bool:
    name = plain(column)
    return _STATUS.search(name) is not None and _OTHER_STATUS.search(name) is None


def _may_say_status(column: str) -> bool:
    words = set(map(plain, _WORDS.findall(column)))
    return not words.isdisjoint(_OTHER_MEANINGS) and _OTHER_STATUS.search(plain(column)) is None


def _is_lost(value: str) -> bool:
    return _LOST.search(value) is not None and _PARTLY.search(value) is None


def _values(source: Source, index: int, rows: int = SAMPLE_ROWS) -> set[str]:
    values = {(row[index] or "").strip(BLANKS).lower() for row in source.sample[:rows]}
    return values - set(MISSING)


def are_clocks(source: Source, index: int) -> bool:
    """True if a column has times of day."""
    times = [value for row in source.sample if (value := (row[index] or "").strip())]
    return bool(times) and sum(bool(_CLOCK.fullmatch(value)) for value in times) >= _MOST * len(times)


def are_kinds(source: Source, index: int) -> bool:
    """True if a column such as `type` has a few small numbers.

    They are kinds of actions rather than of products.
    """
    if not is_kind(source.columns[index]):
        return False
    values = _values(source, index)
    return _MIN_KINDS <= len(values) <= _MAX_KINDS and all(map(_KIND.fullmatch, values))


def are_order_numbers(source: Source, index: int) -> bool:
    """True for numbers such as #1001, which Shopify names orders by."""
    values = _values(source, index)
    return bool(values) and all(value[0] == "#" and value[1:].isdecimal() for value in values)


def are_measures(source: Source, index: int) -> bool:
    """True for numbers of which some have decimals, as amounts do and no ids.

    The three digits of 1,001 are thousands.
    """
    values = _values(source, index)
    return all(map(_NUMBER.fullmatch, values)) and any(map(_DECIMALS.search, values))


def are_counts(source: Source, index: int) -> bool:
    """True for numbers of at most three digits."""
    values = _values(source, index)
    return bool(values) and all(value.isdecimal() and len(value) <= _MAX_COUNT_DIGITS for value in values)


def are_products(source: Source, one: int, other: int, product: int) -> bool:
    """True if a column is the product of two others, not one of them."""
    rows = [[number_in(row[index] or "") for index in (one, other, product)] for row in source.sample]
    different = [row for row in rows if row[0] != row[2]]
    equal = sum(abs(first * second - third) < _ROUNDED for first, second, third in rows)
    return len(different) >= _MIN_KINDS and equal >= _MOST * len(rows)


def are_receipts(source: Source, index: int) -> bool:
    """True for numbers of receipts, or if there is no value.

    Most have a digit, unlike remarks. Grades from 0 to 10 change from row to row, where an order's rows are together.
    """
    texts = [
        text for row in source.sample if (text := (row[index] or "").strip(BLANKS).lower()) not in MISSING
    ]
    values = set(texts)
    if all(map(_GRADE.fullmatch, values)):
        return sum(one != other for one, other in pairwise(texts)) < 2 * max(1, len(values))
    return sum(map(bool, map(_DIGIT.search, values))) >= _MOST * len(values)


def may_be_title(source: Source, index: int) -> bool:
    """False for numbers, such as those of lines in an order."""
    return any(character.isalpha() for row in source.sample for character in row[index] or "a")

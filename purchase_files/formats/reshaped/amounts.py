"""Cells of tables with a column per product, shopper or day."""

import re
from collections.abc import Callable, Iterable

from purchase_files.values.cleaning import is_missing

_NONE = {"", "0", "false", "f", "no", "n", "?", "-"}
_ZERO = re.compile(r"[-+]?0+(?:[.,]0+)?")
_AMOUNT = re.compile(r"[-+]?\d[\d.,]*")
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(\d{4}|\d\d)|\d{4}\.\d{1,2}\.\d{1,2}")
_SIGN = r"[^\W\d_]{0,2}[$¢-¥֏؋৲৳૱௹฿៛₠-⃏﷼﹩＄￠￡￥￦]"
_WORD = r"(?i:kr|rs|ft|zł|kč|lei|din|tl|fr|sfr|руб|грн|лв|р|đ|eur|euro|usd)\.?"
_BEFORE = rf"(?:{_SIGN}\s?|[A-Z]{{3}}\s?|{_WORD}\s)?"
_AFTER = rf"(?:\s?{_SIGN}|\s?[A-Z]{{3}}|\s?{_WORD}|[.,]-{{1,2}})?"
_MONEY = re.compile(rf"[-+(]?\s?{_BEFORE}[-+]?(?P<digits>\d(?:[\d.,'’\s]*\d)?){_AFTER}\s?[-)]?")
_COUNT = re.compile(r"[-+]?\d{1,6}(?:\.0+)?|\(\d{1,6}\)")
_DECIMALS = re.compile(r"[.,](\d{1,2}|\d{4,})$")
_MOSTLY = 0.8


def is_none(text: str) -> bool:
    """True for a cell that says that nothing was bought."""
    return text.lower() in _NONE or _ZERO.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """True for a number, or nothing."""
    return is_none(text) or (_AMOUNT.fullmatch(text) is not None and not _DATE.fullmatch(text))


def is_money(text: str) -> bool:
    """True for a number with or without a currency, or nothing."""
    if is_none(text) or is_missing(text):
        return True
    return _MONEY.fullmatch(text) is not None and not _DATE.fullmatch(text)


def are_mostly(cells: Iterable[str], is_known: Callable[[str], bool]) -> bool:
    """True if nearly all cells that are not missing are known.

    A column without any may hold a product that the sampled rows do not buy.
    """
    known = [is_known(cell) for cell in cells if not is_missing(cell)]
    return sum(known) >= _MOSTLY * len(known)


def is_nothing(text: str) -> bool:
    """True for a missing value or a zero, with or without a currency."""
    if is_none(text) or is_missing(text):
        return True
    found = _MONEY.fullmatch(text)
    return found is not None and not re.search(r"[^\D0]", found["digits"])


def are_sums(texts: Iterable[str]) -> bool:
    """True if a number has decimals, a currency or many digits."""
    return any(_COUNT.fullmatch(text) is None for text in texts if is_money(text) and not is_nothing(text))


def number_in(text: str) -> float:
    """Returns a number with or without a currency, and 0 for other texts.

    A last comma or point before one, two or many digits separates decimals.
    """
    found = _MONEY.fullmatch(text.strip())
    if found is None or _DATE.fullmatch(text.strip()):
        return 0.0
    decimals = _DECIMALS.search(found["digits"])
    whole = re.sub(r"\D", "", found["digits"][: decimals.start()] if decimals else found["digits"])
    number = float(f"{whole}.{decimals[1] if decimals else 0}")
    return -number if re.match(r"\D*[-(]", text) else number

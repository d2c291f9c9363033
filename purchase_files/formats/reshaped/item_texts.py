"""Texts that list the products of an order."""

import ast
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from purchase_files.formats.nested_items import is_list_of_products
from purchase_files.vocabulary.names import plain

Item = Mapping[str, str | None]
Parse = Callable[[str], list[Item]]

_COUNT, _SIGN = r"(?P<count>\d{1,4})", r"\s*(?:[×x*]|stk\.?|pcs\.?)\s*"
_OTHER = r"(?P<other>(?!(?:19|20)\d\d)\d{1,4})"  # not the year of a title, such as Casablanca (1942)
_COUNTED = re.compile(rf"(?is)\s*{_COUNT}{_SIGN}(?P<name>\S.*)")
_COUNTED_AFTER = re.compile(
    rf"(?is)(?P<name>\S.*?)\s?(?:\s[×x*]\s?{_COUNT}|\(\s?(?:[×x*]|qty:?)?\s?{_OTHER}\s?[×x]?\s?\))"
)
_BYTES = re.compile(r"0x[0-9A-Fa-f]{4,}")
_NEXT_COUNT = re.compile(rf"(?i)\s*[,;|/+&\n]\s*(?=\d{{1,4}}{_SIGN}\S)")
_NEXT = re.compile(r"[;\n](?=\s*(?:id|name|product_id|sku|quantity)\s*:)")
_FIELD = re.compile(r",\s*(?=[A-Z][\w ]{1,30}:)")
_SEPARATORS = (";", "|", "\n", ",", "+", " ")
_MAX_TEXT = 100_000
_LISTS = {
    "items", "products", "itemids", "productids", "skus", "articles", "basket", "cart", "cartitems", "orderitems",
    "lineitems", "itemlist", "productlist", "productnames", "itemnames", "itemspurchased", "itemsbought", "artikel",
    "artikelnummern", "produkte", "produits", "productos", "prodotti", "produkty", "商品列表", "transactionitems",
}  # fmt: skip
"""Names of columns in which a plain list, such as `Mug, Cup`, is taken for one."""
_MIN_TEXTS, _MAX_PER_DISTINCT, _MIN_REUSE = 20, 2, 2


def parse_items(text: str) -> list[Item]:
    """Returns the products in a text that lists some.

    Forms: `name:Mug|quantity:2;name:Cup|quantity:1`, `Product Name: Mug, Product Qty: 2|…`, `2× Mug, 1× Cup`,
    `Mug x 2; Cup (1)`, `{Mug,Cup}` of PostgreSQL, and lists of JSON and Python.
    """
    text = text.strip()
    if len(text) > _MAX_TEXT or _BYTES.match(text):
        return []
    if text[:1] in {"[", "{"}:
        return _from_literal(text)
    if _COUNTED.fullmatch(text):
        found = [_COUNTED.fullmatch(part) for part in _NEXT_COUNT.split(text)]
        return [{"name": part["name"], "quantity": part["count"]} for part in found if part]
    if counted := _counted_after(text):
        return counted
    if ":" not in text:
        return []
    if text.count(":") > 1 and _FIELD.search(text):
        return _known([_pairs(_FIELD.split(part)) for part in re.split(r"[|;\n]", text) if part.strip()])
    if "|" not in text:
        return []
    return _known([_pairs(part.split("|")) for part in _NEXT.split(text) if part.strip()])


def plain_list_parser(column: str, texts: Sequence[str]) -> Parse | None:
    """Returns a function that splits plain lists, such as `Mug, Cup`.

    The name of the column has to say so, and hardly any list may occur twice, other than its parts.
    """
    if plain(column) not in _LISTS or len(texts) < _MIN_TEXTS:
        return None
    if len(texts) > _MAX_PER_DISTINCT * len(set(texts)):
        return None
    for separator in _SEPARATORS:
        parts = Counter(part for text in texts for part in _split(text, separator))
        split = sum(parts.values())
        if split > len(texts) and split >= _MIN_REUSE * len(parts) and len(parts) < len(set(texts)):
            if separator == " " and any(part.isalpha() for part in parts):
                continue  # words of names
            return partial(_plain_list, separator)
    return None


def _plain_list(separator: str, text: str) -> list[Item]:
    return [{"name": part} for part in _split(text, separator)]


def _split(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _counted_after(text: str) -> list[Item]:
    best: list[Item] = []
    for separator in (";", "|", "\n", ","):
        found = [_COUNTED_AFTER.fullmatch(part) for part in _split(text, separator)]
        if len(found) > len(best) and all(found):
            best = [
                {"name": part["name"], "quantity": part["count"] or part["other"]} for part in found if part
            ]
    return best


def _pairs(fields: Iterable[str]) -> dict[str, str | None]:
    parts = [field.partition(":") for field in fields]
    return {key.strip(): value.strip() for key, colon, value in parts if colon}


def _from_literal(text: str) -> list[Item]:
    """Returns the products of a list in JSON, Python or PostgreSQL."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        found = _from_python(text)
    if isinstance(found, set) or (found is None and text.startswith("{") and text.endswith("}")):
        found = next(csv.reader([text[1:-1]], skipinitialspace=True), [])
    entries = found if isinstance(found, list) else [found]
    if all(isinstance(entry, str | int) for entry in entries):
        return [{"name": str(entry)} for entry in entries]
    return _known(
        {str(key): _text(value) for key, value in entry.items()} if isinstance(entry, dict) else {}
        for entry in entries
    )


def _from_python(text: str) -> object:
    """Returns the value of a literal, None for other texts."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _known(items: Iterable[Item]) -> list[Item]:
    """Returns the items if each names its product."""
    listed = list(items)
    return listed if all(is_list_of_products(item) for item in listed) else []

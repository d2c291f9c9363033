"""Lists of objects in JSON documents, whatever is around them."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any

import msgspec

from purchase_files.formats.damaged_documents import document_at
from purchase_files.formats.nested_items import Path
from purchase_files.formats.reshaped.baskets import DAY
from purchase_files.formats.text.layout import known_names
from purchase_files.vocabulary.names import plain, ranks_of_name

_NOT_JSON = re.compile(r"([:\[,]\s*)(NaN|-?Infinity)\b(?=\s*[,}\]])")
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')
_HALVES = re.compile(r"(\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w)|\\u[dD][89a-fA-F]\w\w")
"""Halves of characters, and what is none: backslashes and pairs of halves."""
_BETWEEN, _BELOW = re.compile("[\\s,\\]\0\x1e\ufeff]*"), re.compile(r"(?<=\n)[\[{]")
"""What is between documents and says nothing, and where one begins below another text."""
_MIN_ENTRIES, _MIN_NAMES = 2, 2
_MAX_DEPTH = 5
_KEYS, _OWNERS = {"id", "_id"}, {"user_id", "order_id"}
_OF_ORDERS = {*_OWNERS, "purchased_at", "product_id", "title"}


def without_nan(text: str) -> str:
    """Quotes numbers that JSON does not have, but Python writes."""
    return _NOT_JSON.sub(r'\1"\2"', text)


def without_halves(text: str) -> str:
    """Replaces halves of characters, which remain where a program cuts texts."""
    return _HALVES.sub(lambda found: found[1] or "\\ufffd", text)


def without_trailing_commas(content: bytes) -> bytes:
    """Drops commas behind the last value of a list or an object."""
    return _TRAILING.sub(lambda found: found[1] or "", content.decode(errors="replace")).encode()


def from_python(text: str) -> bytes | None:
    """Returns values as Python writes them, such as {'id': 1}, in JSON.

    It is None for others.
    """
    try:
        return msgspec.json.encode(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def decoded(text: str) -> object:
    """Returns the value of a text of JSON.

    It may be encoded twice, or written by Python.

    Raises:
        msgspec.DecodeError: neither.
        RecursionError: values nested too deeply.
    """
    text = text if "N" not in text and "I" not in text else without_nan(text)
    try:
        return unquoted(msgspec.json.decode(text))
    except msgspec.DecodeError:
        if (whole := without_halves(text)) != text:
            return unquoted(msgspec.json.decode(whole))
        if "'" not in text or (found := from_python(text)) is None:
            raise
        return unquoted(msgspec.json.decode(found))


def unquoted(value: object) -> object:
    """Returns the object or list in a text of JSON, else the value."""
    if not isinstance(value, str) or value.lstrip()[:1] not in {"{", "["}:
        return value
    try:
        found: object = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value
    return found


def entries_of(content: bytes) -> Iterator[Any]:
    """Yields the entries of a document: objects, or others that are none.

    They are those of a list, of the longest list in an object, of objects by their ids, of columns and rows as pandas
    writes them, and of objects one after another.

    Raises:
        msgspec.DecodeError: no JSON.
        RecursionError: values nested too deeply.
    """
    try:
        yield from _listed(msgspec.Raw(content), 0)
    except msgspec.DecodeError as error:
        yield from _sequence(content, error)


def named_rows(rows: Iterator[Any], header: list[Any]) -> Iterator[Any]:
    """Yields lists of values as objects, with the names of a header."""
    names = [str(name) for name in header]
    for row in rows:
        fits = isinstance(row, list) and len(row) == len(names)
        yield dict(zip(names, row, strict=True)) if fits else row


def _listed(raw: msgspec.Raw, depth: int) -> Iterator[Any]:
    start = bytes(raw).lstrip()[:1]
    if start == b"[":
        # Raw entries are not decoded before they are used, which would take many times the file's size.
        entries = iter(msgspec.json.decode(raw, type=list[msgspec.Raw]))
        decoded = (msgspec.json.decode(entry) for entry in entries)
        first = next(decoded, None)
        if isinstance(first, list) and known_names([str(value) for value in first]) >= _MIN_NAMES:
            yield from named_rows(decoded, first)
        elif is_basket(first):
            yield from map(as_basket, count(1), chain([first], decoded))
        elif first is not None:
            yield first
            yield from decoded
        return
    found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    yield from _of_object(found, raw, depth)


def page_of(found: Mapping[str, Any], depth: int = 0) -> Path | None:
    """Returns the path to the orders in a page of an API.

    It is None for an order, and for what has a shopper or a product.
    """
    lists = [key for key, value in found.items() if isinstance(value, list)]
    inner = {key: value for key, value in found.items() if isinstance(value, dict)}
    plain_fields = _fields_of(found.keys() - lists - inner.keys())
    known = plain_fields | (_fields_of(inner) - {"purchased_at"})  # `data` is a date in other languages
    if depth == _MAX_DEPTH or _OF_ORDERS & known or _KEYS & found.keys():
        return None
    if lists:
        longest = max(lists, key=lambda key: len(found[key]))
        return (longest,) if any(map(_is_order, found[longest][:1])) else None
    paths = ((key, page_of(value, depth + 1)) for key, value in inner.items())
    return next(((key, *path) for key, path in paths if path), None)


def _is_order(found: object) -> bool:
    """True for an object with a time, and a shopper or an id.

    A line of an order has a product, too.
    """
    if not isinstance(found, dict):
        return False
    fields = _fields_of(found)
    is_named = bool(_KEYS & found.keys()) and not {"product_id", "title"} & _fields_of(
        name for name, value in found.items() if not isinstance(value, list)
    )
    return "purchased_at" in fields and (is_named or bool(_OWNERS & fields))


def _fields_of(names: Iterable[str]) -> set[str]:
    return {field for name in names for field in ranks_of_name(plain(name))}


def orders_in(found: object, page: Path) -> list[Any]:
    """Returns the orders of a page, or an object that is none."""
    inner = found
    for key in page:
        inner = inner.get(key) if isinstance(inner, dict) else None
    return inner if isinstance(inner, list) else [found]


def is_basket(found: object) -> bool:
    """True for a list of names of products, but not of columns."""
    if not isinstance(found, list) or not all(isinstance(value, str) for value in found):
        return False
    return known_names(found) < _MIN_NAMES


def as_basket(number: int, found: object) -> object:
    """Returns a list of products as the order of a guest without a date."""
    return {"order_id": number, "purchased_at": DAY, "items": found} if isinstance(found, list) else found


def _of_object(found: dict[str, msgspec.Raw], raw: msgspec.Raw, depth: int) -> Iterator[Any]:
    if {"columns", "data"} <= found.keys():
        columns, data = (msgspec.json.decode(found[key]) for key in ("columns", "data"))
        if isinstance(columns, list) and isinstance(data, list):
            yield from named_rows(iter(data), columns)
            return
    starts = {key: bytes(value).lstrip()[:1] for key, value in found.items()}
    names = known_names(list(found))
    inner = [key for key, start in starts.items() if start == b"{"]
    if len(inner) == len(found) >= _MIN_ENTRIES and depth < _MAX_DEPTH:
        yield from _of_objects(msgspec.json.decode(raw), are_columns=names >= _MIN_NAMES)
        return
    lists = [key for key, start in starts.items() if start == b"["]
    if lists and names < _MIN_NAMES:
        yield from _listed(found[max(lists, key=lambda key: len(bytes(found[key])))], depth + 1)
    elif inner and names < _MIN_NAMES and depth < _MAX_DEPTH and _is_wrapper(found, inner):
        yield from _listed(found[max(inner, key=lambda key: len(bytes(found[key])))], depth + 1)
    else:
        yield msgspec.json.decode(raw)


def _is_wrapper(found: Mapping[str, msgspec.Raw], inner: list[str]) -> bool:
    """True if one object in another has nearly all of its text."""
    sizes = {key: len(bytes(value)) for key, value in found.items()}
    return max(sizes[key] for key in inner) > 0.9 * sum(sizes.values())


def _of_objects(found: dict[str, dict[str, Any]], *, are_columns: bool) -> Iterator[Any]:
    """Yields the rows of columns, or objects with their keys."""
    if are_columns:
        keys = dict.fromkeys(key for column in found.values() for key in column)
        yield from ({name: column.get(key) for name, column in found.items()} for key in keys)
    else:
        yield from ({"id": key, **entry} for key, entry in found.items())


def _sequence(content: bytes, error: msgspec.DecodeError) -> Iterator[Any]:
    """Yields documents that follow one another, as `jq` writes them.

    What is between or behind them, and damaged records, are yielded as texts.
    """
    text, decoder = content.decode(errors="replace"), json.JSONDecoder()
    position = begin = _start(text, 0)
    while position < len(text):
        if text[position] in '[{"':
            try:
                found, end = decoder.raw_decode(text, position)
                yield found
            except json.JSONDecodeError:
                if (read := document_at(text, position, first=position == begin)) is None:
                    raise error from None
                readable, left_out, end = read
                if readable and position == begin and _start(text, end) == len(text):
                    yield from _listed(msgspec.Raw(readable.encode()), 0)
                elif readable:
                    yield msgspec.json.decode(readable)
                yield from left_out
        else:
            following = _BELOW.search(text, position)
            end = following.start() if following else len(text)
            yield text[position:end].strip()
        position = _start(text, end)


def _start(text: str, position: int) -> int:
    """Returns where the next document or text begins."""
    found = _BETWEEN.match(text, position)
    return found.end() if found else position

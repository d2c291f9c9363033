"""Lists of objects in JSON documents, whatever is around them."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain, count
from typing import Any

import msgspec

from purchase_files.formats.reshaped.baskets import DAY
from purchase_files.formats.text.layout import known_names

_NOT_JSON = re.compile(r"([:\[,]\s*)(NaN|-?Infinity)\b(?=\s*[,}\]])")
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')
_HALVES = re.compile(r"(\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w)|\\u[dD][89a-fA-F]\w\w")
"""Halves of characters, and what is none: backslashes and pairs of halves."""
_MIN_ENTRIES, _MIN_NAMES = 2, 2
_MAX_DEPTH = 5


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
        if "trailing characters" not in str(error):
            raise
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
    """Yields objects that follow one another without commas, as `jq` writes them."""
    text, decoder, position = content.decode(errors="replace"), json.JSONDecoder(), 0
    while position < len(text):
        try:
            found, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            raise error from None
        yield found
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1

"""Nested objects of JSON as rows, one per product."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from purchase_files.vocabulary.names import plain, ranks_of_name

Flat = dict[str, Any]
Path = tuple[str, ...]

_DOCUMENTS = {"attributes", "preferences"}
_MAX_DEPTH = 5
NO_PRODUCTS = {
    "images",
    "variants",
    "options",
    "categories",
    "tags",
    "attributes",
    "taxlines",
    "shippinglines",
    "shippingitems",
    "feeitems",
    "taxitems",
    "couponitems",
    "refunditems",
    "ordernotes",
}
_LISTS = {"lines", "cart", "basket", "purchases", "positions", "contents", "details"}
_WRAPPED = {
    "$oid", "$date", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$uuid", "$symbol",
}  # fmt: skip
"""Keys of objects in the extended JSON of MongoDB that stand for one value."""
_TYPED = {"S", "N", "M", "L", "BOOL", "NULL"}
"""Keys of the objects in the JSON of DynamoDB."""


_RESOURCE, _OF_RESOURCE = {"type", "id", "attributes"}, {"relationships", "links", "meta"}
"""Keys of a resource of JSON:API, such as Klaviyo's, whose fields are its attributes."""


def unwrapped(value: object, depth: int = 0) -> object:
    """Returns a value without the objects that wrap values and lists.

    These are MongoDB's `{"$oid": …}`, DynamoDB's `{"S": …}`, `{"edges": [{"node": …}]}` of GraphQL, Stripe's
    `{"object": "list", "data": […]}`, and PHP's `{"0": …, "1": …}` for a list.
    """
    if depth > _MAX_DEPTH * 4:
        return value
    if isinstance(value, list):
        if value and depth and all(map(_are_objects, value)):
            value = [entry for entries in value for entry in entries]  # a list of lists of products
        return [unwrapped(entry, depth + 1) for entry in value]
    if isinstance(value, str) and (value == "[]" or value.startswith("[{")):
        return _listed(value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(key, inner)] = value.items()
        if key in _WRAPPED or (key in _TYPED and key.isupper()):
            return None if key == "NULL" else unwrapped(inner, depth + 1)
    if depth and _is_numbered(value):
        return [unwrapped(entry, depth + 1) for entry in value.values()]
    edges = value.get("edges")
    if isinstance(edges, list) and all(isinstance(edge, dict) and "node" in edge for edge in edges):
        return [unwrapped(edge["node"], depth + 1) for edge in edges]
    for key in ("nodes", "data"):
        listed = value.get(key)
        if isinstance(listed, list) and (key == "nodes" or value.get("object") == "list"):
            return [unwrapped(entry, depth + 1) for entry in listed]
    if _RESOURCE <= value.keys() <= _RESOURCE | _OF_RESOURCE and isinstance(value["attributes"], dict):
        value = {**value, **value["attributes"], "id": value["id"]}
        del value["attributes"], value["type"]
    return {key: unwrapped(inner, depth + 1) for key, inner in value.items()}


def _listed(text: str) -> object:
    """Returns the list in a text of JSON, or the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _are_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _is_numbered(value: Mapping[str, object]) -> bool:
    numbers = [[str(number) for number in range(start, start + len(value))] for start in (0, 1)]
    return bool(value) and [*value] in numbers and all(isinstance(entry, dict) for entry in value.values())


def names_products(key: str) -> bool:
    """True if a list of this name has the products of an order."""
    is_named = plain(key) in _LISTS or is_list_of_products({key, key.removesuffix("s")})
    return is_named and plain(key) not in NO_PRODUCTS


def is_list_of_products(names: Iterable[str]) -> bool:
    """True if fields of these names describe a product in an order."""
    return any({"product_id", "title"} & ranks_of_name(plain(name)).keys() for name in names)


def find_items(objects: Sequence[Flat]) -> Path | None:
    """Returns the path to the list of an order's products, if there is one.

    Of several lists it is the one with most of product, quantity and price, and the outermost of these.
    """
    scores = Counter[Path]()
    for found in objects:
        scores.update(dict(_scored_lists(found, ())))
    return max(scores, key=lambda path: (scores[path], -len(path)), default=None)


def _scored_lists(found: Mapping[str, Any], before: Path) -> Iterator[tuple[Path, int]]:
    if len(before) >= _MAX_DEPTH:
        return
    for key, value in found.items():
        if isinstance(value, dict) and key not in _DOCUMENTS:
            yield from _scored_lists(value, (*before, key))
        elif isinstance(value, list) and value and plain(key) not in NO_PRODUCTS:
            if score := _score(key, value[0]):
                yield (*before, key), score
            if isinstance(value[0], dict):
                yield from _scored_lists(value[0], (*before, key))


def _score(key: str, entry: object) -> int:
    """Returns how much an entry looks like a product, 0 for none."""
    is_named = names_products(key)
    if isinstance(entry, str):
        return int(is_named)
    if not isinstance(entry, dict) or not is_list_of_products(entry):
        return 0
    held = {field for name in entry for field in ranks_of_name(plain(name))}
    amounts = held & {"quantity", "price", "line_total"}
    return 1 + len(held & {"product_id", "title"}) + 2 * len(amounts) if amounts or is_named else 0


def flatten(found: Flat, items: Path | None) -> list[Flat]:
    """Returns a row per product, with names of nested fields joined by dots.

    Args:
        found: an order, or any object.
        items: path to the list of its products.
    """
    if items is None:
        return [dict(_fields(found, ""))]
    return list(_rows(found, items, ""))


def _rows(found: Flat, items: Path, prefix: str) -> Iterator[Flat]:
    key, *rest = items
    outer = dict(_fields({name: value for name, value in found.items() if name != key}, prefix))
    inner = found.get(key)
    # A list of orders has another object around it than an order.
    if not rest or (isinstance(inner, dict) and "id" not in inner):
        own = next((prefix + name for name in ("id", "_id") if prefix + name in outer), None)
        if own is not None:
            outer[f"{prefix}order id"] = outer.pop(own)
    entries = inner if isinstance(inner, list) else [inner]
    for entry in entries or [None]:
        if rest and isinstance(entry, dict):
            yield from ({**outer, **row} for row in _rows(entry, tuple(rest), f"{prefix}{key}."))
        elif rest or entry is None:
            yield outer
        else:
            fields = entry if isinstance(entry, dict) else {"product_id": entry}
            yield {**outer, **dict(_fields({key: fields}, prefix))}


def _fields(found: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, dict) and key not in _DOCUMENTS:
            yield from _fields(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value

"""Tables that describe the keys in tables of products, such as Instacart's aisles."""

import re
from collections.abc import Sequence
from dataclasses import replace

from purchase_files.columns.recognition import Recognized
from purchase_files.vocabulary.names import plain

DESCRIBED = ("title", "description", "brand", "image_url")
"""Fields that a table of keys may hold beside names of categories."""

_MAX_COLUMNS, _LONGEST = 4, 100
_KEYS = {
    "category": "cat|aisle|depart|section|famil|genre|kateg|rubri|rayon",
    "brand": "brand|manufact|vendor|maker|marke|marque|marca|hersteller",
}
"""Words in the names of keys, by the field that a name beside them is."""
_KINDS = "group|class|type"
"""Words of keys beside whose names are categories, unless products have no other titles."""


def with_lookups(tables: Sequence[Recognized]) -> list[Recognized]:
    """Recognizes tables that describe keys of products, and keys of other such tables.

    It is one if its first column is also a column of products, but not their id. A table that is not recognized
    otherwise names categories. One with titles describes several products by one row, as a type with several sizes.
    """
    owners = [table for table in tables if table.role == "products" and "product_id" in table.fields]
    found = dict[int, Recognized]()
    while owners:
        new = {
            id(table): lookup
            for table in tables
            for owner in owners
            if id(table) not in found and (lookup := _lookup(table, owner)) is not None
        }
        found |= new
        owners = list(new.values())
    return [_described(found.get(id(table), table), list(found.values())) for table in tables]


def _lookup(table: Recognized, owner: Recognized) -> Recognized | None:
    columns = table.source.columns
    key = key_column(owner, columns[0]) if columns else None
    if table.source is owner.source or key is None or len(columns) < 2:
        return None
    if key in {owner.fields.get(field) for field in ("product_id", "category_key", "title", "brand")}:
        return None
    fields = _fields(table, owner)
    if not fields:
        return None
    fields = {"category_key": 0, **fields}
    why = dict.fromkeys(fields, f"a column of {owner.source.path}")
    return replace(table, role="categories", fields=fields, why=why, rivals={})


def _fields(table: Recognized, owner: Recognized) -> dict[str, int]:
    """Returns what a table says of its keys.

    Fields that products have themselves are left out.
    """
    if table.role != "products" or "product_id" in table.fields:
        label = next(
            (index for index in range(1, len(table.source.columns)) if _is_worded(table, index)), None
        )
        is_small = not table.is_known and len(table.source.columns) <= _MAX_COLUMNS
        return {} if label is None or not is_small else {"category": label}
    named, key = dict(table.fields), plain(table.source.columns[0])
    meant = next((field for field, words in _KEYS.items() if re.search(words, key)), "title")
    if "title" in owner.fields and re.search(_KINDS, key):
        meant = "category"
    if meant != "title":
        named = {meant: named.get(meant, named["title"])}
    return {
        field: index
        for field, index in named.items()
        if index and (field == "category" or (field in DESCRIBED and field not in owner.fields))
    }


def _is_worded(table: Recognized, index: int) -> bool:
    """True for names of categories. Texts about them are longer."""
    values = [value for row in table.source.sample if (value := row[index])]
    are_worded = all(any(map(str.isalpha, value)) for value in values)
    return bool(values) and are_worded and max(map(len, values)) <= _LONGEST


def _described(table: Recognized, lookups: Sequence[Recognized]) -> Recognized:
    """Uses the column with keys of the finest categories as the category of products."""
    naming = [lookup for lookup in lookups if "category" in lookup.fields]
    keys = keys_of(table, naming) if table.role == "products" else []
    if not keys or ("category" in table.fields and table.fields["category"] not in dict(keys)):
        return table
    sizes = {lookup.source.path: len(lookup.source.sample) for lookup in naming}
    index, path = max(keys, key=lambda key: sizes[key[1]])
    return replace(
        table, fields={**table.fields, "category": index}, why={**table.why, "category": f"names in {path}"}
    )


def keys_of(owner: Recognized, tables: Sequence[Recognized]) -> list[tuple[int, str]]:
    """Returns the columns of products, or of keys, that hold keys of other tables.

    With each comes the path of the table that describes them.
    """
    if owner.role not in {"products", "categories"}:
        return []
    lookups = [table for table in tables if table.role == "categories" and table.source is not owner.source]
    found = ((key_column(owner, lookup.source.columns[0]), lookup.source.path) for lookup in lookups)
    own = owner.fields.get("category_key")
    return [(index, path) for index, path in found if index is not None and index != own]


def parents_of(lookup: Recognized, tables: Sequence[Recognized]) -> list[tuple[int, str]]:
    """Returns the columns of a table of keys that hold keys of other tables.

    Tables that products refer to themselves are not among them.
    """
    products = [table for table in tables if table.role == "products"]
    direct = {path for table in products for _, path in keys_of(table, tables)}
    return [(index, path) for index, path in keys_of(lookup, tables) if path not in direct]


def key_column(owner: Recognized, name: str) -> int | None:
    """Returns the column of a table with the name of a key."""
    names = [plain(column) for column in owner.source.columns]
    return names.index(plain(name)) if plain(name) in names else None

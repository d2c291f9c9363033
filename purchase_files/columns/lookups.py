"""Tables that give names to the categories of products, such as Instacart's aisles."""

from collections.abc import Sequence
from dataclasses import replace

from purchase_files.columns.names import plain
from purchase_files.columns.recognition import Recognized

_MAX_COLUMNS = 4


def with_lookups(tables: Sequence[Recognized]) -> list[Recognized]:
    """Recognizes tables that name the categories of products.

    A table that is not recognized otherwise is one if its first column is also a column of products.
    """
    listed = [table for table in tables if table.role == "products" and "product_id" in table.fields]
    found = {
        id(table): lookup
        for table in tables
        for products in listed
        if (lookup := _lookup(table, products)) is not None
    }
    return [_described(found.get(id(table), table), list(found.values())) for table in tables]


def _lookup(table: Recognized, products: Recognized) -> Recognized | None:
    columns = table.source.columns
    key = product_column(products, columns[0]) if columns else None
    if table is products or key is None or not 1 < len(columns) <= _MAX_COLUMNS:
        return None
    if table.is_known or key in {products.fields.get(field) for field in ("product_id", "title", "brand")}:
        return None
    label = next((index for index in range(1, len(columns)) if _is_worded(table, index)), None)
    if label is None:
        return None
    return replace(
        table,
        role="categories",
        fields={"category_key": 0, "category": label},
        why=dict.fromkeys(("category_key", "category"), f"a column of {products.source.path}"),
        rivals={},
    )


def _is_worded(table: Recognized, index: int) -> bool:
    return all(any(character.isalpha() for character in row[index] or "a") for row in table.source.sample)


def _described(table: Recognized, lookups: Sequence[Recognized]) -> Recognized:
    """Uses the column with keys of the finest categories as the category of products."""
    keys = keys_of(table, lookups)
    if not keys or ("category" in table.fields and table.fields["category"] not in dict(keys)):
        return table
    sizes = {lookup.source.path: len(lookup.source.sample) for lookup in lookups}
    index, path = max(keys, key=lambda key: sizes[key[1]])
    return replace(
        table, fields={**table.fields, "category": index}, why={**table.why, "category": f"names in {path}"}
    )


def keys_of(products: Recognized, tables: Sequence[Recognized]) -> list[tuple[int, str]]:
    """Returns the columns of products that hold keys of categories.

    With each comes the path of the table with the names.
    """
    if products.role != "products":
        return []
    lookups = [table for table in tables if table.role == "categories"]
    found = ((product_column(products, lookup.source.columns[0]), lookup.source.path) for lookup in lookups)
    return [(index, path) for index, path in found if index is not None]


def product_column(products: Recognized, name: str) -> int | None:
    """Returns the column of products with the name of a key."""
    names = [plain(column) for column in products.source.columns]
    return names.index(plain(name)) if plain(name) in names else None

"""Names of categories, and descriptions, in place of their keys."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.columns.lookups import DESCRIBED, key_column, keys_of, parents_of
from purchase_files.engine import Connection
from purchase_files.formats.source import LINE
from purchase_files.rows.texts import Table, unite_role
from purchase_files.values.cleaning import clean
from purchase_files.values.distinct import forget_values

_DESCRIPTIONS = "described_products"


def name_keys(connection: Connection, tables: Sequence[Table]) -> None:
    """Replaces keys of categories in tables of products by names.

    What else is known of keys is noted. The broadest category comes first: `Pantry > Pasta`.
    """
    lookups = _lookups(tables)
    _note_descriptions(connection, tables, lookups)
    products = [table for table in tables if table.recognized.role == "products"]
    recognized = [table.recognized for table in (*lookups, *products)]
    for lookup in lookups:
        own = f"c{lookup.recognized.fields.get('category')}"
        _name(connection, lookup, parents_of(lookup.recognized, recognized), lookups, own)
    for table in products:
        if "category" in table.recognized.fields:
            _name(connection, table, keys_of(table.recognized, recognized), lookups)


def unite_products(connection: Connection, tables: Sequence[Table]) -> tuple[str, ...]:
    """Creates `products_texts` of the tables of products.

    It has what is known of their keys. Returns its fields.
    """
    fields = unite_role(connection, tables, "products")
    known = engine.columns(connection, _DESCRIPTIONS) if _lookups(tables) else set()
    added = [field for field in DESCRIBED if field in known and field not in fields]
    if added:
        columns = "".join(f", d.{field}" for field in added)
        connection.execute(
            f"CREATE OR REPLACE TABLE described_texts AS SELECT p.*{columns} FROM products_texts p "
            f"LEFT JOIN {_DESCRIPTIONS} d USING (file, {LINE})"
        )
        connection.execute("DROP TABLE products_texts")
        connection.execute("ALTER TABLE described_texts RENAME TO products_texts")
        clean(connection, "products_texts", added)
    return (*fields, *added)


def _note_descriptions(connection: Connection, tables: Sequence[Table], lookups: Sequence[Table]) -> None:
    """Notes what tables of keys say of products, other than their categories."""
    selects = []
    for number, table in enumerate(tables):
        joins, values = "", dict[str, str]()
        for place, lookup in enumerate(lookups if table.recognized.role == "products" else ()):
            fields = [
                field for field in DESCRIBED if field in lookup.recognized.fields and field not in values
            ]
            index = key_column(table.recognized, lookup.recognized.source.columns[0])
            if fields and index is not None:
                joins += f" LEFT JOIN {_values_of_keys(lookup, fields)} n{place} ON n{place}.key = trim(t.c{index})"
                values |= {field: f", n{place}.{field}" for field in fields}
        if values:
            columns = "".join(values.values())
            selects.append(
                f"SELECT {number} AS file, t.{LINE}{columns} FROM {engine.name(table.name)} t{joins}"
            )
    if selects:
        connection.execute(f"CREATE TABLE {_DESCRIPTIONS} AS {' UNION ALL BY NAME '.join(selects)}")


def _lookups(tables: Sequence[Table]) -> list[Table]:
    """Returns the tables of keys, the shortest first."""
    found = (table for table in tables if table.recognized.role == "categories")
    return sorted(found, key=lambda table: table.counts.rows)


def _name(
    connection: Connection,
    table: Table,
    keys: Sequence[tuple[int, str]],
    lookups: Sequence[Table],
    own: str | None = None,
) -> None:
    """Puts the names of keys into the column of categories, before its `own` names."""
    named_by = {
        table.recognized.source.path: table for table in lookups if "category" in table.recognized.fields
    }
    joins, labels = [], []
    for number, (index, path) in enumerate(keys):
        lookup = named_by.get(path)
        if lookup is None:
            continue
        joins.append(
            f"LEFT JOIN {_values_of_keys(lookup, ['category'])} n{number} ON n{number}.key = trim(t.c{index})"
        )
        labels.append(f"nullif(n{number}.category, '')")
    target = f"c{table.recognized.fields.get('category')}"
    if not labels:
        return
    labels += [f"nullif(trim(t.{own}), '')"] * (own is not None)
    # A key is no name, unless it is a name in another language.
    named = f"nullif(concat_ws(' > ', {', '.join(labels)}), '')"
    named = f"coalesce({named}, CASE WHEN regexp_matches({target}, '\\pL') THEN {target} END)"
    connection.execute(
        f"CREATE OR REPLACE TABLE named_rows AS SELECT t.* REPLACE ({named} AS {target}) "
        f"FROM {engine.name(table.name)} t {' '.join(joins)} ORDER BY t.{LINE}"
    )
    forget_values(connection, table.name)
    connection.execute(f"DROP TABLE {engine.name(table.name)}")
    connection.execute(f"ALTER TABLE named_rows RENAME TO {engine.name(table.name)}")


def _values_of_keys(lookup: Table, fields: Sequence[str]) -> str:
    """Returns SQL for the `key`s with the first value of each field."""
    index = lookup.recognized.fields
    values = "".join(
        f", arg_min(trim(c{index[field]}), {LINE}) FILTER (trim(c{index[field]}) <> '') AS {field}"
        for field in fields
    )
    return (
        f"(SELECT trim(c{index['category_key']}) AS key{values} FROM {engine.name(lookup.name)} GROUP BY 1)"
    )

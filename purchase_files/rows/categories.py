"""Names of categories in place of their keys."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.columns.lookups import keys_of
from purchase_files.engine import Connection
from purchase_files.formats.source import LINE
from purchase_files.rows.texts import Table
from purchase_files.values.distinct import forget_values


def name_categories(connection: Connection, tables: Sequence[Table]) -> None:
    """Replaces keys of categories in tables of products by names.

    The broadest comes first: `Pantry > Pasta`.
    """
    lookups = sorted(
        (table for table in tables if table.recognized.role == "categories"),
        key=lambda table: table.counts.rows,
    )
    for table in tables:
        if table.recognized.role == "products" and "category" in table.recognized.fields:
            _name(connection, table, lookups)


def _name(connection: Connection, table: Table, lookups: Sequence[Table]) -> None:
    named_by = {lookup.recognized.source.path: lookup for lookup in lookups}
    keys = keys_of(table.recognized, [lookup.recognized for lookup in lookups])
    if not keys:
        return
    joins, labels = [], []
    for number, (index, path) in enumerate(keys):
        lookup = named_by[path]
        fields = lookup.recognized.fields
        joins.append(
            f"LEFT JOIN (SELECT trim(c{fields['category_key']}) AS key, "
            f"arg_min(trim(c{fields['category']}), {LINE}) AS label FROM {engine.name(lookup.name)} GROUP BY 1) "
            f"n{number} ON n{number}.key = trim(t.c{index})"
        )
        labels.append(f"nullif(n{number}.label, '')")
    target = f"c{table.recognized.fields['category']}"
    # A key is no name, unless it is a name in another language.
    named = f"nullif(concat_ws(' > ', {', '.join(labels)}), '')"
    named = f"coalesce({named}, CASE WHEN regexp_matches({target}, '\\pL') THEN {target} END)"
    connection.execute(
        f"CREATE OR REPLACE TABLE named_products AS SELECT t.* REPLACE ({named} AS {target}) "
        f"FROM {engine.name(table.name)} t {' '.join(joins)} ORDER BY t.{LINE}"
    )
    forget_values(connection, table.name)
    connection.execute(f"DROP TABLE {engine.name(table.name)}")
    connection.execute(f"ALTER TABLE named_products RENAME TO {engine.name(table.name)}")

"""Migrations only add, so that the previous release works during and after them.

A revision that does break the previous release says so in its module, in the exact words of this test:
`BREAKS = ("column events.price is gone",)`. The notes of its release say what must be done before.
"""

from dataclasses import dataclass, field

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Inspector, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import migrations
from adapters.database.engine import reading, writing
from adapters.database.migrations import HEAD, migrate

pytestmark = pytest.mark.anyio

SCRIPTS = ScriptDirectory(
    str(migrations.__path__[0]), version_locations=[f"{migrations.__path__[0]}/versions"]
)
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


@dataclass(frozen=True)
class Shape:
    """Properties of tables that existing statements rely on.

    Attributes:
        columns: type and collation of each column of each table.
        mandatory: columns without a default that must not be null, as `table.column`.
        rules: keys, unique indexes, checks and references, with their columns.
    """

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    mandatory: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


def shape_of(connection: Connection) -> Shape:
    """Shape of the current tables of a database."""
    seen = inspect(connection)
    tables = [name for name in seen.get_table_names() if name != "alembic_version"]
    described = {name: seen.get_columns(name) for name in tables}
    return Shape(
        {name: {one["name"]: str(one["type"]) for one in columns} for name, columns in described.items()},
        frozenset(
            f"{name}.{one['name']}"
            for name, columns in described.items()
            for one in columns
            if not one["nullable"] and one["default"] is None
        ),
        frozenset(rule for name in tables for rule in rules_of(seen, name)),
    )


def rules_of(seen: Inspector, table: str) -> set[str]:
    """Constraints on the rows of a table."""
    keys = [("key", seen.get_pk_constraint(table)["constrained_columns"])]
    keys += [("key", one["column_names"]) for one in seen.get_unique_constraints(table)]
    keys += [("key", one["column_names"]) for one in seen.get_indexes(table) if one["unique"]]
    keys += [("reference", one["constrained_columns"]) for one in seen.get_foreign_keys(table)]
    found = {f"{kind} {table} ({', '.join(map(str, columns))})" for kind, columns in keys if columns}
    return found | {f"check {table} ({one['sqltext']})" for one in seen.get_check_constraints(table)}


def broken(before: Shape, after: Shape) -> list[str]:
    """Reasons for which statements written for `before` may fail in `after`."""
    found = [f"table {table} is gone" for table in before.columns if table not in after.columns]
    for table in before.columns.keys() & after.columns.keys():
        was, now = before.columns[table], after.columns[table]
        found += [f"column {table}.{name} is gone" for name in was.keys() - now.keys()]
        found += [
            f"column {table}.{name} was {was[name]} and is {now[name]}"
            for name in was.keys() & now.keys()
            if was[name] != now[name]
        ]
    known = [name for name in after.mandatory - before.mandatory if name.partition(".")[0] in before.columns]
    found += [f"column {name} must now be given" for name in known]
    found += [f"{rule} is new" for rule in after.rules - before.rules if rule.split()[1] in before.columns]
    # ON CONFLICT names a key, which must exist.
    found += [f"{rule} is gone" for rule in before.rules - after.rules if rule.startswith("key ")]
    return sorted(found)


async def shape(engine: AsyncEngine) -> Shape:
    async with reading(engine) as connection:
        return await connection.run_sync(shape_of)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_revision_breaks_nothing_undeclared(engine: AsyncEngine, revision: str) -> None:
    script = SCRIPTS.get_revision(revision)
    if script.down_revision is not None:
        await migrate(engine, str(script.down_revision))
    before = await shape(engine)
    await migrate(engine, revision)
    assert broken(before, await shape(engine)) == sorted(getattr(script.module, "BREAKS", ()))


def test_every_revision_is_checked() -> None:
    assert REVISIONS[0] == "0001"
    assert REVISIONS[-1] == HEAD


ADDITIONS = (
    "ALTER TABLE events ADD COLUMN channel TEXT",
    "ALTER TABLE events ADD COLUMN channel TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX events_of_product ON events (product_id)",
    "CREATE TABLE channels (name TEXT PRIMARY KEY, title TEXT NOT NULL UNIQUE)",
    "DROP INDEX events_of_kind",
)


@pytest.mark.parametrize("statement", ADDITIONS)
async def test_an_addition_does_not_break_the_previous_release(engine: AsyncEngine, statement: str) -> None:
    assert await breakage(engine, statement) == []


IN_BOTH = {
    "DROP TABLE profiles": ["key profiles (user_id) is gone", "table profiles is gone"],
    "ALTER TABLE profiles RENAME TO snapshots_of_shoppers": [
        "key profiles (user_id) is gone",
        "table profiles is gone",
    ],
    "ALTER TABLE events DROP COLUMN price": ["column events.price is gone"],
    "ALTER TABLE events RENAME COLUMN price TO unit_price": ["column events.price is gone"],
    "CREATE UNIQUE INDEX events_once ON events (user_id, product_id)": [
        "key events (user_id, product_id) is new"
    ],
}
IN_POSTGRESQL = {
    "ALTER TABLE events ALTER COLUMN price TYPE TEXT": [
        "column events.price was DOUBLE PRECISION and is TEXT"
    ],
    "ALTER TABLE events ALTER COLUMN price SET NOT NULL": ["column events.price must now be given"],
    "ALTER TABLE events ADD COLUMN channel TEXT NOT NULL": ["column events.channel must now be given"],
    "ALTER TABLE events ADD CHECK (quantity > 0)": ["check events (quantity > 0) is new"],
    "ALTER TABLE profiles ADD FOREIGN KEY (user_id) REFERENCES preferences": [
        "reference profiles (user_id) is new"
    ],
    "ALTER TABLE erasures DROP CONSTRAINT erasures_pkey": ["key erasures (user_id) is gone"],
    'ALTER TABLE events ALTER COLUMN user_id TYPE TEXT COLLATE "POSIX"': [
        'column events.user_id was TEXT COLLATE "C" and is TEXT COLLATE "POSIX"'
    ],
}


@pytest.mark.parametrize(("statement", "expected"), IN_BOTH.items())
async def test_a_breaking_statement_is_found(
    engine: AsyncEngine, statement: str, expected: list[str]
) -> None:
    assert await breakage(engine, statement) == expected


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(("statement", "expected"), IN_POSTGRESQL.items())
async def test_a_breaking_statement_of_postgresql_is_found(
    engine: AsyncEngine, statement: str, expected: list[str]
) -> None:
    assert await breakage(engine, statement) == expected


async def breakage(engine: AsyncEngine, statement: str) -> list[str]:
    """Reasons for which a migration of one statement would break this release."""
    await migrate(engine)
    before = await shape(engine)
    async with writing(engine) as connection:
        await connection.execute(text(statement))
    return broken(before, await shape(engine))

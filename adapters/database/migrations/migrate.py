"""Migrates a database in one transaction."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database.engine import reading, writing
from adapters.database.errors import DatabaseNotPrepared

if TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep

HEAD = "0004"
"""Revision that this version works with."""

_LOCK = 7_021_955_002  # Any number that all migrating processes share.
_FOLDER = Path(__file__).parent


async def migrate(engine: AsyncEngine, revision: str = HEAD) -> tuple[str, ...]:
    """Applies all missing revisions up to `revision`, all or none.

    Several processes may run it at the same time. Downgrades are not supported: a release works with the tables of its
    predecessor, and a backup holds the old data.

    Returns:
        Applied revisions, oldest first.

    Raises:
        DatabaseError: the database failed.
    """
    async with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        return await connection.run_sync(_upgrade, revision)


async def missing_migration(engine: AsyncEngine) -> str | None:
    """The revision of a database that lacks tables of this version.

    It is an earlier one, or `none`.

    Returns:
        None for a migrated database, by this version or a later one.

    Raises:
        DatabaseError: the database failed, or its revision may not be read.
    """
    try:
        async with reading(engine) as connection:
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    except DatabaseNotPrepared:
        found = None
    return None if found is not None and found >= HEAD else found or "none"


def _upgrade(connection: Connection, revision: str) -> tuple[str, ...]:
    # Here, because a service that serves imports this module for HEAD alone.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext, MigrationStep
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER / "versions")])
    applied: list[str] = []

    def steps(current: tuple[str, ...], _: MigrationContext) -> "Iterable[RevisionStep]":
        missing = list(scripts.iterate_revisions(revision, current or None, implicit_base=True))[::-1]
        applied.extend(script.revision for script in missing)
        return [MigrationStep.upgrade_from_script(scripts.revision_map, script) for script in missing]

    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()
    return tuple(applied)

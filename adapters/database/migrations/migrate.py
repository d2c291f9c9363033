"""Brings a database to the newest revision, in one transaction."""

from collections.abc import Iterable
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database.engine import writing

HEAD = "0003"
"""The revision whose tables this version works with."""

_LOCK = 7_021_955_002  # any number, as long as all who migrate take the same
_FOLDER = Path(__file__).parent


async def migrate(engine: AsyncEngine, revision: str = HEAD) -> tuple[str, ...]:
    """Applies what is missing up to `revision` and tells the revisions that were applied, oldest first.

    All or nothing; any number of processes may do so at the same time. There is no way back: a release works with
    the tables of the one before it, and a backup holds what was there.

    Raises:
        DatabaseError: the database does not do its work.
    """
    async with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        return await connection.run_sync(_upgrade, revision)


def _upgrade(connection: Connection, revision: str) -> tuple[str, ...]:
    scripts = ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER / "versions")])
    applied: list[str] = []

    def steps(current: tuple[str, ...], _: MigrationContext) -> Iterable[RevisionStep]:
        missing = list(scripts.iterate_revisions(revision, current or None, implicit_base=True))[::-1]
        applied.extend(script.revision for script in missing)
        return [MigrationStep.upgrade_from_script(scripts.revision_map, script) for script in missing]

    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()
    return tuple(applied)

"""Facts about loads: those of the preview, without the texts of rows."""

from datetime import datetime
from pathlib import PurePath

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.entities import LeftOutRows, Load, LoadedFile
from catalog.tables import loads
from purchase_files import Example, LeftOut, Preview

KEPT_LOADS = 20
"""Number of loads that are kept."""

_MAX_LISTED = 20
_MAX_TEXT = 300


def load_facts(preview: Preview, loaded_at: datetime) -> Load:
    """Facts about a load. Long lists are cut, and so are long texts."""
    return Load(
        loaded_at=loaded_at,
        files=[
            LoadedFile(_name(file.path), file.role, file.format, file.rows)
            for file in preview.files[:_MAX_LISTED]
        ],
        skipped_files=_cut(preview.skipped),
        rows=preview.rows,
        purchases=preview.purchases,
        left_out=[_left_out(each) for each in preview.left_out],
        noticed=_cut(tuple(f"{rows:,} {what}" for what, rows in preview.noticed)),
        unused_columns=_cut(preview.unused_columns),
        hints=_cut(preview.hints),
    )


async def record_load(connection: AsyncConnection, facts: Load) -> None:
    """Keeps the facts of a load.

    Those of the oldest ones beyond `KEPT_LOADS` are deleted.
    """
    await connection.execute(loads.insert().values(facts=msgspec.json.encode(facts).decode()))
    newest = select(func.max(loads.c.sequence)).scalar_subquery()
    await connection.execute(delete(loads).where(loads.c.sequence <= newest - KEPT_LOADS))


def _left_out(found: LeftOut) -> LeftOutRows:
    examples = [_where(each) for each in found.examples]
    return LeftOutRows(found.reason[:_MAX_TEXT], found.rows, examples, found.unreadable)


def _where(example: Example) -> str:
    return f"{_name(example.path)}, line {example.line:,}"


def _name(path: str) -> str:
    return PurePath(path).name[:_MAX_TEXT]


def _cut(texts: tuple[str, ...]) -> list[str]:
    return [text[:_MAX_TEXT] for text in texts[:_MAX_LISTED]]

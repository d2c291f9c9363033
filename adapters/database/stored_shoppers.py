"""Reads all rows of shoppers within the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.database.erasures import erased_digests
from adapters.database.event_rows import PERMANENT_KINDS, RECENT_KINDS, Event, event_of
from adapters.database.events import shopper_events
from adapters.database.tables import erasures, preferences, profiles, stored_time


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Encoded data of a shopper.

    Attributes:
        content: bytes, encoded by the service.
        as_of: time in UTC at which the data was read or set.
    """

    content: bytes
    as_of: datetime


@dataclass(frozen=True, slots=True)
class StoredShopper:
    """All rows of one shopper.

    Attributes:
        events: events, newest first.
        catalog_record: purchases and preferences last read from the catalog.
        preferences: preferences last set through the API.
        erased_at: time of the last erasure. Everything else is newer.
        erased_digests: what was erased although it is dated after the erasure, see `erased_digest`.
    """

    events: tuple[Event, ...] = ()
    catalog_record: StoredContent | None = None
    preferences: StoredContent | None = None
    erased_at: datetime | None = None
    erased_digests: frozenset[str] = frozenset()


async def read_shopper(connection: AsyncConnection, user_id: str, event_limit: int) -> StoredShopper:
    """Reads one shopper, see `shopper_events` for `event_limit`."""
    row = (await connection.execute(_SHOPPER, {"user_id": user_id})).one()
    recorded = await shopper_events(connection, user_id, event_limit)
    erased = await erased_digests(connection, user_id) if row.erased_at else frozenset[str]()
    return _stored(row, recorded, erased)


async def read_shoppers(
    connection: AsyncConnection, user_ids: Sequence[str], event_limit: int
) -> list[StoredShopper]:
    """Reads several shoppers with as many statements as one (PostgreSQL)."""
    distinct = list(dict.fromkeys(user_ids))
    found = (await connection.exec_driver_sql(_SHOPPERS, (distinct,))).all()
    rows: dict[str, Sequence[Any]] = {row.user_id: tuple(row)[1:] for row in found}
    recorded = defaultdict[str, list[Event]](list)
    for event in map(
        event_of, (await connection.exec_driver_sql(_EVENTS, (distinct, event_limit))).mappings()
    ):
        recorded[event.user_id].append(event)
    stored = {
        user_id: _stored(
            rows[user_id],
            recorded[user_id],
            await erased_digests(connection, user_id) if rows[user_id][-1] else frozenset(),
        )
        for user_id in distinct
    }
    return [stored[user_id] for user_id in user_ids]


_SHOPPERS = """
SELECT asked.user_id, profiles.content, read_at, preferences.content, updated_at, erased_at
FROM unnest($1::text[]) AS asked (user_id)
LEFT JOIN profiles USING (user_id)
LEFT JOIN preferences USING (user_id)
LEFT JOIN erasures USING (user_id)
"""

_PERMANENT = "SELECT events.* FROM events WHERE user_id = ANY ($1::text[]) AND kind IN ({kinds})"
_RECENT = """
SELECT latest.* FROM unnest($1) AS asked (user_id) CROSS JOIN LATERAL (
  SELECT * FROM events WHERE events.user_id = asked.user_id AND kind IN ({kinds})
  ORDER BY occurred_at DESC, id DESC LIMIT $2
) AS latest
"""


def _quoted(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


_EVENTS = "\nUNION ALL\n".join(
    (
        _PERMANENT.format(kinds=_quoted(PERMANENT_KINDS)),
        *(_RECENT.format(kinds=_quoted(kinds)) for kinds in RECENT_KINDS),
    )
)
"""`shopper_events` of several shoppers."""


def _select_shopper() -> Select[
    bytes | None, datetime | None, bytes | None, datetime | None, datetime | None
]:
    shopper = select(bindparam("user_id", type_=profiles.c.user_id.type).label("user_id")).subquery()
    joined = shopper.outerjoin(profiles, profiles.c.user_id == shopper.c.user_id)
    joined = joined.outerjoin(preferences, preferences.c.user_id == shopper.c.user_id)
    joined = joined.outerjoin(erasures, erasures.c.user_id == shopper.c.user_id)
    columns = profiles.c.content, profiles.c.read_at, preferences.c.content, preferences.c.updated_at
    return select(*columns, erasures.c.erased_at).select_from(joined)


_SHOPPER = _select_shopper()


def _stored(row: Sequence[Any], recorded: Iterable[Event], erased: frozenset[str]) -> StoredShopper:
    record, read_at, own_preferences, updated_at, erased_at = row
    newest_first = sorted(recorded, key=lambda event: (event.occurred_at, event.id), reverse=True)
    return StoredShopper(
        events=tuple(newest_first),
        catalog_record=_content(record, read_at),
        preferences=_content(own_preferences, updated_at),
        erased_at=stored_time(erased_at) if erased_at else None,
        erased_digests=erased,
    )


def _content(content: bytes | None, as_of: datetime | None) -> StoredContent | None:
    return None if content is None or as_of is None else StoredContent(content, stored_time(as_of))

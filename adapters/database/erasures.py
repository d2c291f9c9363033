"""Tombstones of erased shoppers, checked by every write about a shopper."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.database.dialects import insert_into, is_among
from adapters.database.event_rows import COLUMNS, Event, event_of, key_of
from adapters.database.tables import erased_events, erasures, events


async def erasure_times(connection: AsyncConnection, user_ids: Collection[str]) -> dict[str, datetime]:
    """Returns the time of the last erasure of each erased shopper among `user_ids`."""
    query = select(erasures.c.user_id, erasures.c.erased_at).where(
        is_among(connection, erasures.c.user_id, user_ids)
    )
    rows = (await connection.execute(query)).all()
    return {row.user_id: row.erased_at for row in rows}


async def erased_keys(connection: AsyncConnection, new: Mapping[str, Event]) -> set[str]:
    """Returns the keys of those events that an erasure excludes.

    It excludes what happened up to the erasure, and what was erased although it was dated later.
    """
    erased = await erasure_times(connection, {event.user_id for event in new.values()})
    later = {erased_digest(key): key for key, event in new.items() if event.user_id in erased}
    if not later:
        return set()
    query = select(erased_events.c.event).where(
        is_among(connection, erased_events.c.user_id, erased),
        is_among(connection, erased_events.c.event, later),
    )
    known = {later[digest] for digest in (await connection.execute(query)).scalars()}
    return known | {key for key in later.values() if new[key].occurred_at <= erased[new[key].user_id]}


async def erased_digests(connection: AsyncConnection, user_id: str) -> frozenset[str]:
    """Digests of all that the shopper's erasures remember."""
    query = select(erased_events.c.event).where(erased_events.c.user_id == user_id)
    return frozenset((await connection.execute(query)).scalars())


async def remember_later_events(
    connection: AsyncConnection, user_id: str, erased_at: datetime, purchases: Collection[str]
) -> None:
    """Remembers stored events that are dated after `erased_at`, and `purchases` by their keys.

    The tombstone's time does not exclude them. A shop's clock may be ahead. Digests are kept, because a tombstone must
    not hold the events of an erased shopper.
    """
    query = select(*COLUMNS).where(events.c.user_id == user_id, events.c.occurred_at > erased_at)
    keys = {key_of(event_of(row)) for row in (await connection.execute(query)).mappings()}
    keys |= set(purchases)
    if keys:
        insert = insert_into(connection, erased_events).on_conflict_do_nothing()
        await connection.execute(
            insert, [{"user_id": user_id, "event": erased_digest(key)} for key in sorted(keys)]
        )


def erased_digest(key: str) -> str:
    """Digest by which an erasure remembers an event or a purchase."""
    return hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16).hexdigest()

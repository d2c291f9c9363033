"""Records a batch of events within one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.database.dialects import insert_new, is_among
from adapters.database.erasures import erased_keys
from adapters.database.event_limits import EventLimits, enforce_limits
from adapters.database.event_rows import COLUMNS, Event, content_of, event_of, key_of, row_of
from adapters.database.tables import events

Outcome = Literal["added", "duplicate", "conflict", "ignored", "full"]
"""Result of one event.

- `added`: new and stored.
- `duplicate`: stored before, or earlier in the batch.
- `conflict`: the shopper has another event with this id.
- `ignored`: from before the shopper's erasure, or older than all events that are kept.
- `full`: the shopper has as many purchases, hides and unhides as are stored.
"""


async def record_events(
    connection: AsyncConnection, new: Sequence[Event], recorded_at: datetime, limits: EventLimits
) -> list[Outcome]:
    """Inserts new events and returns the outcome of each, in the order of `new`."""
    first: dict[str, Event] = {}
    for event in new:
        first.setdefault(key_of(event), event)
    # Rows of earlier releases have the client's id as their key.
    known = await _stored(connection, (event.id for event in first.values()))
    # Sorted, because two writers of the same events would otherwise deadlock.
    rows = [row_of(first[key], recorded_at) for key in sorted(first.keys() - known.keys())]
    added = await insert_new(connection, events, rows) if rows else set[str]()
    known |= await _stored(connection, first.keys() - known.keys() - added)
    # Checked after the insert. An erasure excludes writers: it has deleted these rows, or is visible here.
    ignored = await erased_keys(connection, first)
    if added & ignored:
        await connection.execute(delete(events).where(events.c.id.in_(sorted(added & ignored))))
    added -= ignored
    kept = {key: event for key, event in first.items() if key in added}
    dropped, full = await enforce_limits(connection, kept, limits) if kept else (set(), set())
    outcomes = dict[str, Outcome]()
    outcomes.update(dict.fromkeys(kept, "added"))
    outcomes.update(dict.fromkeys(ignored | (dropped & kept.keys()), "ignored"))
    outcomes.update(dict.fromkeys(full, "full"))
    # The first event with a key has the outcome of the key. Further ones repeat it, or contradict it.
    return [
        outcomes.pop(key) if key in outcomes else _compared(event, known.get(key, first[key]))
        for event, key in zip(new, map(key_of, new), strict=True)
    ]


def _compared(event: Event, known: Event) -> Outcome:
    return "duplicate" if content_of(event) == content_of(known) else "conflict"


async def _stored(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Event]:
    """Stored events of the rows with `ids`, by the key of this release."""
    wanted = set(ids)
    if not wanted:
        return {}
    query = select(*COLUMNS).where(is_among(connection, events.c.id, wanted))
    found = map(event_of, (await connection.execute(query)).mappings())
    return {key_of(event): event for event in found}

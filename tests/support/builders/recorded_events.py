"""Browsing events to record and to read back."""

from datetime import UTC, datetime
from typing import TypedDict, Unpack

from msgspec.structs import replace

from adapters.database import BrowsingEvent, Event, EventKind, EventStore

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)


class Changes(TypedDict, total=False):
    """Fields of an event besides its id."""

    user_id: str
    product_id: str
    kind: EventKind
    occurred_at: datetime
    quantity: int | None
    price: float | None
    recommendation_id: str | None
    order_id: str | None


def an_event(id_: str = "e", **changes: Unpack[Changes]) -> Event:
    return replace(Event(id_, "u", "p", "view", NOW), **changes)


async def batches(store: EventStore, since: datetime | None = None) -> list[list[BrowsingEvent]]:
    return [batch async for batch in store.browsing(since)]


async def browsed(store: EventStore, since: datetime | None = None) -> list[BrowsingEvent]:
    return [one for batch in await batches(store, since) for one in batch]

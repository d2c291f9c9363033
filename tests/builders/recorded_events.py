"""Browsing events to record, and what reading them back gives."""

from datetime import UTC, datetime

from adapters.database import Browsed, Event, EventStore

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)


def an_event(id_: str = "e", **changes: object) -> Event:
    fields = {"user_id": "u", "product_id": "p", "kind": "view", "occurred_at": NOW} | changes
    return Event(id_, **fields)  # type: ignore[arg-type]


async def batches(store: EventStore, since: datetime | None = None) -> list[list[Browsed]]:
    return [batch async for batch in store.browsing(since)]


async def browsed(store: EventStore, since: datetime | None = None) -> list[Browsed]:
    return [one for batch in await batches(store, since) for one in batch]

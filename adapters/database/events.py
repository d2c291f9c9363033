"""Events of shoppers, each stored once by the client's event id."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta
from sqlalchemy import Select, delete, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import ReturningInsert

from adapters.database.engine import reading, writing
from adapters.database.erasures import erasure_times
from adapters.database.tables import events, in_utc

EventKind = Literal["purchase", "view", "cart", "impression", "click", "hide"]
BrowsingKind = Literal["view", "cart"]

_KINDS = frozenset(get_args(EventKind))


class Event(msgspec.Struct, frozen=True):
    """One interaction of a shopper with a product.

    Attributes:
        id: client's id of the event. A second event with the same id is a duplicate.
        user_id: shopper.
        product_id: product.
        kind: kind of interaction.
        occurred_at: time of the interaction, timezone-aware.
        quantity: number of pieces, if any.
        price: price of one piece in the shop's currency.
        recommendation_id: id of the answer that showed the product, if any.
        order_id: order of a purchase, by the catalog's id.

    Raises:
        ValueError: unknown kind, or a time without a time zone.
    """

    id: str
    user_id: str
    product_id: str
    kind: EventKind
    occurred_at: Annotated[datetime, Meta(tz=True)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    price: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    recommendation_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.=-]{1,1000}$")] | None = None
    order_id: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(
                f"{self.kind!r} is not a kind of event; the kinds are {', '.join(sorted(_KINDS))}"
            )
        if self.occurred_at.tzinfo is None:
            raise ValueError(f"{self.occurred_at.isoformat()} has no time zone")


_FIELDS = Event.__struct_fields__


@dataclass(frozen=True, slots=True)
class BrowsingEvent:
    """A product viewed, or put into a cart.

    Attributes:
        user_id: shopper.
        product_id: product.
        kind: view or cart.
        at: time in UTC, timezone-aware.
    """

    user_id: str
    product_id: str
    kind: BrowsingKind
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """Result of recording events. Ids in neither set are duplicates.

    Attributes:
        added: ids of new events.
        ignored: ids of events from before their shopper's erasure, or at the same time.
    """

    added: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()


def _now() -> datetime:
    return datetime.now(UTC)


class EventStore:
    """Records and reads events. Every method raises DatabaseError when the database fails.

    Args:
        engine: engine from `open_engine`. The caller disposes of it.
        page_size: maximum number of rows read by one statement.
        clock: current time, timezone-aware.
    """

    def __init__(
        self, engine: AsyncEngine, *, page_size: int = 10_000, clock: Callable[[], datetime] = _now
    ) -> None:
        self._engine = engine
        self._page_size = page_size
        self._clock = clock

    async def browsing(self, since: datetime | None = None) -> AsyncIterator[list[BrowsingEvent]]:
        """Yields all views, then all carts, oldest first, in batches.

        No batch is empty or exceeds `page_size`. No connection is held between batches, so that the caller may take
        its time. An event recorded meanwhile is included only if its place is still ahead.

        Args:
            since: earliest time of an event, inclusive; None for all.

        Raises:
            ValueError: `since` without a time zone.
        """
        earliest = None if since is None else in_utc(since)
        for kind in get_args(BrowsingKind):
            last: tuple[datetime, str] | None = None
            while True:
                query = _page(kind, earliest, last).limit(self._page_size)
                async with reading(self._engine) as connection:
                    rows = (await connection.execute(query)).all()
                if rows:
                    yield [BrowsingEvent(user, product, kind, at) for user, product, at, _ in rows]
                if len(rows) < self._page_size:
                    break
                last = rows[-1][2], rows[-1][3]

    async def add(self, new: Sequence[Event]) -> RecordedEvents:
        """Records events, all or none. They are durable on return.

        A known event stays as it was first recorded, even if a duplicate differs. An event from before its shopper's
        erasure is ignored, so that neither a replay nor a late feed restores erased data.
        """
        if not new:
            return RecordedEvents()
        recorded_at = self._clock()
        # Sorted, because two writers of the same events would otherwise deadlock.
        rows = [_row(event, recorded_at) for event in sorted(new, key=lambda event: event.id)]
        async with writing(self._engine) as connection:
            added = frozenset((await connection.execute(_insert(connection), rows)).scalars())
            # Checked after the insert. An erasure excludes writers: it has deleted these rows, or is visible here.
            erased = await erasure_times(connection, {event.user_id for event in new})
            ignored = {event.id for event in new if _before_erasure(event, erased)}
            if added & ignored:
                await connection.execute(delete(events).where(events.c.id.in_(sorted(added & ignored))))
        return RecordedEvents(added - ignored, frozenset(ignored))

    async def purge(self, older_than: datetime, batch: int = 5_000) -> int:
        """Deletes events that happened before `older_than`, and returns their number.

        Each batch is a transaction of its own, so that others wait only briefly. An interruption keeps the batches
        done so far.

        Raises:
            ValueError: `older_than` without a time zone.
        """
        before, deleted = in_utc(older_than), 0
        for kind in sorted(_KINDS):  # By kind, because the index of times starts with it.
            old = select(events.c.id).where(events.c.kind == kind, events.c.occurred_at < before).limit(batch)
            while True:
                async with writing(self._engine) as connection:
                    done = await connection.execute(delete(events).where(events.c.id.in_(old)))
                deleted += done.rowcount
                if done.rowcount < batch:
                    break
        return deleted


async def latest_events(connection: AsyncConnection, user_id: str, limit: int) -> list[Event]:
    """Returns a shopper's latest events, newest first, within the caller's transaction."""
    query = select(*(events.c[name] for name in _FIELDS)).where(events.c.user_id == user_id)
    newest = query.order_by(events.c.occurred_at.desc(), events.c.id.desc()).limit(limit)
    return [Event(**row) for row in (await connection.execute(newest)).mappings()]


def _before_erasure(event: Event, erased: Mapping[str, datetime]) -> bool:
    return event.user_id in erased and event.occurred_at <= erased[event.user_id]


def _page(
    kind: BrowsingKind, earliest: datetime | None, last: tuple[datetime, str] | None
) -> Select[str, str, datetime, str]:
    """Selects the events after `last` (time and id), ordered by time and id."""
    order = events.c.occurred_at, events.c.id
    query = select(events.c.user_id, events.c.product_id, *order)
    query = query.where(events.c.kind == kind).order_by(*order)
    if last is not None:
        time, id_ = literal(last[0], events.c.occurred_at.type), literal(last[1], events.c.id.type)
        return query.where(tuple_(*order) > tuple_(time, id_))
    return query if earliest is None else query.where(events.c.occurred_at >= earliest)


def _row(event: Event, recorded_at: datetime) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _FIELDS} | {"recorded_at": recorded_at}


def _insert(connection: AsyncConnection) -> ReturningInsert[str]:
    """INSERT that skips known ids and returns the new ones."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert: postgresql.Insert | sqlite.Insert = dialect.insert(events)
    return insert.on_conflict_do_nothing().returning(events.c.id)

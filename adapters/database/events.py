"""Events: what shoppers did, stored once each by the client's event id."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

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
_FIELDS = (
    "id",
    "user_id",
    "product_id",
    "kind",
    "occurred_at",
    "quantity",
    "price",
    "recommendation_id",
    "order_id",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One interaction of a shopper with a product; raises ValueError for an unknown kind or a time without zone.

    Attributes:
        id: the client's; an event that comes again with it is the same event.
        user_id: the shopper.
        product_id: the product.
        kind: what was done.
        occurred_at: when, aware.
        quantity: pieces, where that has a meaning.
        price: of one piece, in the shop's currency.
        recommendation_id: the answer in which the product was shown, where it was.
        order_id: of a purchase, the order that it belongs to, as the catalog names it.
    """

    id: str
    user_id: str
    product_id: str
    kind: EventKind
    occurred_at: datetime
    quantity: int | None = None
    price: float | None = None
    recommendation_id: str | None = None
    order_id: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"{self.kind!r} is no kind of event; the kinds are {', '.join(sorted(_KINDS))}")
        in_utc(self.occurred_at)


@dataclass(frozen=True, slots=True)
class Browsed:
    """A view, or a product put into a cart.

    Attributes:
        user_id: the shopper.
        product_id: the product.
        kind: which of the two.
        at: when, aware, in UTC.
    """

    user_id: str
    product_id: str
    kind: BrowsingKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of events that were to be recorded; those in neither set were known already.

    Attributes:
        added: ids of those that were not there before.
        barred: ids of those that happened at or before their shopper's erasure.
    """

    added: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()


def _now() -> datetime:
    return datetime.now(UTC)


class EventStore:
    """Reads and records events; every method raises DatabaseError when the database does not do its work.

    Args:
        engine: from `open_engine`; the caller disposes of it.
        page_size: rows that one statement reads, at most.
        clock: the time of recording, aware.
    """

    def __init__(
        self, engine: AsyncEngine, *, page_size: int = 10_000, clock: Callable[[], datetime] = _now
    ) -> None:
        self._engine = engine
        self._page_size = page_size
        self._clock = clock

    async def browsing(self, since: datetime | None = None) -> AsyncIterator[list[Browsed]]:
        """All views, then all carts, each oldest first, in batches of at most `page_size`; no batch is empty.

        Nothing is held open between batches, so reading may take as long as it likes. What is recorded meanwhile
        comes too when it lies ahead, and is left for the next reading when it does not.

        Args:
            since: the earliest time of an event, inclusive and aware (else ValueError); None for all.
        """
        earliest = None if since is None else in_utc(since)
        for kind in get_args(BrowsingKind):
            last: tuple[datetime, str] | None = None
            while True:
                query = _page(kind, earliest, last).limit(self._page_size)
                async with reading(self._engine) as connection:
                    rows = (await connection.execute(query)).all()
                if rows:
                    yield [Browsed(user, product, kind, at) for user, product, at, _ in rows]
                if len(rows) < self._page_size:
                    break
                last = rows[-1][2], rows[-1][3]

    async def add(self, new: Sequence[Event]) -> Recorded:
        """Records events, all or none; they are durable when this returns.

        An event whose id is known stays as it was first recorded, whatever else comes with the id now. One that
        happened before its shopper was erased is not recorded: neither a replay nor a late feed brings a person back.
        """
        if not new:
            return Recorded()
        recorded_at = self._clock()
        # Sorted: two writers of the same events would otherwise wait for each other's.
        rows = [_row(event, recorded_at) for event in sorted(new, key=lambda event: event.id)]
        async with writing(self._engine) as connection:
            added = frozenset((await connection.execute(_insert(connection), rows)).scalars())
            # Only now: an erasure excludes writers, so that it has either deleted these or is seen here.
            erased = await erasure_times(connection, {event.user_id for event in new})
            barred = {event.id for event in new if _happened_before(event, erased)}
            if added & barred:
                await connection.execute(delete(events).where(events.c.id.in_(sorted(added & barred))))
        return Recorded(added - barred, frozenset(barred))

    async def latest(self, user_id: str, limit: int) -> list[Event]:
        """The shopper's latest events, newest first; at most `limit`."""
        async with reading(self._engine) as connection:
            return await latest_events(connection, user_id, limit)

    async def purge(self, older_than: datetime, batch: int = 5_000) -> int:
        """Deletes events that happened before `older_than` (aware); returns how many there were.

        In batches, each a transaction of its own, so that nobody waits for long. What was done before an interruption
        stays done.
        """
        before, deleted = in_utc(older_than), 0
        for kind in sorted(_KINDS):  # by kind, because there is an index of times within each
            old = select(events.c.id).where(events.c.kind == kind, events.c.occurred_at < before).limit(batch)
            while True:
                async with writing(self._engine) as connection:
                    done = await connection.execute(delete(events).where(events.c.id.in_(old)))
                deleted += done.rowcount
                if done.rowcount < batch:
                    break
        return deleted


async def latest_events(connection: AsyncConnection, user_id: str, limit: int) -> list[Event]:
    """As `EventStore.latest`, within a transaction of the caller's."""
    query = select(*(events.c[name] for name in _FIELDS)).where(events.c.user_id == user_id)
    newest = query.order_by(events.c.occurred_at.desc(), events.c.id.desc()).limit(limit)
    return [Event(*row) for row in (await connection.execute(newest)).all()]


def _happened_before(event: Event, erased: Mapping[str, datetime]) -> bool:
    return event.user_id in erased and event.occurred_at <= erased[event.user_id]


def _page(
    kind: BrowsingKind, earliest: datetime | None, last: tuple[datetime, str] | None
) -> Select[str, str, datetime, str]:
    """What follows `last` (time and id) in the order of time, ids among equal times."""
    order = events.c.occurred_at, events.c.id
    query = select(events.c.user_id, events.c.product_id, *order)
    query = query.where(events.c.kind == kind).order_by(*order)
    if last is not None:
        time, id_ = literal(last[0], events.c.occurred_at.type), literal(last[1], events.c.id.type)
        return query.where(tuple_(*order) > tuple_(time, id_))
    return query if earliest is None else query.where(events.c.occurred_at >= earliest)


def _row(event: Event, recorded_at: datetime) -> dict[str, Any]:
    return {
        "id": event.id,
        "user_id": event.user_id,
        "product_id": event.product_id,
        "kind": event.kind,
        "occurred_at": event.occurred_at,
        "recorded_at": recorded_at,
        "quantity": event.quantity,
        "price": event.price,
        "recommendation_id": event.recommendation_id,
        "order_id": event.order_id,
    }


def _insert(connection: AsyncConnection) -> ReturningInsert[str]:
    """An INSERT that passes over ids that exist and returns those that did not."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert: postgresql.Insert | sqlite.Insert = dialect.insert(events)
    return insert.on_conflict_do_nothing().returning(events.c.id)

"""Events: what shoppers did, stored once each by the client's event id."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Select, literal, select, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.database.engine import reading, writing
from adapters.database.tables import events, in_utc, metadata

EventKind = Literal["purchase", "view", "cart", "impression", "click", "hide"]
BrowsingKind = Literal["view", "cart"]

_KINDS = frozenset(get_args(EventKind))
_MAKING_TABLES = 7_021_955_002  # any number, as long as all who make these tables take the same


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
    """

    id: str
    user_id: str
    product_id: str
    kind: EventKind
    occurred_at: datetime
    quantity: int | None = None
    price: float | None = None

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

    async def add(self, new: Sequence[Event]) -> frozenset[str]:
        """Records events, all or none, and tells the ids of those that were not there before.

        An event whose id is known stays as it was first recorded, whatever else comes with the id now.
        """
        if not new:
            return frozenset()
        recorded_at = self._clock()
        # Sorted: two writers of the same events would otherwise wait for each other's.
        rows = [_row(event, recorded_at) for event in sorted(new, key=lambda event: event.id)]
        async with writing(self._engine) as connection:
            added = await connection.execute(_insert(connection), rows)
            return frozenset(added.scalars())

    async def create_tables(self) -> None:
        """Makes the tables that do not exist yet; any number of processes may do so at the same time."""
        async with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING_TABLES})"))
            await connection.run_sync(metadata.create_all)


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
    }


def _insert(connection: AsyncConnection) -> Any:  # noqa: ANN401 - the two dialects share no type of their own
    """An INSERT that passes over ids that exist and returns those that did not."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(events).on_conflict_do_nothing().returning(events.c.id)

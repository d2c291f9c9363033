"""Reading and recording of purchases."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.database import Database, insert_into
from catalog.entities import Purchase, PurchaseBody, Recorded
from catalog.ids import GUEST, derived_purchase_id
from catalog.instants import Clock, from_micros, to_micros
from catalog.repositories.stamps import next_stamp
from catalog.tables import products, purchases, users

_FEED = (
    purchases.c.id,
    purchases.c.user_id,
    purchases.c.product_id,
    purchases.c.purchased_at,
    purchases.c.quantity,
    purchases.c.unit_price,
    purchases.c.order_id,
    purchases.c.recorded_at,
    purchases.c.sequence,
)


class PurchaseRepository:
    """Reads and records purchases.

    All methods raise StorageError if the database is not usable.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, *, after: int | None, since: int | None, limit: int
    ) -> tuple[list[Purchase], int | None]:
        """Returns a page of the feed and its end position, None at the end.

        Args:
            after: sequence number of the last purchase read.
            since: earliest recording time of the first page in microseconds, inclusive.
            limit: maximum number of purchases.
        """
        query = select(*_FEED).order_by(purchases.c.sequence).limit(limit + 1)
        async with self._database.reading() as connection:
            if after is not None:
                query = query.where(purchases.c.sequence > after)
            elif since is not None:
                # Stamps never decrease, so a time is a position in the sequence.
                query = query.where(purchases.c.sequence >= await _first_recorded(connection, since))
            rows = (await connection.execute(query)).all()
        return _purchases(rows[:limit]), rows[limit - 1][-1] if len(rows) > limit else None

    async def of_user(self, user_id: str, *, since: int | None, limit: int) -> list[Purchase]:
        """Returns a user's purchases, newest first.

        Args:
            user_id: id of the user.
            since: earliest time of purchase in microseconds, inclusive.
            limit: maximum number of purchases.
        """
        newest_first = (purchases.c.purchased_at.desc(), purchases.c.sequence.desc())
        query = select(*_FEED).where(purchases.c.user_id == user_id).order_by(*newest_first).limit(limit)
        if since is not None:
            query = query.where(purchases.c.purchased_at >= since)
        async with self._database.reading() as connection:
            return _purchases((await connection.execute(query)).all())

    async def record(self, bodies: Sequence[PurchaseBody]) -> Recorded:
        """Records unknown purchases and adds their unknown users and products.

        An added product has its id as title until it is replaced. Guests are no users.
        """
        async with self._database.writing() as connection:
            recorded_at = await next_stamp(connection, purchases.c.recorded_at, self._clock)
            await self._add_unknown(connection, bodies)
            rows = [_row(body, recorded_at) for body in bodies]
            known = await _known_ids(connection, [row["id"] for row in rows])
            new = {row["id"]: row for row in reversed(rows) if row["id"] not in known}
            if new:
                await connection.execute(insert_into(connection, purchases), list(reversed(new.values())))
        return Recorded(recorded=len(new), known=len(bodies) - len(new))

    async def _add_unknown(self, connection: AsyncConnection, bodies: Iterable[PurchaseBody]) -> None:
        stamp = await next_stamp(connection, products.c.updated_at, self._clock)
        rest = {"in_stock": True, "updated_at": stamp, "attributes": "{}"}
        found = [
            {"id": id_, "title": id_, **rest} for id_ in dict.fromkeys(body.product_id for body in bodies)
        ]
        named = dict.fromkeys(body.user_id for body in bodies if body.user_id is not None)
        buyers = [{"id": id_, "preferences": "{}"} for id_ in named]
        await connection.execute(insert_into(connection, products).on_conflict_do_nothing(), found)
        if buyers:
            await connection.execute(insert_into(connection, users).on_conflict_do_nothing(), buyers)


async def _first_recorded(connection: AsyncConnection, since: int) -> int:
    later = select(purchases.c.sequence).where(purchases.c.recorded_at >= since)
    first = later.order_by(purchases.c.recorded_at, purchases.c.sequence).limit(1)
    found = (await connection.execute(first)).scalar_one_or_none()
    return 2**63 - 1 if found is None else found


async def _known_ids(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for begin in range(0, len(ids), 500):
        query = select(purchases.c.id).where(purchases.c.id.in_(ids[begin : begin + 500]))
        known.update((await connection.execute(query)).scalars())
    return known


def _row(body: PurchaseBody, recorded_at: int) -> dict[str, Any]:
    purchased_at = to_micros(body.purchased_at)
    return {
        "id": body.id
        or derived_purchase_id(
            body.user_id, body.product_id, body.order_id, purchased_at, refund=body.quantity < 0
        ),
        "user_id": body.user_id or GUEST,
        "product_id": body.product_id,
        "purchased_at": purchased_at,
        "quantity": body.quantity,
        "unit_price": body.unit_price,
        "order_id": body.order_id,
        "recorded_at": recorded_at,
    }


def _purchases(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Purchase]:
    # By position, since access by name would cost more than the query for 10,000 rows.
    return [
        Purchase(
            id_,
            user or None,
            product,
            from_micros(at),
            _number(quantity),
            price,
            order,
            from_micros(recorded),
        )
        for id_, user, product, at, quantity, price, order, recorded, _ in rows
    ]


def _number(quantity: float) -> float:
    return int(quantity) if quantity.is_integer() else quantity

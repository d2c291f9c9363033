"""Lists shoppers of whom something is stored."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from string import ascii_letters, ascii_lowercase, digits, hexdigits

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database.engine import reading
from adapters.database.tables import erasures, events, profiles

_KINDS = ("purchase", "cart", "click", "view")
_EVENTS_PER_SHOPPER = 5
"""Latest events that are read for each listed shopper. One shopper has many in a row."""

_RANDOM_CHARACTERS = 8


class ShopperListing:
    """Reads ids of shoppers, by indexes alone.

    Every method raises DatabaseError when the database fails.

    Args:
        engine: engine from `open_engine`. The caller disposes of it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def latest(self, limit: int) -> list[tuple[str, datetime]]:
        """Shoppers of the latest events with its time, newest first."""
        found: dict[str, datetime] = {}
        async with reading(self._engine) as connection:
            for kind in _KINDS:
                query = select(events.c.user_id, events.c.occurred_at).where(events.c.kind == kind)
                query = query.order_by(events.c.occurred_at.desc()).limit(limit * _EVENTS_PER_SHOPPER)
                for user_id, at in (await connection.execute(query)).all():
                    found[user_id] = max(at, found.get(user_id, at))
        return sorted(found.items(), key=lambda one: (one[1], one[0]), reverse=True)[:limit]

    async def sample(self, limit: int, random: Random, empty: bytes) -> list[str]:
        """Shoppers whose catalog record is stored, from a random one on.

        They are in the order of ids. After the last id, the list goes on with the first. Those whose record is `empty`
        are left out: somebody asked for them, and the catalog did not know them.
        """
        ids = profiles.c.user_id
        query = select(ids).where(profiles.c.content != empty).limit(limit)
        async with reading(self._engine) as connection:
            first, last = [
                (await connection.execute(select(ids).order_by(order).limit(1))).scalar()
                for order in (ids.asc(), ids.desc())
            ]
            if first is None or last is None:
                return []
            start = _between(first, last, random)
            rest = (await connection.execute(query.where(ids >= start).order_by(ids))).scalars().all()
            if len(rest) < limit:
                more = query.where(ids < start).order_by(ids)
                rest = [*rest, *(await connection.execute(more)).scalars().all()]
        return list(rest[:limit])

    async def erased(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Those of `user_ids` who were erased once."""
        query = select(erasures.c.user_id).where(erasures.c.user_id.in_(user_ids))
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(query)).scalars())


def _between(first: str, last: str, random: Random) -> str:
    """A random text between two ids, of the characters that they have."""
    pairs = enumerate(zip(first, last, strict=False))
    common = next((place for place, (one, other) in pairs if one != other), None)
    if common is None:
        return first
    kinds = (digits, hexdigits[:16], digits + ascii_lowercase)
    own = frozenset((first + last)[common:])
    alphabet = next((kind for kind in kinds if own <= frozenset(kind)), digits + ascii_letters)
    between = [char for char in alphabet if first[common] <= char <= last[common]] or [first[common]]
    return first[:common] + random.choice(between) + "".join(random.choices(alphabet, k=_RANDOM_CHARACTERS))

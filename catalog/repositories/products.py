"""Reading and writing of products."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Select, or_, select, update

from catalog.database import Database, insert_into
from catalog.entities import Product, ProductBody
from catalog.errors import NotFound
from catalog.instants import Clock, from_micros, to_micros
from catalog.repositories.stamps import next_stamp
from catalog.tables import products

_Query = Select[*tuple[Any, ...]]
_Row = Row[*tuple[Any, ...]]

_FEED = (
    products.c.id,
    products.c.title,
    products.c.description,
    products.c.category,
    products.c.brand,
    products.c.price,
    products.c.currency,
    products.c.in_stock,
    products.c.image_url,
    products.c.created_at,
    products.c.updated_at,
    products.c.attributes,
    products.c.deleted_at,
)


class ProductRepository:
    """Reads and writes products.

    All methods raise StorageError if the database is not usable.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, *, after: tuple[int, str] | None, updated_since: int | None, limit: int
    ) -> tuple[list[Product], tuple[int, str] | None]:
        """Returns a page of the feed and its end position, None at the end.

        Args:
            after: `updated_at` (microseconds) and id of the last product read.
            updated_since: start of the first page in microseconds, inclusive.
            limit: maximum number of products.
        """
        query = select(*_FEED).order_by(products.c.updated_at, products.c.id).limit(limit + 1)
        rows = await self._rows(_from_position(query, after, updated_since))
        found = [_product(row) for row in rows[:limit]]
        if len(rows) <= limit:
            return found, None
        return found, (rows[limit - 1].updated_at, rows[limit - 1].id)

    async def by_ids(self, ids: Iterable[str]) -> list[Product]:
        """Returns the existing products among `ids`, including deleted ones."""
        rows = await self._rows(select(*_FEED).where(products.c.id.in_(list(ids))).order_by(products.c.id))
        return [_product(row) for row in rows]

    async def put(self, product_id: str, body: ProductBody) -> tuple[Product, bool]:
        """Creates or replaces a product, and restores a deleted one.

        Returns:
            The product, and True if it is new.
        """
        async with self._database.writing() as connection:
            stamp = await next_stamp(connection, products.c.updated_at, self._clock)
            known = (
                await connection.execute(select(products.c.created_at).where(products.c.id == product_id))
            ).one_or_none()
            created_at = to_micros(body.created_at) if body.created_at else (known[0] if known else stamp)
            values = _columns(body) | {"created_at": created_at, "updated_at": stamp, "deleted_at": None}
            insert = insert_into(connection, products).values(id=product_id, **values)
            await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))
            row = (await connection.execute(select(*_FEED).where(products.c.id == product_id))).one()
        return _product(row), known is None

    async def delete(self, product_id: str) -> None:
        """Marks a product as deleted, unless it is deleted already.

        Raises:
            NotFound: unknown product.
        """
        async with self._database.writing() as connection:
            stamp = await next_stamp(connection, products.c.updated_at, self._clock)
            deleted_at = (
                await connection.execute(select(products.c.deleted_at).where(products.c.id == product_id))
            ).one_or_none()
            if deleted_at is None:
                raise NotFound(f"product {product_id!r} does not exist")
            if deleted_at[0] is None:
                change = update(products).where(products.c.id == product_id)
                await connection.execute(change.values(deleted_at=stamp, updated_at=stamp))

    async def _rows(self, query: _Query) -> Sequence[_Row]:
        async with self._database.reading() as connection:
            return (await connection.execute(query)).all()


def _from_position(query: _Query, after: tuple[int, str] | None, updated_since: int | None) -> _Query:
    if after is not None:
        stamp, product_id = after
        # The first condition lets both databases start at the right position of the index.
        behind = or_(products.c.updated_at > stamp, products.c.id > product_id)
        return query.where(products.c.updated_at >= stamp, behind)
    if updated_since is not None:
        return query.where(products.c.updated_at >= updated_since)
    return query


def _columns(body: ProductBody) -> dict[str, Any]:
    return {
        "title": body.title,
        "description": body.description,
        "category": body.category,
        "brand": body.brand,
        "price": body.price,
        "currency": body.currency,
        "in_stock": body.in_stock,
        "image_url": body.image_url,
        "attributes": msgspec.json.encode(body.attributes).decode(),
    }


def _product(row: _Row) -> Product:
    (id_, title, description, category, brand, price, currency, in_stock, image_url) = row[:9]
    created_at, updated_at, attributes, deleted_at = row[9:]
    return Product(
        id=id_,
        title=title,
        description=description,
        category=category,
        brand=brand,
        price=price,
        currency=currency,
        in_stock=in_stock,
        image_url=image_url,
        created_at=None if created_at is None else from_micros(created_at),
        updated_at=from_micros(updated_at),
        attributes=msgspec.Raw(attributes.encode()),
        deleted_at=None if deleted_at is None else from_micros(deleted_at),
    )

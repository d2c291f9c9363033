"""Merging of staged rows into the catalog, under the writer lock."""

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Table, delete, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.database import insert_into
from catalog.ids import GUEST
from catalog.tables import products, purchases, staged_products, staged_purchases, staged_users, users

_ROWS_AT_ONCE = 50_000

_PURCHASE_FIELDS = ("id", "user_id", "product_id", "purchased_at", "quantity", "unit_price", "order_id")


async def merge_products(connection: AsyncConnection, given: Iterable[str], stamp: int) -> int:
    """Adds the products of product files and updates the columns `given` of known ones.

    Returns:
        Number of new or changed products.
    """
    fixed = {"updated_at": stamp, "deleted_at": None}
    return await _upsert(connection, products, staged_products, given, fixed, staged_products.c.listed)


async def add_bought_products(connection: AsyncConnection, stamp: int) -> int:
    """Adds unknown products that only purchases name and returns their number."""
    names = _fields(staged_products)
    source = select(*(staged_products.c[name] for name in names), literal(stamp)).where(
        ~staged_products.c.listed, staged_products.c.id.not_in(select(products.c.id))
    )
    insert = insert_into(connection, products).from_select([*names, "updated_at"], source)
    return (await connection.execute(insert)).rowcount


async def merge_users(connection: AsyncConnection, given: Iterable[str]) -> int:
    """Adds the staged users and updates the columns `given` of known ones.

    Returns:
        Number of new or changed users.
    """
    return await _upsert(connection, users, staged_users, given, {}, true())


async def add_unknown_users(connection: AsyncConnection) -> int:
    """Adds users that only purchases name and returns their number. Guests are no users."""
    named = staged_purchases.c.user_id
    source = select(named, literal("{}")).distinct().where(named != GUEST, named.not_in(select(users.c.id)))
    insert = insert_into(connection, users).from_select(["id", "preferences"], source)
    return (await connection.execute(insert)).rowcount


async def merge_purchases(
    connection: AsyncConnection, recorded_at: int, advance: Callable[[int], None]
) -> int:
    """Adds the staged purchases in order.

    A changed purchase is recorded again, so that readers of the feed see the change.

    Returns:
        Number of new or changed purchases.
    """
    same = purchases.c.id == staged_purchases.c.id
    differs = or_(*_differences(purchases, staged_purchases, _PURCHASE_FIELDS[1:]))
    changed = select(purchases.c.id).join(staged_purchases, same).where(differs)
    await connection.execute(delete(purchases).where(purchases.c.id.in_(changed)))
    last = (await connection.execute(select(func.max(staged_purchases.c.row)))).scalar_one() or 0
    added = 0
    for begin in range(0, last, _ROWS_AT_ONCE):
        added += await _add_purchases(connection, begin, min(begin + _ROWS_AT_ONCE, last), recorded_at)
        advance(min(_ROWS_AT_ONCE, last - begin))
    return added


async def _add_purchases(connection: AsyncConnection, after: int, last: int, recorded_at: int) -> int:
    row = staged_purchases.c.row
    columns = [staged_purchases.c[name] for name in _PURCHASE_FIELDS]
    source = select(*columns, literal(recorded_at)).where(row > after, row <= last).order_by(row)
    insert = insert_into(connection, purchases).from_select([*_PURCHASE_FIELDS, "recorded_at"], source)
    return (await connection.execute(insert.on_conflict_do_nothing())).rowcount


async def _upsert(
    connection: AsyncConnection,
    target: Table,
    source: Table,
    given: Iterable[str],
    fixed: dict[str, int | None],
    which: ColumnElement[bool],
) -> int:
    names = _fields(source)
    rows = select(*(source.c[name] for name in names), *(literal(value) for value in fixed.values()))
    insert = insert_into(connection, target).from_select(
        [*names, *fixed], rows.where(which, source.c.row > 0)
    )
    changeable = [name for name in given if name != "id"]
    changes: dict[str, object] = {**{name: insert.excluded[name] for name in changeable}, **fixed}
    differences = [target.c[name].is_distinct_from(insert.excluded[name]) for name in changeable]
    if "deleted_at" in fixed:
        differences.append(target.c.deleted_at.is_not(None))
    if not differences:
        return (await connection.execute(insert.on_conflict_do_nothing())).rowcount
    upsert = insert.on_conflict_do_update(index_elements=["id"], set_=changes, where=or_(*differences))
    return (await connection.execute(upsert)).rowcount


def _fields(staged: Table) -> list[str]:
    return [column.name for column in staged.columns if column.name not in {"row", "listed"}]


def _differences(left: Table, right: Table, names: Iterable[str]) -> list[ColumnElement[bool]]:
    return [left.c[name].is_distinct_from(right.c[name]) for name in names]

"""Dates for demonstrations: old data as if they ended yesterday."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.instants import from_micros, to_micros
from catalog.tables import staged_products, staged_purchases
from command_line.plurals import counted

_DAY = 86_400_000_000


async def use_demo_dates(connection: AsyncConnection, now: datetime) -> str | None:
    """Moves all staged dates by whole days.

    The last purchase was then yesterday (UTC). Products without `created_at` get the time of their first sale.

    Returns:
        A notice for the user. None without purchases.
    """
    bought_at, created_at = staged_purchases.c.purchased_at, staged_products.c.created_at
    latest = (await connection.execute(select(func.max(bought_at)))).scalar()
    if latest is None:
        return None
    today = to_micros(now.replace(hour=0, minute=0, second=0, microsecond=0))
    days = (today - 1 - latest) // _DAY
    await connection.execute(update(staged_purchases).values(purchased_at=bought_at + days * _DAY))
    await connection.execute(
        update(staged_products)
        .values(created_at=created_at + days * _DAY)
        .where(created_at.is_not(None), created_at < to_micros(now) - days * _DAY)
    )
    product_id = staged_purchases.c.product_id
    first = select(product_id, func.min(bought_at).label("sold_at")).group_by(product_id).subquery()
    await connection.execute(
        update(staged_products)
        .values(created_at=first.c.sold_at)
        .where(staged_products.c.id == first.c.product_id, created_at.is_(None))
    )
    ends = from_micros(latest) + timedelta(days=days)
    return (
        f"Dates were moved by {counted(days, 'day')}, so that the data end yesterday ({ends:%Y-%m-%d}). "
        "Products without a date of their own count as added at their first sale"
    )

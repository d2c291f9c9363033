"""Purchases of a catalog."""

from datetime import datetime

from adapters.catalog import Purchase


def recorded_purchase(
    purchase_id: str, user_id: str, product_id: str, at: datetime, order_id: str | None = None
) -> Purchase:
    """A purchase that was recorded when it was made."""
    return Purchase(
        id=purchase_id,
        user_id=user_id,
        product_id=product_id,
        purchased_at=at,
        recorded_at=at,
        order_id=order_id,
    )

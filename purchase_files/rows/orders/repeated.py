"""Orders whose ids a till gives out again."""

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.source import LINE

_MIN_ROWS = 100
_GAP_MINUTES = 10
"""Longest time between two lines of one order, where ids are given out again."""


def tell_orders_apart(connection: Connection) -> list[str]:
    """Adds the time to ids of orders that tills give out again.

    Ids are given out again if most ids of several lines are on two days or more, and of several shoppers or of guests.
    Elsewhere they stay, because a line may be delivered days later. Returns are matched before.

    Returns:
        A sentence for the preview, if ids were changed.
    """
    if "order_id" not in engine.columns(connection, "purchase_rows") or not _are_given_again(connection):
        return []
    engine.replace_columns(connection, "purchase_rows", {"order_id": ("VARCHAR", "order_id")})
    connection.execute(
        f"""UPDATE purchase_rows SET order_id = told.order_id FROM (
            SELECT id, concat(order_id, ' ', strftime(first_value(purchased_at) OVER (
                PARTITION BY user_id, order_id, number ORDER BY purchased_at), '%Y-%m-%dT%H:%M:%S')) AS order_id
            FROM (SELECT *, sum(opens) OVER (
                    PARTITION BY user_id, order_id ORDER BY purchased_at, {LINE} ROWS UNBOUNDED PRECEDING) AS number
                FROM (SELECT rowid AS id, user_id, order_id, purchased_at, {LINE}, (coalesce(
                        purchased_at - lag(purchased_at) OVER (
                            PARTITION BY user_id, order_id ORDER BY purchased_at, {LINE})
                        > INTERVAL {_GAP_MINUTES} MINUTE, false))::INTEGER AS opens
                    FROM purchase_rows WHERE reason IS NULL AND order_id IS NOT NULL))
        ) told WHERE told.id = purchase_rows.rowid"""
    )
    return [
        f"Ids of orders come again on other days: lines {_GAP_MINUTES} minutes apart are of different orders"
    ]


def _are_given_again(connection: Connection) -> bool:
    """Returns whether most ids are on several days, and of several shoppers."""
    rows, several, again = engine.row(
        connection,
        """SELECT coalesce(sum(rows), 0), count(*), count(*) FILTER (last - first >= INTERVAL 1 DAY AND NOT is_one)
        FROM (
            SELECT count(*) AS rows, min(purchased_at) AS first, max(purchased_at) AS last,
                count(user_id) = count(*) AND min(user_id) = max(user_id) AS is_one
            FROM purchase_rows WHERE reason IS NULL AND order_id IS NOT NULL AND quantity > 0 GROUP BY order_id
        ) WHERE rows > 1""",
    )
    return bool(rows >= _MIN_ROWS and again > several / 2)

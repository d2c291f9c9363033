"""Netting of returns: what was brought back was not bought."""

from purchase_files.engine import Connection, row
from purchase_files.formats.source import LINE

RETURNED = "bought and returned"
RETURN = "return of a purchase"
UNMATCHED = "return of something never bought"

_KEY = "coalesce(user_id, 'order ' || order_id)"


def net_returns(connection: Connection) -> None:
    """Takes returns off the purchases of the same shopper and product.

    A guest's returns are taken off the same order.

    A shopper's returns are taken off the purchases of the same order first, then off the latest ones up to the last
    return. Then each return, and each purchase that is returned in full, has a reason to be left out.
    """
    if not row(connection, "SELECT count(*) FROM purchase_rows WHERE reason IS NULL AND quantity < 0")[0]:
        return
    connection.execute(
        f"""CREATE OR REPLACE TABLE returned AS
        SELECT {_KEY} AS owner, product_id, sum(-quantity) AS total, max(purchased_at) AS last,
               list(DISTINCT order_id) AS orders
        FROM purchase_rows WHERE reason IS NULL AND quantity < 0 GROUP BY ALL"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE netted AS
        SELECT p.rowid AS id, owner, product_id, least(quantity, greatest(0, sum(quantity) OVER (
                   PARTITION BY owner, product_id
                   ORDER BY coalesce(list_contains(orders, order_id), false) DESC, purchased_at DESC,
                            file DESC, {LINE} DESC
                   ROWS UNBOUNDED PRECEDING) - total)) AS kept
        FROM (SELECT rowid, *, {_KEY} AS owner FROM purchase_rows) p JOIN returned USING (owner, product_id)
        WHERE reason IS NULL AND quantity > 0 AND (list_contains(orders, order_id) OR purchased_at <= last)"""
    )
    connection.execute(
        f"""UPDATE purchase_rows SET reason = CASE WHEN EXISTS (
                SELECT 1 FROM netted n WHERE n.owner = {_KEY} AND n.product_id = purchase_rows.product_id
            ) THEN '{RETURN}' ELSE '{UNMATCHED}' END
        WHERE reason IS NULL AND quantity < 0"""
    )
    connection.execute(
        f"""UPDATE purchase_rows SET quantity = CASE WHEN kept > 0 THEN kept ELSE quantity END,
                   reason = CASE WHEN kept > 0 THEN NULL ELSE '{RETURNED}' END
        FROM netted WHERE netted.id = purchase_rows.rowid"""
    )

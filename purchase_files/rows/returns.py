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
    connection.execute(
        f"""CREATE OR REPLACE TABLE return_rows AS
        SELECT rowid AS id, {_KEY} AS owner, product_id, order_id, purchased_at, quantity
        FROM purchase_rows WHERE reason IS NULL AND quantity < 0"""
    )
    if not row(connection, "SELECT count(*) FROM return_rows")[0]:
        return
    connection.execute(
        """CREATE OR REPLACE TABLE returned AS
        SELECT owner, product_id, sum(-quantity) AS total, max(purchased_at) AS last FROM return_rows GROUP BY ALL"""
    )
    connection.execute(
        """CREATE OR REPLACE TABLE returned_orders AS SELECT DISTINCT owner, product_id, order_id, true AS of_return
        FROM return_rows WHERE order_id IS NOT NULL"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE netted AS
        SELECT id, owner, product_id, least(quantity, greatest(0, sum(quantity) OVER (
                   PARTITION BY owner, product_id
                   ORDER BY coalesce(of_return, false) DESC, purchased_at DESC, file DESC, {LINE} DESC
                   ROWS UNBOUNDED PRECEDING) - total)) AS kept
        FROM (SELECT rowid AS id, {_KEY} AS owner, * FROM purchase_rows WHERE reason IS NULL AND quantity > 0)
        JOIN returned USING (owner, product_id)
        LEFT JOIN returned_orders USING (owner, product_id, order_id)
        WHERE of_return OR purchased_at <= last"""
    )
    connection.execute(
        f"""UPDATE purchase_rows SET quantity = coalesce(changed.quantity, purchase_rows.quantity),
                   reason = changed.reason
        FROM (
            SELECT id, NULL AS quantity,
                   CASE WHEN matched.owner IS NULL THEN '{UNMATCHED}' ELSE '{RETURN}' END AS reason
            FROM return_rows LEFT JOIN (SELECT DISTINCT owner, product_id FROM netted) matched USING (owner, product_id)
            UNION ALL
            SELECT id, nullif(kept, 0), CASE WHEN kept = 0 THEN '{RETURNED}' END FROM netted
        ) changed WHERE changed.id = purchase_rows.rowid"""
    )

"""Purchases, products and users that the reader found in files."""

from collections.abc import Iterator

import pyarrow as pa

from command_line.temporary_folders import TemporaryFolder
from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.preview import Preview
from purchase_files.rows.purchase_rows import purchases_sql
from purchase_files.values.markup import as_text

BATCH_ROWS = 65_536
"""Maximum number of rows in a batch."""


class PurchaseData:
    """Purchases, products and users of files that were read and checked.

    Attributes:
        preview: facts about the files.
    """

    def __init__(
        self, connection: Connection, preview: Preview, folder: TemporaryFolder, *, has_users: bool
    ) -> None:
        self.preview = preview
        self._connection = connection
        self._folder = folder
        self._has_users = has_users

    def __enter__(self) -> "PurchaseData":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Releases memory and temporary files."""
        self._connection.close()
        self._folder.cleanup()

    def purchases(self) -> Iterator[pa.RecordBatch]:
        """Yields the purchases in the order of the files.

        Columns: user_id (null for a guest), product_id, purchased_at (timestamp[us, UTC]), quantity (above 0),
        order_id, price (of one piece), currency, purchase_id (id of the purchase, if the file has one).
        """
        return self._batches(purchases_sql(self._connection))

    def products(self) -> Iterator[pa.RecordBatch]:
        """Yields the products.

        Columns: product_id, title (null if unknown), listed (true for those of files of products), and those that are
        known of description, category, brand, price, currency, image_url, in_stock, created_at (timestamp[us, UTC]) and
        attributes (a JSON object).
        """
        return map(
            as_text,
            self._batches("SELECT * EXCLUDE (first_row) FROM products ORDER BY first_row, product_id"),
        )

    def users(self) -> Iterator[pa.RecordBatch]:
        """Yields the users of files of users.

        Columns: user_id, and those that are known of preferences, locale and created_at (timestamp[us, UTC]).
        """
        return self._batches("SELECT * FROM users") if self._has_users else iter(())

    def repeated(self) -> int:
        """Returns the number of purchases that repeat another one.

        They have the same shopper, product and order, or time. Purchases with ids of their own are not among them.
        """
        [rows] = engine.row(
            self._connection,
            "SELECT count(*) - count(DISTINCT (user_id, product_id, order_id, CASE WHEN order_id IS NULL THEN "
            f"purchased_at END)) FROM ({purchases_sql(self._connection)}) WHERE purchase_id IS NULL",
        )
        return int(rows)

    def _batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        yield from self._connection.cursor().query(statement).to_arrow_reader(BATCH_ROWS)

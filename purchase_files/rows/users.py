"""Users, from their own files."""

from collections.abc import Sequence

from purchase_files.engine import Connection
from purchase_files.options import ReadingOptions
from purchase_files.values.dates import optional_times
from purchase_files.values.hashing import hash_users
from purchase_files.values.ids import id_of


def build_users(connection: Connection, fields: Sequence[str], options: ReadingOptions) -> bool:
    """Creates the table `users`, and returns whether there is any.

    `fields` are those of the table `users_texts`.
    """
    if "user_id" not in fields:
        return False
    key = id_of(connection, "users_texts", "user_id", of_person=True)
    columns = [f"{key} AS user_id"]
    columns += [field for field in ("preferences", "locale") if field in fields]
    if "product_created_at" in fields:
        created = optional_times(connection, "users_texts", "product_created_at", options)
        columns.append(f"{created} AS created_at")
    connection.execute(
        f"CREATE OR REPLACE TABLE users AS SELECT {', '.join(columns)} FROM users_texts WHERE {key} IS NOT NULL"
    )
    if options.hash_key is not None:
        hash_users(connection, "users", options.hash_key)
    return True

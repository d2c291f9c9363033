"""Keyed hashes in place of shoppers' ids."""

import hashlib
import hmac

import pyarrow as pa

from purchase_files.engine import Connection
from purchase_files.values.ids import encode

_CHARACTERS = 32


def shopper_id(id_: str, key: bytes | None) -> str:
    """Returns a shopper's id in the catalog.

    It is hashed if there is a key.
    """
    written = encode(id_.lower() if "@" in id_ else id_)
    return written if key is None else _hash(written, key)


def hash_users(connection: Connection, table: str, key: bytes) -> None:
    """Replaces the column `user_id` of a table by HMAC-SHA256.

    The hash is shortened to 128 bits in hexadecimal. The same id has the same hash under the same key, in every file.
    """
    found = connection.execute(f"SELECT DISTINCT user_id FROM {table} WHERE user_id IS NOT NULL").fetchall()
    ids = [id_ for (id_,) in found]
    hashes = [_hash(id_, key) for id_ in ids]
    connection.register(
        "user_hashes", pa.table({"id": pa.array(ids, pa.string()), "hash": pa.array(hashes, pa.string())})
    )
    connection.execute(f"UPDATE {table} SET user_id = hash FROM user_hashes WHERE user_id = id")
    connection.unregister("user_hashes")


def _hash(id_: str, key: bytes) -> str:
    return hmac.new(key, id_.encode(), hashlib.sha256).hexdigest()[:_CHARACTERS]

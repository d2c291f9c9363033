"""Shoppers of their own files, and placeholders in place of them, such as `guest`."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.options import ReadingOptions
from purchase_files.values.dates import optional_times
from purchase_files.values.distinct import distinct_values, holds
from purchase_files.values.hashing import hash_users
from purchase_files.values.ids import id_of

_WORDS = (
    "guest", "guests", "guest user", "guest customer", "guest checkout", "guestcheckout", "anonymous", "anonymous user",
    "anonym", "anonymus", "anon", "not logged in", "no customer", "no user", "no account", "not registered",
    "unregistered", "walk-in", "walk in", "walkin", "walk-in customer", "walk in customer", "cash customer",
    "cash sale", "default customer", "general customer", "gast", "gastkunde", "gastbestellung", "laufkunde",
    "barverkauf", "barverkauf kunde", "invité", "invite", "anonyme", "client de passage", "client comptoir",
    "client anonyme", "invitado", "anónimo", "anonimo", "consumidor final", "cliente ocasional", "público general",
    "publico general", "publico en general", "público en general", "ospite", "cliente occasionale", "convidado",
    "anônimo", "consumidor", "gość", "gosc", "gæst", "gjest", "gäst", "vieras", "misafir", "гость", "ゲスト",
    "非会員", "游客", "访客", "散客", "匿名",
)  # fmt: skip
_SUSPECTS = (
    "-?0+(\\.0)?|-1(\\.0)?|9{5,}|x{3,}|test|admin|pos|shop|store|till|kasse|customer|client|kunde|user"
    "|(guest|anon|anonymous|no-?reply|no-?e?-?mail|noone|nobody|unknown|walk-?in|pos|test|none)@.+"
)
_LARGE_SHARE = 0.05
_TIMES_THE_NEXT = 3
_MIN_ROWS = 20


def find_placeholders(connection: Connection) -> dict[str, int]:
    """Returns the values of users that stand for guests, with their number of rows.

    Values are in lower case. A word such as `guest` always stands for guests. A suspect such as `0` does if it has far
    more rows than any shopper.
    """
    values = distinct_values(connection, "purchase_texts", "user_id")
    word = f"lower(v) IN ({engine.texts(_WORDS)})"
    suspect = f"regexp_full_match(lower(v), {engine.text(_SUSPECTS)})"
    if not any(holds(connection, values, word, suspect)):
        return {}
    counts = "(SELECT lower(user_id) AS v, count(*) AS n FROM purchase_texts WHERE v IS NOT NULL GROUP BY 1)"
    largest, rows = engine.row(
        connection,
        f"SELECT coalesce(max(n) FILTER (NOT ({word} OR {suspect})), 0), sum(n) FROM {counts}",
    )
    least = max(_MIN_ROWS, _LARGE_SHARE * rows, _TIMES_THE_NEXT * largest)
    found = connection.execute(
        f"SELECT v, n FROM {counts} WHERE {word} OR ({suspect} AND n > {least}) ORDER BY n DESC, v"
    ).fetchall()
    return dict(found)


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

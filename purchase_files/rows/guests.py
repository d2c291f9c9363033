"""Placeholders in place of shoppers, such as `guest`."""

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.values.distinct import distinct_values, holds

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

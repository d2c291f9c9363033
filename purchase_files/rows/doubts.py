"""Signs that a column holds something else than its name says."""

import shlex
from collections.abc import Mapping, Sequence

from purchase_files import engine
from purchase_files.columns.recognition import Recognized
from purchase_files.engine import Connection, row
from purchase_files.rows.facts import Kept
from purchase_files.values.ids import decode, decoded
from purchase_files.vocabulary.names import ranks_of

_COPIED, _MIN_COPIED = 0.5, 10
_MIN_ROWS = 100
_SAMPLE = 50_000
_MANY_TITLES = 2.0
_MOST = 0.95
_MIN_OWNERS = 50
_FALSE_LETTERS = "Ã[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€]|â€|Â[\u00a0-\u00bf]"
"""UTF-8 that was read as cp1252: `CafÃ©`."""

_IN_TWO_FORMS = 0.005
_COMPARED = 20_000
"""Rows in which shoppers are compared, of all places of a file."""
_ADDED_ZEROS = (".0", ",0", ".00", ",00")
_ADDED_SIGNS = " .,'\"`’#+_-\u00a0\u202f"
"""What programs add to ids, as in `10,183` and `#10183`."""


def find_doubts(connection: Connection, recognized: Sequence[Recognized], kept: Kept) -> list[str]:
    """Returns sentences about columns that may be the wrong ones."""
    columns = {
        field: table.source.columns[index]
        for table in reversed(recognized)
        if table.role == "purchases"
        for field, index in table.fields.items()
    }
    doubts = [
        *_copied_files(connection, recognized, kept.purchases),
        *_false_letters(connection),
        *_two_forms(
            connection,
            f"purchase_rows WHERE rowid % {max(1, kept.purchases // _COMPARED)} = 0",
            "user_id",
            "shoppers",
        ),
        *_two_forms(connection, "products", "product_id", "products"),
    ]
    rows = kept.purchases
    if rows < _MIN_ROWS or not {"product_id", "title"} & columns.keys():
        return doubts
    return doubts + (
        _swapped(connection, columns)
        or _lines_as_products(connection, recognized, columns, rows)
        or _orders_as_shoppers(columns, kept)
    )


def _copied_files(connection: Connection, recognized: Sequence[Recognized], rows: int) -> list[str]:
    """Returns a sentence for each file with mostly the purchases of another."""
    if sum(table.role == "purchases" for table in recognized) < 2:
        return []
    purchase = "hash(user_id, order_id, product_id, purchased_at)"
    bought = f"(SELECT file, {purchase} AS purchase FROM purchase_rows WHERE reason IS NULL)"
    small = (
        "(SELECT file FROM (SELECT file, sum(count(*)) OVER (ORDER BY count(*), file) AS upto "
        f"FROM {bought} GROUP BY 1) WHERE upto <= {_SAMPLE})"
    )
    sampled = f"purchase % {max(1, rows // _SAMPLE)} = 0"  # of a small file, it would be too few
    found = connection.execute(
        f"""SELECT path, count(*) AS rows, count(*) FILTER (len(files) > 1) AS shared
        FROM (SELECT purchase, list(DISTINCT file) AS files FROM {bought}
            WHERE {sampled} OR purchase IN (SELECT purchase FROM {bought} WHERE file IN {small})
            GROUP BY 1), unnest(files) AS each(path)
        WHERE {sampled} OR path IN {small}
        GROUP BY 1 HAVING shared > {_COPIED} * rows AND (rows >= {_MIN_COPIED} OR shared = rows AND rows > 1)
        ORDER BY 1"""
    ).fetchall()
    paths = [recognized[number].source.path for number, _, _ in found]
    return [f"Most purchases of {path} are in another file, too, and count twice" for path in paths]


def _swapped(connection: Connection, columns: Mapping[str, str]) -> list[str]:
    """Returns a sentence if ids of shoppers and products look swapped.

    Products then have several titles each, or orders several shoppers and one product.
    """
    if not {"user_id", "product_id"} <= columns.keys():
        return []
    if "title" in columns:
        [titles] = row(
            connection,
            "SELECT count(DISTINCT (product_id, title)) / greatest(1, count(DISTINCT product_id)) "
            "FROM bought_descriptions WHERE kept > 0 AND title IS NOT NULL",
        )
        if titles < _MANY_TITLES:
            return []
        [per_shopper] = row(
            connection,
            f"SELECT count(DISTINCT (user_id, title)) / greatest(1, count(DISTINCT user_id)) FROM {_sample()}",
        )
        said = f"A product has {titles:.1f} titles on average, and a shopper {per_shopper:.1f}"
        if per_shopper >= titles / 2:
            return [f"{said}. If another column holds the ids of products, name it: --map product_id=COLUMN"]
    else:
        shoppers, products = row(
            connection,
            "SELECT coalesce(avg(shoppers), 0), coalesce(avg(products), 0) FROM ("
            "SELECT count(DISTINCT user_id) AS shoppers, "
            f"count(DISTINCT product_id) AS products FROM {_sample()} WHERE order_id IS NOT NULL GROUP BY order_id)",
        )
        if shoppers < _MANY_TITLES / 2 + 1 / 4 or products > shoppers / 2 + 3 / 4:
            return []
        said = f"An order has {shoppers:.1f} shoppers on average, and {products:.1f} products"
    options = _options({"user_id": columns["product_id"], "product_id": columns["user_id"]})
    return [f"{said}: the columns of shoppers and products look swapped. {options} swaps them"]


def _lines_as_products(
    connection: Connection, recognized: Sequence[Recognized], columns: Mapping[str, str], rows: int
) -> list[str]:
    """Returns a sentence if nearly every row has its own product."""
    products, titles = row(
        connection,
        "SELECT count(DISTINCT product_id), count(DISTINCT title) FROM bought_descriptions WHERE kept > 0"
        if "title" in columns
        else "SELECT count(DISTINCT product_id), 0 FROM bought_descriptions WHERE kept > 0",
    )
    if "product_id" not in columns or products < _MOST * rows or titles > products / 2:
        return []
    said = f"Nearly every row has a product of its own, so {columns['product_id']} may number lines"
    if titles:
        return [f"{said}. {_options({'product_id': columns['title']})} takes titles for ids"]
    other = _other_products(recognized)
    if other is None:
        return [f"{said}. If another column holds products, name it: --map product_id=COLUMN"]
    return [f"{said}. {_options({'product_id': other})} takes {other} for products"]


def _other_products(recognized: Sequence[Recognized]) -> str | None:
    """The unused column of purchases whose name is best known for products."""
    known = [
        (rank, column)
        for table in recognized
        if table.role == "purchases"
        for column in (table.source.columns[index] for index in table.unused)
        if (rank := ranks_of(column).get("product_id")) is not None
    ]
    return min(known)[1] if known else None


def _orders_as_shoppers(columns: Mapping[str, str], kept: Kept) -> list[str]:
    """Returns a sentence if shoppers look like orders, or bought once only."""
    shoppers, once = kept.shoppers, kept.once
    several = shoppers - once
    if shoppers < _MIN_OWNERS:
        return []
    # Made-up days of files without dates are all the same.
    if (
        len(kept.days) > 1
        and "order_id" not in columns
        and several >= _MIN_OWNERS
        and kept.at_once >= _MOST * several
    ):
        options = _options({"order_id": columns["user_id"], "user_id": ""})
        return [
            f"Shoppers bought at one moment only, as orders do. If {columns['user_id']} holds orders, add {options}"
        ]
    if once >= _MOST * shoppers and shoppers >= _MOST * kept.purchases / 2:
        return [
            f"{once / shoppers:.0%} of the shoppers bought once, so tastes cannot be learned. If another column tells "
            "shoppers apart, name it with --map user_id=COLUMN"
        ]
    return []


def _false_letters(connection: Connection) -> list[str]:
    found = connection.execute(
        f"SELECT title FROM products WHERE regexp_matches(title, {engine.text(_FALSE_LETTERS)}) "
        "ORDER BY first_row LIMIT 1"
    ).fetchone()
    if found is None:
        return []
    return [
        f"Titles such as {found[0]!r} were damaged before: UTF-8 was read as another encoding. "
        "Export them again, as UTF-8"
    ]


def _two_forms(connection: Connection, source: str, column: str, owners: str) -> list[str]:
    """Returns a sentence if ids differ only in what programs add or cut.

    An example is zeros before them.
    """
    plain = f"CASE WHEN contains({column}, '~') THEN {decoded(column)} ELSE {column} END"
    whole = " ".join(
        f"WHEN ends_with({column}, '{zeros}') THEN left({column}, -{len(zeros)})" for zeros in _ADDED_ZEROS
    )
    form = f"ltrim(translate(lower(CASE {whole} ELSE {plain} END), {engine.text(_ADDED_SIGNS)}, ''), '0')"
    twice, ids, first, second = row(
        connection,
        f"""SELECT count(*) FILTER (ids > 1), sum(ids), min(first) FILTER (ids > 1),
            min_by(last, first) FILTER (ids > 1)
        FROM (SELECT count(*) AS ids, min({column}) AS first, max({column}) AS last
            FROM (SELECT DISTINCT {column} FROM {source}) WHERE {column} IS NOT NULL GROUP BY {form})""",
    )
    if twice < 2 or twice < _IN_TWO_FORMS * ids:
        return []
    return [
        f"At least {twice:,} {owners} look like two each, as {decode(first)!r} and {decode(second)!r} do. "
        "Export all rows with the same form of ids, without a spreadsheet in between"
    ]


def _sample() -> str:
    return f"(SELECT * FROM purchase_rows WHERE reason IS NULL LIMIT {_SAMPLE})"


def _options(mapping: Mapping[str, str]) -> str:
    return " ".join(f"--map {shlex.quote(f'{field}={column}')}" for field, column in mapping.items())

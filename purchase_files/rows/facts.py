"""Facts about the rows for the preview."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.formats.reshaped.converted import ConvertedFile
from purchase_files.formats.reshaped.grouped import HEADING, SUM
from purchase_files.formats.source import LINE, MAX_TEXT
from purchase_files.formats.text.headers import REPEATED_HEADER
from purchase_files.formats.text.separated import FOOTER, SeparatedFile
from purchase_files.preview import Example, LeftOut
from purchase_files.rows.blank_cells import FROM_ABOVE
from purchase_files.rows.reasons import TOTALS, UNREADABLE
from purchase_files.rows.texts import Table, text_of_line
from purchase_files.values.cleaning import ERRORS
from purchase_files.values.distinct import counted_values

_EXAMPLES = 3
_EMAIL = "'.+@.+\\..+'"


@dataclass(frozen=True)
class Kept:
    """Numbers of the purchases that are kept.

    Attributes:
        purchases: all purchases.
        guests: those of no known shopper.
        first: time of the first one, or None.
        last: time of the last one, or None.
        shoppers: shoppers with purchases.
        largest: the shopper with most of them, or None.
        most: purchases of this shopper.
        once: shoppers with one purchase.
        at_once: shoppers with several purchases, all at one time.
        emails: shoppers whose ids are e-mail addresses.
        free: purchases with price 0.
        future: purchases that lie in the future.
        ordered: purchases with an order id.
        days: purchases of each day of a row with a time, 0 if none is kept.
    """

    purchases: int
    guests: int
    first: datetime | None
    last: datetime | None
    shoppers: int
    largest: str | None
    most: int
    once: int
    at_once: int
    emails: int
    free: int
    future: int
    ordered: int
    days: dict[date, int]

    @property
    def by_month(self) -> tuple[tuple[str, int], ...]:
        """Purchases by month, in order."""
        months = Counter[str]()
        for day, purchases in self.days.items():
            months[f"{day:%Y-%m}"] += purchases
        return tuple(sorted((month, rows) for month, rows in months.items() if rows))


def count_kept(connection: Connection) -> Kept:
    """Counts the purchases that are kept."""
    # Adding up the sums of each shopper is faster than all rows.
    of_shoppers = engine.row(
        connection,
        f"""SELECT coalesce(sum(purchases), 0)::BIGINT, coalesce(sum(purchases) FILTER (user_id IS NULL), 0)::BIGINT,
            min(first), max(last), count(user_id), min_by(user_id, (-purchases, user_id)) FILTER (user_id IS NOT NULL),
            coalesce(max(purchases) FILTER (user_id IS NOT NULL), 0),
            count(user_id) FILTER (purchases = 1), count(user_id) FILTER (purchases > 1 AND first = last),
            count(*) FILTER (regexp_full_match(user_id, {_EMAIL}))
        FROM (SELECT user_id, count(*) AS purchases, min(purchased_at) AS first, max(purchased_at) AS last
            FROM purchase_rows WHERE reason IS NULL GROUP BY 1)""",
    )
    of_rows = engine.row(
        connection,
        "SELECT count(*) FILTER (price = 0), count(*) FILTER (purchased_at > now()::TIMESTAMP), count(order_id) "
        "FROM purchase_rows WHERE reason IS NULL",
    )
    days = connection.execute(
        "SELECT purchased_at::DATE, count(*) FILTER (reason IS NULL) "
        "FROM purchase_rows WHERE purchased_at IS NOT NULL GROUP BY 1"
    ).fetchall()
    return Kept(*(*of_shoppers, *of_rows, dict(days)))


def _kept_orders(connection: Connection) -> int:
    """Returns the number of orders with purchases.

    Where the lines of each order were counted before, it is those of which some line is not left out.
    """
    counted = counted_values(connection, "purchase_texts", "order_id")
    if counted and "order_id" not in engine.changed_columns(connection, "purchase_rows"):
        lost = (
            "SELECT order_id, count(*) AS rows FROM purchase_rows "
            "WHERE reason IS NOT NULL AND order_id IS NOT NULL GROUP BY 1"
        )
        statement = (
            f"SELECT (SELECT count(v) FROM {counted}) - count(*) FROM ({lost}) l "
            f"JOIN {counted} c ON l.order_id = c.v AND l.rows = c.rows"
        )
    else:
        statement = "SELECT count(DISTINCT order_id) FROM purchase_rows WHERE reason IS NULL"
    return int(engine.row(connection, statement)[0])


def kept_facts(connection: Connection, kept: Kept) -> dict[str, Any]:
    """Returns the facts about the purchases that are kept, for the preview."""
    bought = "SELECT 1 FROM bought_descriptions WHERE kept > 0 GROUP BY product_id"
    return {
        "purchases": kept.purchases,
        "guest_purchases": kept.guests,
        "first": kept.first,
        "last": kept.last,
        "orders": _kept_orders(connection) if kept.ordered else 0,
        "shoppers": kept.shoppers,
        "products": engine.row(connection, f"SELECT count(*) FROM ({bought})")[0],
        "purchases_per_shopper": (kept.purchases - kept.guests) / kept.shoppers if kept.shoppers else 0.0,
        "largest_shopper_share": kept.most / kept.purchases if kept.purchases else 0.0,
        "bought_once_share": kept.once / kept.shoppers if kept.shoppers else 0.0,
        "by_month": kept.by_month,
    }


def left_facts(
    connection: Connection, tables: Sequence[Table], kept: Kept, *, titled: bool
) -> dict[str, Any]:
    """Returns the facts about rows that are left out or notable, for the preview.

    Args:
        connection: engine with the checked rows.
        tables: all tables.
        kept: numbers of the purchases.
        titled: True if titles stand for ids that some rows lack.
    """
    found = connection.execute(
        f"""SELECT reason, count(*) AS n, list((file, {LINE}) ORDER BY file, {LINE})[:{_EXAMPLES}],
            count(*) FILTER (user_id IS NULL), count(*) FILTER (quantity < 0), count(*) FILTER (price = 0)
        FROM purchase_rows WHERE reason IS NOT NULL GROUP BY reason ORDER BY n DESC, reason"""
    ).fetchall()
    reasons = [
        LeftOut(
            reason.removeprefix(UNREADABLE),
            rows,
            tuple(_example(connection, tables, file, line) for file, line in examples),
            reason.startswith(UNREADABLE),
        )
        for reason, rows, examples, *_ in found
    ]
    faulty, others = _faulty(connection, tables)
    readable = [each for each in found if not each[0].startswith(UNREADABLE) and each[0] != TOTALS]
    guests, returns, free = (sum(each[place] for each in readable) for place in (3, 4, 5))
    above = 0
    if FROM_ABOVE in engine.columns(connection, "purchase_rows"):
        above = engine.row(connection, f"SELECT count(*) FILTER ({FROM_ABOVE}) FROM purchase_rows")[0]
    counts = (
        ("without a shopper (guests)", guests + kept.guests),
        ("returns", returns),
        ("price 0", free + kept.free),
        ("with another separator than most", sum(table.counts.other_separators for table in tables)),
        ("with a value of over 100 lines", sum(table.counts.long_values for table in tables)),
        ("without a quantity, which count as one piece", without_quantity(connection)),
        ("with an error of a spreadsheet, such as #REF!, in place of a value", _with_errors(connection)),
        ("without a product id, named by their title", _named_by_title(connection) if titled else 0),
        ("whose order, customer and date are taken from the line above", above),
        *_continued(tables),
        *(
            (
                f"of {table.recognized.source.path}, whose dates have day and month in the other order",
                table.counts.rows,
            )
            for table in tables
            if table.swaps_days
        ),
        *((f"unreadable lines of {path}", rows) for path, rows in others.items()),
    )
    return {
        "left_out": (*faulty, *reasons),
        "noticed": tuple((what, rows) for what, rows in counts if rows),
    }


def without_quantity(connection: Connection) -> int:
    """Returns the number of purchases that have no value in the column of quantities."""
    known = engine.columns(connection, "purchase_rows")
    texts = (prefix + "quantity" for prefix in (engine.CLEANED, engine.ORIGINAL, engine.READ))
    text = next((name for name in texts if name in known), None)
    if text is None:
        return 0
    counted = f"count(*) FILTER (reason IS NULL AND {engine.name(text)} IS NULL)"
    return int(engine.row(connection, f"SELECT {counted} FROM purchase_rows")[0])


def _with_errors(connection: Connection) -> int:
    """Returns the number of rows with an error of a spreadsheet."""
    errors = engine.texts(ERRORS)
    changed = sorted(engine.changed_columns(connection, "purchase_rows"))
    found = (
        f"starts_with(trim({text}), '#') AND lower(trim({text})) IN ({errors})"
        for text in (engine.name(engine.ORIGINAL + field) for field in changed)
    )
    counted = f"count(*) FILTER ({' OR '.join(found) or 'false'})"
    return int(engine.row(connection, f"SELECT {counted} FROM purchase_rows")[0])


def _continued(tables: Sequence[Table]) -> Iterator[tuple[str, int]]:
    """Yields the rows of files without a header, which continue another file."""
    for table in tables:
        source = table.recognized.source
        file = source.file if isinstance(source, ConvertedFile) else source
        if isinstance(file, SeparatedFile) and file.header_of:
            yield f"of {file.path}, which has no header, with that of {file.header_of}", table.counts.rows


def _named_by_title(connection: Connection) -> int:
    known = engine.columns(connection, "purchase_rows")
    text = next(
        name for prefix in (engine.CLEANED, engine.ORIGINAL) if (name := f"{prefix}product_id") in known
    )
    counted = f"count(*) FILTER (reason IS NULL AND {engine.name(text)} IS NULL)"
    return int(engine.row(connection, f"SELECT {counted} FROM purchase_rows")[0])


def _faulty(connection: Connection, tables: Sequence[Table]) -> tuple[list[LeftOut], dict[str, int]]:
    """Returns the faulty lines of purchases by problem, and those of other files.

    The most frequent problem is the first.
    """
    bought = engine.texts(
        table.recognized.source.path for table in tables if table.recognized.role == "purchases"
    )
    found = connection.execute(
        f"""SELECT path IN ({bought or "''"}) AS is_bought, CASE WHEN is_bought THEN problem ELSE path END AS what,
            count(*) AS n, list((path, {LINE}, text) ORDER BY path, {LINE})[:{_EXAMPLES}]
        FROM faulty_lines GROUP BY ALL ORDER BY n DESC, what"""
    ).fetchall()
    reasons = [
        LeftOut(
            problem,
            rows,
            tuple(Example(path, line, text) for path, line, text in examples),
            unreadable=problem not in {REPEATED_HEADER, FOOTER, HEADING, SUM},
        )
        for is_bought, problem, rows, examples in found
        if is_bought
    ]
    return reasons, {path: rows for is_bought, path, rows, _ in sorted(found) if not is_bought}


def _example(connection: Connection, tables: Sequence[Table], file: int, line: int) -> Example:
    table = tables[file]
    return Example(table.recognized.source.path, line, text_of_line(connection, table, line)[:MAX_TEXT])

"""The preview of tables, and the refusal of faulty ones."""

from collections.abc import Iterable, Sequence
from datetime import date

from purchase_files import engine
from purchase_files.columns.guesses import other_owners
from purchase_files.columns.recognition import Recognized
from purchase_files.engine import Connection
from purchase_files.errors import RefusedFile
from purchase_files.formats.reshaped.baskets import DAY, MADE_UP, BasketFile
from purchase_files.formats.reshaped.grouped import GroupedFile
from purchase_files.formats.reshaped.item_lists import ItemListFile
from purchase_files.formats.reshaped.numbered_columns import NumberedColumnsFile
from purchase_files.formats.reshaped.wide_tables import WideFile
from purchase_files.formats.text.lines import RAGGED
from purchase_files.options import ReadingOptions
from purchase_files.preview import FileFacts, Preview, StatusColumn, TakenColumn
from purchase_files.rows import facts
from purchase_files.rows.conditions import quoted
from purchase_files.rows.doubts import find_doubts
from purchase_files.rows.hints import find_hints, hints_of_days, hints_of_kinds, status_columns, status_like
from purchase_files.rows.purchase_rows import Meaning
from purchase_files.rows.reasons import FAR_AHEAD, NO_OWNER, NO_PRODUCT
from purchase_files.rows.returns import UNMATCHED
from purchase_files.rows.texts import Table

_Reshaped = BasketFile | GroupedFile | ItemListFile | NumberedColumnsFile | WideFile
_MAX_WITHOUT_PRODUCT = 0.2
_BLAMED = {
    "cancelled": ("voided", "cancelled_at"),
    FAR_AHEAD: ("purchased_at",),
    "quantity 0": ("quantity",),
    "canceled or refunded": ("quantity_canceled", "quantity_refunded"),
    UNMATCHED: ("quantity", "price", "line_total"),
}
"""Columns that may leave out all rows, by the reason."""

_MOST = 0.5
_QUOTED = "double quotes around texts and around numbers with a decimal comma, or with semicolons between the values"
"""What keeps a comma in a value from ending it."""


def build_preview(
    connection: Connection,
    tables: Sequence[Table],
    fields: Sequence[str],
    meaning: Meaning | None,
    skipped: Sequence[str],
    options: ReadingOptions,
    *,
    hints: Sequence[str],
) -> Preview:
    """Returns the facts about all tables.

    Args:
        connection: engine with the checked rows.
        tables: all tables.
        fields: fields of the purchases, empty without purchases.
        meaning: how the fields are written, None without purchases.
        skipped: reasons to skip other files.
        options: options of the caller.
        hints: sentences about what was changed.
    """
    kept = facts.count_kept(connection)
    times = meaning.times if meaning else None
    recognized = [table.recognized for table in tables]
    statuses = status_columns(connection, recognized, fields, status_like(recognized)) if fields else ()
    preview = Preview(
        files=tuple(_file_facts(table) for table in tables),
        columns=tuple(
            _taken(table, field, index) for table in recognized for field, index in table.fields.items()
        ),
        unused_columns=tuple(
            dict.fromkeys(table.source.columns[index] for table in recognized for index in table.unused)
        ),
        date_format=times.description if times else "",
        timezone=options.timezone if times and times.naive else None,
        skipped=tuple(skipped),
        status_columns=statuses,
        hints=(*hints, *_found_hints(connection, recognized, kept, statuses, meaning, options)),
        **facts.kept_facts(connection, kept),
        **facts.left_facts(connection, tables, kept, titled=bool(meaning and meaning.titled)),
    )
    if preview.purchases + preview.rows_left_out != preview.rows:
        raise AssertionError(
            f"{preview.rows} rows, but {preview.purchases} + {preview.rows_left_out} are accounted for"
        )
    return preview


def _found_hints(
    connection: Connection,
    recognized: Sequence[Recognized],
    kept: facts.Kept,
    statuses: Sequence[StatusColumn],
    meaning: Meaning | None,
    options: ReadingOptions,
) -> tuple[str, ...]:
    """Returns the sentences about what the rows look like, doubts first."""
    times = meaning.times if meaning else None
    return (
        *find_doubts(connection, recognized, kept),
        *hints_of_kinds(statuses, options.where),
        *hints_of_days(connection, kept, times, options),
        *find_hints(
            connection,
            kept,
            meaning.placeholders if meaning else {},
            hashed=options.hash_key is not None,
            made_up_dates=bool(times and (times.made_up or _is_made_up_day(kept.days))),
            uncounted_pieces=facts.without_quantity(connection) if _has_cells(recognized) else 0,
            shortened_orders=bool(meaning and "order_id" in meaning.shortened),
            other_owners=other_owners(recognized),
        ),
    )


def _taken(table: Recognized, field: str, index: int) -> TakenColumn:
    """Returns a column by the name that a user of the file knows."""
    source, why = table.source, table.why[field]
    label = source.label(index) if isinstance(source, _Reshaped) else source.columns[index]
    return TakenColumn(source.path, label, field, "made up" if label in MADE_UP.values() else why)


def _has_cells(recognized: Sequence[Recognized]) -> bool:
    """True if purchases are in a spreadsheet, whose cells may be formulas."""
    return any(table.role == "purchases" and table.source.format == "spreadsheet" for table in recognized)


def _is_made_up_day(days: Iterable[date]) -> bool:
    """True if all purchases have the day of rows without a date."""
    return set(days) == {date.fromisoformat(DAY)}


def refuse_empty(connection: Connection, tables: Sequence[Table]) -> None:
    """Refuses files of purchases without any row that can be split.

    Raises:
        RefusedFile: the message shows the first faulty line.
    """
    bought = [table for table in tables if table.recognized.role == "purchases"]
    if not bought or any(
        engine.row(connection, f"SELECT count(*) FROM {engine.name(table.name)}")[0] for table in bought
    ):
        return
    paths = ", ".join(table.recognized.source.path for table in bought)
    faulty = connection.execute(
        "SELECT line, problem, text FROM faulty_lines ORDER BY line LIMIT 1"
    ).fetchone()
    if faulty is None:
        raise RefusedFile(f"{paths}: there is a header, but no row below it. Export the purchases again")
    raise RefusedFile(
        f"{paths}: no row can be read. Line {faulty[0]}: {faulty[1]}: {faulty[2]}. "
        f"Export the purchases with {_QUOTED}"
    )


def refuse_unreadable(
    connection: Connection, tables: Sequence[Table], preview: Preview, bad_rows: float
) -> None:
    """Refuses files with too many unreadable rows, or without a purchase.

    Raises:
        RefusedFile: the message shows the first row of each kind.
    """
    unreadable = sum(reason.rows for reason in preview.left_out if reason.unreadable)
    if unreadable > bad_rows * preview.rows:
        first = "".join(
            f"\n  {reason.rows:,} x {reason.reason}: {example.path}, line {example.line}: {example.text}"
            for reason in preview.left_out
            for example in reason.examples[: reason.unreadable]
        )
        if any(reason.reason.startswith(RAGGED) and reason.unreadable for reason in preview.left_out):
            first += f"\nRows with too many values come right if they are exported with {_QUOTED}"
        problem = f"{unreadable:,} of {preview.rows:,} rows cannot be read, more than {bad_rows:.0%}:{first}"
        if any(
            reason.reason == FAR_AHEAD and reason.rows > _MOST * preview.rows for reason in preview.left_out
        ):
            moved = (
                f"{problem}\nIf the dates were moved on purpose, read the purchases in the order of the rows:"
            )
            raise RefusedFile(moved, (("--map", "purchased_at="),))
        if field := _wrong_amount(preview, unreadable):
            raise RefusedFile(f"{problem}\nWithout the column of {field}:", (("--map", f"{field}="),))
        if not preview.purchases:
            raise RefusedFile(f"{problem}\nNo row can be. Name another column with --map, or export again")
        if unreadable > _MOST * preview.rows:
            raise RefusedFile(f"{problem}\nMost rows cannot. Name another column with --map, or export again")
        share = (100 * unreadable // preview.rows + 1) / 100  # a bound that is not met by rounding
        raise RefusedFile(problem, (("--bad-rows", f"{share:.2f}"),))
    if preview.rows and not preview.purchases:
        raise _no_purchase(preview)
    without = sum(reason.rows for reason in preview.left_out if reason.reason == NO_PRODUCT)
    most = _MAX_WITHOUT_PRODUCT * preview.rows
    if (
        without > max(most, 1)
        and without - _whole_orders(connection) - _empty_orders(connection, tables) > most
    ):
        column = next(taken.column for taken in preview.columns if taken.field in {"product_id", "title"})
        raise RefusedFile(
            f"{_paths(preview)}: {without:,} of {preview.rows:,} rows have no product in the column {column!r}. "
            "Name the right column",
            (("--map", "product_id=COLUMN"),),
        )


def _whole_orders(connection: Connection) -> int:
    """Returns the number of orders with rows with and without a product.

    eBay's reports have a row for the whole order above its lines.
    """
    [rows] = engine.row(
        connection,
        f"SELECT count(DISTINCT order_id) FROM purchase_rows WHERE reason = {engine.text(NO_PRODUCT)} AND order_id IN "
        "(SELECT order_id FROM purchase_rows WHERE reason IS NULL)",
    )
    return int(rows)


def _empty_orders(connection: Connection, tables: Sequence[Table]) -> int:
    """Returns the number of orders whose list of products is empty."""
    known, conditions = engine.columns(connection, "purchase_rows"), list[str]()
    for number, table in enumerate(tables):
        source = table.recognized.source
        if source.items is not None:
            fields = (
                field
                for field, index in table.recognized.fields.items()
                if source.columns[index].startswith(f"{source.items}.")
            )
            texts = [text if (text := engine.ORIGINAL + field) in known else field for field in fields]
            listed = " OR ".join(f"nullif(trim({engine.name(text)}), '') IS NOT NULL" for text in texts)
            conditions.append(f"(file = {number} AND NOT ({listed or 'true'}))")
    [orders] = engine.row(
        connection,
        f"SELECT count(*) FILTER (reason = {engine.text(NO_PRODUCT)} AND ({' OR '.join(conditions) or 'false'})) "
        "FROM purchase_rows",
    )
    return int(orders)


def _wrong_amount(preview: Preview, unreadable: int) -> str | None:
    """Returns the field of prices or quantities that most rows cannot be read for."""
    reasons = {
        reason.reason.partition(" over ")[0]
        for reason in preview.left_out
        if reason.unreadable and reason.rows > _MOST * (preview.purchases + unreadable)
    }
    return next((field for field in ("price", "quantity") if field in reasons), None)


def _no_purchase(preview: Preview) -> RefusedFile:
    """Returns the refusal of files without purchases.

    An option helps with the most frequent reason. Of actions written as numbers, the rarest is the likeliest purchase.
    """
    reasons = ", ".join(f"{reason.rows:,} x {reason.reason}" for reason in preview.left_out)
    columns = {taken.field: taken.column for taken in preview.columns}
    frequent = max(preview.left_out, key=lambda reason: reason.rows).reason
    kind, _, value = frequent.partition(" ")
    problem = f"{_paths(preview)}: no row is a purchase: {reasons}"
    if kind in {"event", "status"} and value:
        if value.removesuffix(".0").isdecimal():
            alike = [reason for reason in preview.left_out if reason.reason.startswith(f"{kind} ")]
            value = min(alike, key=lambda reason: reason.rows).reason.partition(" ")[2].removesuffix(".0")
        chosen = (("--where", f"{columns.get(kind, kind)}={quoted(value)}"),)
        return RefusedFile(f"{problem}. If one of these is, choose it", chosen)
    if frequent in {NO_OWNER, NO_PRODUCT}:
        field = "user_id" if frequent == NO_OWNER else "product_id"
        return RefusedFile(
            f"{problem}. Put the name of a column in place of COLUMN", (("--map", f"{field}=COLUMN"),)
        )
    for field in _BLAMED.get(frequent, ()):
        if field in columns:
            said = f"{problem}, by the column {columns[field]!r}. If it says something else, read the file without it"
            return RefusedFile(said, (("--map", f"{field}="),))
    return RefusedFile(f"{problem}. Name other columns with --map, or export rows that are purchases")


def _paths(preview: Preview) -> str:
    return ", ".join(file.path for file in preview.files if file.role == "purchases")


def _file_facts(table: Table) -> FileFacts:
    source, counts = table.recognized.source, table.counts
    return FileFacts(
        path=source.path,
        role=table.recognized.role,
        format=source.format,
        encoding=source.encoding,
        separator=source.separator,
        lines=counts.lines,
        header_lines=counts.header,
        blank_lines=counts.blank,
        continued_lines=counts.continued,
        rows=counts.rows,
        added_rows=counts.added,
    )

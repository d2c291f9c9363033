"""Headers in the middle of a table, as in joined exports."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.errors import StackedTables
from purchase_files.formats.source import LINE, Source, note_faulty
from purchase_files.values.casts import has_text, read_column
from purchase_files.values.distinct import distinct_values, forget_values, holds

REPEATED_HEADER = "header among the rows"
_MIN_COLUMNS = 2
_COMPARED = 50
_MOST = 0.6
_TRIMMED = "' \t\x0c\ufeff\"'''"


def move_headers(connection: Connection, table: str, source: Source, wanted: Sequence[int]) -> None:
    """Moves the rows of a loaded table that repeat its header to `faulty_lines`.

    Args:
        connection: engine.
        table: name of the table.
        source: what was loaded.
        wanted: indexes of the columns that are compared. Those whose distinct values cost least come first.

    Raises:
        StackedTables: a header has other columns, or another order.
    """
    if len(wanted) < _MIN_COLUMNS or not all(has_text(connection, table, f"c{index}") for index in wanted):
        return  # no header is a number or a time
    least = max(_MIN_COLUMNS, round(_MOST * len(wanted)))
    names = engine.texts(name.lower() for name in source.columns)
    if not _may_repeat(connection, table, wanted, names, least):
        return
    values = {index: f"lower(trim(c{index}, {_TRIMMED}))" for index in wanted}
    known = " + ".join(f"({value} IN ({names}))::INTEGER" for value in values.values())
    same = " AND ".join(
        f"{value} = {engine.text(source.columns[index].lower())}" for index, value in values.items()
    )
    found = connection.execute(
        f"SELECT {LINE}, concat_ws(',', {', '.join(f'c{index}' for index in sorted(wanted))}), coalesce({same}, false) "
        f"FROM {engine.name(table)} WHERE ({known}) >= {least}"
    ).fetchall()
    if not found:
        return
    for line, text, is_same in found:
        if not is_same:
            raise StackedTables(
                f"{source.path}: line {line} is a header with other columns than the first: {text}. "
                "Split the file there, and give both files",
                source.path,
            )
    _move(connection, table, source, [(line, text) for line, text, _ in found])


def move_same_headers(connection: Connection, table: str, source: Source, wanted: Sequence[int]) -> None:
    """Moves the rows of a loaded table that repeat its whole header.

    Other names do not matter: a table with a column per product may mark what was bought with the product's name.
    """
    compared = wanted[:_COMPARED]
    same = " AND ".join(
        f"lower(trim(c{index}, {_TRIMMED})) = {engine.text(source.columns[index].lower())}"
        for index in compared
    )
    text = f"concat_ws(',', {', '.join(f'c{index}' for index in compared)})"
    found = connection.execute(f"SELECT {LINE}, {text} FROM {engine.name(table)} WHERE {same}").fetchall()
    _move(connection, table, source, found)


def _move(connection: Connection, table: str, source: Source, found: Sequence[tuple[int, str]]) -> None:
    if found:
        lines = [line for line, _ in found]
        connection.execute(f"DELETE FROM {engine.name(table)} WHERE {LINE} IN (SELECT unnest(?))", [lines])
        forget_values(connection, table)
        note_faulty(connection, source.path, [(line, text, REPEATED_HEADER) for line, text in found])


def _may_repeat(connection: Connection, table: str, wanted: Sequence[int], names: str, least: int) -> bool:
    """True if enough columns have names of columns among their values.

    Distinct values are used for other checks later, and are far fewer than rows. A column that a cast read has no
    names.
    """
    texts = [f"c{index}" for index in wanted if read_column(connection, table, f"c{index}") is None]
    possible = len(texts)
    for column in texts:
        if possible < least:
            break
        values = distinct_values(connection, table, column)
        possible -= not holds(connection, values, f"lower(trim(v, {_TRIMMED})) IN ({names})")[0]
    return possible >= least

"""Selection of the tables that are read, and the checks of their columns."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from purchase_files.columns.recognition import Recognized, find_column, guess, recognize
from purchase_files.errors import NoTable, RefusedFile
from purchase_files.formats.opening import Opened
from purchase_files.options import ReadingOptions


def select_tables(
    opened: Iterable[tuple[Path | str, Opened | NoTable]], options: ReadingOptions
) -> tuple[list[Recognized], list[str]]:
    """Returns the tables, and the reasons to skip other files of folders and archives."""
    found, skipped = list[tuple[bool, Recognized]](), list[str]()
    for path, entry in opened:
        if isinstance(entry, NoTable):
            skipped.append(entry.problem)
        else:
            table = recognize(entry.source, options.mapping, options.roles.get(str(path)))
            found.append((entry.alone, table))
    known = [table for alone, table in found if alone or table.is_known]
    if not known:
        return [table for _, table in found], skipped
    unknown = [table.source.path for alone, table in found if not alone and not table.is_known]
    return known, [*skipped, *(f"{path} has no known columns" for path in unknown)]


def check_tables(recognized: Sequence[Recognized], options: ReadingOptions) -> None:
    """Checks that all required fields have one column.

    Raises:
        RefusedFile: a field has none, or several fit.
    """
    for field, column in options.mapping.items():
        if not any(find_column(table.source, column) is not None for table in recognized):
            raise RefusedFile(f"--map {field}={column}: no file has this column. {_columns(recognized)}")
    if all(table.role == options.roles.get(table.source.path) for table in recognized):
        return
    known = {field for table in recognized for field in table.fields}
    for table in recognized:
        for field, others in table.rivals.items():
            if others and table.role in {"purchases", "orders"}:
                chosen = table.source.columns[table.fields[field]]
                names = " and ".join(repr(name) for name in (chosen, *others))
                raise RefusedFile(
                    f"{table.source.path}: {names} could each be {field}",
                    (("--map", f"{field}={chosen}"),),
                )
    missing = [field for field in ("purchased_at", "product_id") if field not in known]
    if "product_id" in missing and "title" in known:
        missing.remove("product_id")
    if not {"user_id", "order_id"} & known or ("user_id" not in known and guess(recognized, "user_id")):
        missing.append("user_id")
    if missing or not any(table.role == "purchases" for table in recognized):
        guesses = [(field, guess(recognized, field) or "COLUMN") for field in missing or ("product_id",)]
        raise RefusedFile(
            f"{', '.join(dict.fromkeys(table.source.path for table in recognized))}: no column is known to be "
            f"{' or '.join(missing or ('product_id',))}. {_columns(recognized)}",
            tuple(("--map", f"{field}={column}") for field, column in guesses),
        )


def has_purchases(recognized: Sequence[Recognized]) -> bool:
    """True if a table lists purchases or orders."""
    return any(table.role in {"purchases", "orders"} for table in recognized)


def _columns(recognized: Sequence[Recognized]) -> str:
    names = dict.fromkeys(column for table in recognized for column in table.source.columns)
    return f"The columns are {', '.join(names)}"

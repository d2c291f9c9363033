"""Columns of files, and reading them in batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from catalog.errors import BadInput
from catalog.loading import values
from catalog.loading.files import TableFile
from catalog.loading.values import Values


@dataclass(frozen=True)
class FileColumn:
    """A column that a file may have.

    Attributes:
        name: name of the column.
        convert: validates and converts a batch of values, or raises BadValue.
        required: True if the file must have the column.
        filled: True if every row must have a value.
    """

    name: str
    convert: Callable[[Values], Values]
    required: bool = False
    filled: bool = False


PRODUCT_COLUMNS = (
    FileColumn("id", values.ids, required=True, filled=True),
    FileColumn("title", values.texts, required=True),
    FileColumn("description", values.optional_texts),
    FileColumn("category", values.optional_texts),
    FileColumn("brand", values.optional_texts),
    FileColumn("price", values.prices),
    FileColumn("currency", values.optional_texts),
    FileColumn("in_stock", values.booleans),
    FileColumn("image_url", values.optional_texts),
    FileColumn("created_at", values.times),
    FileColumn("attributes", values.json_objects),
)

PURCHASE_COLUMNS = (
    FileColumn("user_id", values.ids, required=True, filled=True),
    FileColumn("product_id", values.ids, required=True, filled=True),
    FileColumn("purchased_at", values.times, required=True, filled=True),
    FileColumn("quantity", values.quantities),
    FileColumn("unit_price", values.prices),
    FileColumn("order_id", values.order_ids),
    FileColumn("id", values.ids),
)

DESCRIBING_COLUMNS = (
    FileColumn("title", values.optional_texts),
    FileColumn("description", values.optional_texts),
    FileColumn("category", values.optional_texts),
    FileColumn("brand", values.optional_texts),
    FileColumn("price", values.prices),
)
"""Columns of a purchases file that describe products, used without a products file."""

USER_COLUMNS = (
    FileColumn("id", values.ids, required=True, filled=True),
    FileColumn("preferences", values.preferences),
    FileColumn("created_at", values.times),
    FileColumn("locale", values.optional_texts),
)


@dataclass(frozen=True)
class Batch:
    """Consecutive rows after validation.

    Attributes:
        first_row: number of the first row, from 1.
        size: number of rows.
        columns: converted values by name of the columns that the file has.
    """

    first_row: int
    size: int
    columns: dict[str, Values]

    def lists(self, names: Sequence[str], defaults: dict[str, object]) -> list[list[object]]:
        """Returns a list per column, with the default or None for an absent column."""
        return [
            self.columns[name].to_pylist() if name in self.columns else [defaults.get(name)] * self.size
            for name in names
        ]


def present_columns(table: TableFile, columns: Sequence[FileColumn]) -> list[FileColumn]:
    """Returns the columns that the file has.

    Raises:
        BadInput: missing required column.
    """
    missing = [column.name for column in columns if column.required and column.name not in table.columns]
    if missing:
        names = ", ".join(repr(name) for name in missing)
        found = ", ".join(repr(name) for name in table.columns)
        raise BadInput(table.path, f"lacks the column {names}. Its columns are {found}")
    return [column for column in columns if column.name in table.columns]


def ignored_columns(table: TableFile, columns: Sequence[FileColumn]) -> list[str]:
    """Returns the names of the file's unknown columns."""
    known = {column.name for column in columns}
    return [name for name in table.columns if name not in known]


def read_batches(table: TableFile, columns: Sequence[FileColumn]) -> Iterator[Batch]:
    """Yields the file's rows in validated batches.

    Raises:
        BadInput: invalid value. The message names its row and column.
    """
    first_row = 1
    for batch in table.batches([column.name for column in columns]):
        converted = {
            column.name: _convert(table, column, batch.column(column.name), first_row) for column in columns
        }
        yield Batch(first_row, batch.num_rows, converted)
        first_row += batch.num_rows


def _convert(table: TableFile, column: FileColumn, found: Values, first_row: int) -> Values:
    try:
        if column.filled and found.null_count:
            index = found.is_null().index(pa.scalar(True)).as_py()
            raise values.BadValue(index, "the value is missing")
        return column.convert(found)
    except values.BadValue as error:
        row = first_row + error.index
        raise BadInput(
            table.path, error.problem, row=row, line=table.line_of(row), column=column.name
        ) from error

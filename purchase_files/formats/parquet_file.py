"""Parquet files, whose values become texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb.sqltypes import DuckDBPyType

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.errors import RefusedFile
from purchase_files.formats.nested_items import is_list_of_products, names_products
from purchase_files.formats.source import LINE, SAMPLE_ROWS, Counts

_DOCUMENTS = {"attributes", "preferences"}
_MIN_LIMIT_BYTES, _MAX_RATIO, _SAMPLE_MEMORY = 1 << 30, 200, "1GiB"
_SMALLER = "Export only the columns of purchases, without pictures and other large values"
_NESTED = {"list", "map", "struct", "union"}


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file. See `Source`.

    A list of products in a row becomes a row per product.
    """

    path: str
    file: Path
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    sample: Sequence[Sequence[str | None]]
    items: str | None
    format: str = "Parquet"
    encoding: str | None = None
    separator: str | None = None

    @classmethod
    def open(
        cls, path: Path, label: str, least_limit: int = _MIN_LIMIT_BYTES, memory: str = _SAMPLE_MEMORY
    ) -> "ParquetFile":
        """Reads the schema.

        Args:
            path: the file.
            label: name in messages.
            least_limit: bytes that the file may unpack to in any case.
            memory: memory for its first rows.

        Raises:
            RefusedFile: damaged file, or one that unpacks to far more than tables do.
        """
        try:
            with duckdb.connect(config={"memory_limit": memory, "temp_directory": ""}) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                _check_size(connection, path, label, least_limit)
                table = connection.sql(f"SELECT * FROM read_parquet({engine.text(str(path))})")
                kinds = dict(zip(table.columns, table.types, strict=True))
                items = next(
                    (column for column, kind in kinds.items() if _lists_products(column, kind)), None
                )
                named = dict(_texts(kinds, items))
                sample = connection.execute(
                    f"SELECT {', '.join(named.values())} FROM {_source(path, items)} LIMIT {SAMPLE_ROWS}"
                ).fetchall()
        except (duckdb.Error, MemoryError) as error:
            raise _refusal(label, error) from error
        return cls(label, path, tuple(named), tuple(named.values()), sample, items)

    def load(self, connection: Connection, table: str, wanted: Sequence[int]) -> Counts:
        """Creates the table. See `Source.load`."""
        columns = "".join(f", {self.texts[index]} AS c{index}" for index in wanted)
        try:
            connection.execute(
                f"CREATE OR REPLACE TABLE {engine.name(table)} AS "
                f"SELECT file_row_number + 1 AS {LINE}{columns} FROM {_source(self.file, self.items)}"
            )
        except (duckdb.Error, MemoryError) as error:
            raise _refusal(self.path, error) from error
        lines = engine.row(connection, f"SELECT count(*) FROM read_parquet({engine.text(str(self.file))})")[0]
        rows = engine.row(connection, f"SELECT count(*) FROM {engine.name(table)}")[0]
        return Counts(lines, 0, 0, 0, rows, rows - lines).check(self.path)


def _check_size(connection: duckdb.DuckDBPyConnection, path: Path, label: str, least: int) -> None:
    """Checks that pages fit into memory, as `containers.check_spreadsheet` does for sheets."""
    read = f"SELECT sum(total_uncompressed_size) FROM parquet_metadata({engine.text(str(path))})"
    [(size,)] = connection.execute(read).fetchall()
    limit = max(least, _MAX_RATIO * path.stat().st_size)
    if (size or 0) > limit:
        raise RefusedFile(f"{label} unpacks to over {limit >> 20:,} MiB. {_SMALLER}")


def _refusal(label: str, error: Exception) -> RefusedFile:
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return RefusedFile(f"{label} unpacks to more than the memory. {_SMALLER}")
    return RefusedFile(f"{label} is a damaged Parquet file: {error}")


def _source(path: Path, items: str | None) -> str:
    read = f"read_parquet({engine.text(str(path))}, file_row_number=true)"
    if items is None:
        return read
    # A row without products stays one row.
    lists = engine.name(items)
    return f"(SELECT *, unnest(CASE WHEN len({lists}) > 0 THEN {lists} ELSE [NULL] END) AS product_item FROM {read})"


def _lists_products(column: str, kind: DuckDBPyType) -> bool:
    if kind.id != "list":
        return False
    entry = _entry(kind)
    if entry.id == "varchar":
        return names_products(column)
    return entry.id == "struct" and is_list_of_products(name for name, _ in _fields(entry))


def _entry(kind: DuckDBPyType) -> DuckDBPyType:
    """Returns the type of a list's entries."""
    return _fields(kind)[0][1]


def _fields(kind: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    return [(name, inner) for name, inner in kind.children if isinstance(inner, DuckDBPyType)]


def _texts(kinds: Mapping[str, DuckDBPyType], items: str | None) -> Iterator[tuple[str, str]]:
    """Yields the names of columns with SQL for their texts.

    Names of nested fields are joined by dots.
    """
    for column, kind in kinds.items():
        if column == items:
            entry = _entry(kind)
            name = column if entry.id == "struct" else f"{column}.product_id"
            yield from _texts_of("product_item", name, entry)
        else:
            name = "order id" if items and column == "id" else column
            yield from _texts_of(engine.name(column), name, kind)


def _texts_of(value: str, name: str, kind: DuckDBPyType) -> Iterator[tuple[str, str]]:
    if kind.id == "struct" and name not in _DOCUMENTS:
        for field, inner in _fields(kind):
            yield from _texts_of(f"{value}.{engine.name(field)}", f"{name}.{field}", inner)
    elif kind.id in _NESTED:
        yield name, f"to_json({value})::VARCHAR"
    elif kind.id == "blob":
        yield name, f"decode({value})"
    else:
        yield name, f"{value}::VARCHAR"

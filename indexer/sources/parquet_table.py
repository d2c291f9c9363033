"""Parquet files as batches of columns; every fault names file, row and column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import structlog
from numpy.typing import NDArray
from pyarrow import parquet

from indexer.sources.column_values import BadValue, Values

T = TypeVar("T")

_ROWS_AT_ONCE = 131_072


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a table may have.

    Attributes:
        name: what it is called in the catalog's files.
        aliases: what else it may be called; the first that the file has is taken, where `name` is missing.
        required: without it the file is refused.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file.

    Attributes:
        path: the file.
        rows: their numbers in the file, from 1.
        columns: values by the catalog's names; only columns that the file has.
        names: the file's own names of these columns.
    """

    path: Path
    rows: NDArray[np.int64]
    columns: Mapping[str, Values]
    names: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def take(self, positions: NDArray[np.integer]) -> "Batch":
        """The rows at `positions` (from 0), in this order."""
        taken = {name: values.take(pa.array(positions)) for name, values in self.columns.items()}
        return Batch(self.path, self.rows[positions], taken, self.names)

    def read(self, name: str, convert: Callable[[Values], T]) -> T:
        """A column through a conversion; raises ValueError on the first value that it refuses."""
        try:
            return convert(self.columns[name])
        except BadValue as bad:
            raise self.fault(bad.index, name, bad.problem) from None

    def fault(self, position: int, name: str, problem: str) -> ValueError:
        """What is wrong with a value, as an error for people."""
        return ValueError(
            f"{self.path}, row {self.rows[position]}, column {self.names[name]!r}: {problem}",
        )


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A Parquet file, or all of a folder's in the order of their names, folders below included.

    Attributes:
        files: the files.
        columns: what is read of them.
        row_count: rows of all files.
    """

    files: tuple[Path, ...]
    columns: Sequence[Column]
    row_count: int
    _noticed: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, path: Path, columns: Sequence[Column]) -> "ParquetTable":
        """Looks at the footers of all files; raises ValueError when one is missing or cannot be used."""
        files = _files(path)
        row_count = 0
        for file in files:
            with _opened(file) as opened:
                _present(file, opened.schema_arrow.names, columns)
                row_count += opened.metadata.num_rows
        return cls(files, columns, row_count)

    def batches(self, unused: frozenset[str] = frozenset()) -> Iterator[Batch]:
        """All rows in order. Logs once which columns stand for others, and which are ignored.

        Args:
            unused: columns that are known and not read, so that nothing need be said of them.
        """
        for file in self.files:
            with _opened(file) as opened:
                found = opened.schema_arrow.names
                names = _present(file, found, self.columns)
                self._notice(file, names, [name for name in found if name not in unused])
                first = 1
                for batch in opened.iter_batches(
                    _ROWS_AT_ONCE, columns=list(names.values()), use_threads=False
                ):
                    columns = {name: batch.column(own) for name, own in names.items()}
                    yield Batch(file, np.arange(first, first + batch.num_rows), columns, names)
                    first += batch.num_rows

    def _notice(self, file: Path, names: Mapping[str, str], found: Sequence[str]) -> None:
        log = structlog.get_logger("indexer")
        for name, own in names.items():
            if own != name and own not in self._noticed:
                log.info("a column is taken for another", file=str(file), column=own, taken_for=name)
        ignored = [own for own in found if own not in names.values() and own not in self._noticed]
        if ignored:
            log.info("columns are not used", file=str(file), columns=", ".join(ignored))
        self._noticed.update(found)


def _files(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        raise ValueError(f"{path}: there is no such file")
    if not path.is_dir():
        return (path,)
    # Names with a dot or an underscore in front are what other programs leave beside their data.
    files = sorted(file for file in path.rglob("*.parquet") if file.is_file() and file.name[0] not in "._")
    if not files:
        raise ValueError(f"{path}: the folder holds no file that ends in .parquet")
    return tuple(files)


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    try:
        with parquet.ParquetFile(file) as opened:
            yield opened
    except pa.ArrowException as error:
        raise ValueError(f"{file}: is not a Parquet file, or a damaged one: {error}") from error
    except OSError as error:
        # Arrow reports damaged pages as OSError without a number; with one, the system has failed.
        if error.errno is not None:
            raise
        raise ValueError(f"{file}: is a damaged Parquet file: {error}") from error


def _present(file: Path, found: Sequence[str], columns: Sequence[Column]) -> dict[str, str]:
    """The file's own names of `columns`, by the catalog's names."""
    names: dict[str, str] = {}
    for column in columns:
        own = next((name for name in (column.name, *column.aliases) if name in found), None)
        if own is not None:
            if found.count(own) > 1:
                raise ValueError(f"{file}: has the column {own!r} {found.count(own)} times; keep one")
            names[column.name] = own
        elif column.required:
            others = "".join(f" or {alias!r}" for alias in column.aliases)
            listed = ", ".join(repr(name) for name in found)
            raise ValueError(f"{file}: lacks the column {column.name!r}{others}; found: {listed}")
    return names

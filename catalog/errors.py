"""Errors of the catalog.

CatalogError
├── BadInput              invalid file to load
├── InvalidRequest        request that violates the contract
├── NotFound              unknown product or user
├── Unauthorized          missing or invalid token
├── KeysUnavailable       no keys of the issuer, so that tokens cannot be verified
└── StorageError
    ├── StorageUnavailable    unreachable database, or one that cannot be opened
    ├── StorageBusy           database locked by another writer for too long
    └── StorageFull           full disk
"""

from pathlib import Path


class CatalogError(Exception):
    """Base of all expected errors. The message is written for users."""


class InvalidRequest(CatalogError):
    """A request violates the contract."""


class NotFound(CatalogError):
    """A product or user does not exist."""


class Unauthorized(CatalogError):
    """A request has no valid bearer token."""


class KeysUnavailable(CatalogError):
    """The issuer's keys cannot be fetched and none are cached."""


class StorageError(CatalogError):
    """Base of all failures of the database."""


class StorageUnavailable(StorageError):
    """The database cannot be reached or opened, or is damaged."""


class StorageBusy(StorageError):
    """Another writer, such as a load, has locked the database."""


class StorageFull(StorageError):
    """No space is left for the database or its temporary files."""


class BadInput(CatalogError):
    """A file cannot be loaded.

    Args:
        path: path of the file.
        problem: description of the fault and its remedy.
        row: number of the data row from 1, or None for the whole file.
        line: line number from 1 in a text file.
        column: name of the column.
    """

    def __init__(
        self,
        path: Path,
        problem: str,
        *,
        row: int | None = None,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        where = str(path)
        if row is not None:
            where += f", row {row}"
        if line is not None:
            where += f" (line {line})"
        if column is not None:
            where += f", column {column!r}"
        super().__init__(f"{where}: {problem}")
        self.path = path
        self.row = row
        self.line = line
        self.column = column

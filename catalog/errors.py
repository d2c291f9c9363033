"""What can go wrong, as one tree.

CatalogError
├── BadInput              a file to load cannot be accepted
├── InvalidRequest        a call is not what the contract says
├── NotFound              a call names what does not exist
├── Unauthorized          a call has no valid token
├── KeysUnavailable       the issuer's keys cannot be had, so no token can be checked
└── StorageError
    ├── StorageUnavailable    the database cannot be reached or opened
    ├── StorageBusy           another writer has held the database for too long
    └── StorageFull           the disk is full
"""

from pathlib import Path


class CatalogError(Exception):
    """Base of all errors that the catalog expects; its text is a sentence for people."""


class InvalidRequest(CatalogError):
    """A call that is not what the contract says."""


class NotFound(CatalogError):
    """A product or user that does not exist."""


class Unauthorized(CatalogError):
    """A call without a valid bearer token."""


class KeysUnavailable(CatalogError):
    """The issuer's keys cannot be fetched and none are known yet."""


class StorageError(CatalogError):
    """The database does not do its work."""


class StorageUnavailable(StorageError):
    """The database cannot be reached, opened or trusted."""


class StorageBusy(StorageError):
    """Another writer, such as a load, holds the database."""


class StorageFull(StorageError):
    """No space is left for the database or its temporary files."""


class BadInput(CatalogError):
    """A file that cannot be loaded.

    Args:
        path: the file.
        problem: what is wrong, and what to do.
        row: the data row, from 1; None when the file as a whole is meant.
        line: the line in a text file, from 1.
        column: the column's name.
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

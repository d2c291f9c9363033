"""Errors of the catalog.

CatalogError
├── InvalidRequest        request that violates the contract
├── NotFound              unknown product or user
├── Unauthorized          missing or invalid token
├── KeysUnavailable       no keys of the issuer, so that tokens cannot be verified
└── StorageError
    ├── StorageUnavailable    unreachable database, or one that cannot be opened
    ├── StorageBusy           database locked by another writer for too long
    └── StorageFull           full disk
"""


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

"""Client of the catalog service, used by service and indexer.

Every call has limits on time, size and attempts (`Bounds`). Each error message names the URL and a remedy:

    CatalogError
    ├── CatalogUnavailable         timeout, 5xx, 429, client closed
    │   ├── CatalogUnreachable           no connection, or an address that cannot be called
    │   └── CatalogCircuitOpen           circuit open after such failures
    ├── CatalogRefused             401 or 403 from the catalog or the token issuer
    └── CatalogContractViolation   response that breaks the contract as a whole: HTML, another shape
        ├── CatalogAnswerTruncated       connection closed before the response was complete
        ├── CatalogAnswerTooLarge        response above the limit of its size
        └── CatalogFeedTooLong           feed with more pages or records than are read

A single invalid record is no error. It is skipped, and reported as a `Rejection`.
"""

from adapters.catalog.bounds import Bounds
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client import CatalogClient
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.contract import Load, Preferences, Product, Purchase, UserRecord
from adapters.catalog.errors import (
    CatalogAnswerTooLarge,
    CatalogAnswerTruncated,
    CatalogCircuitOpen,
    CatalogContractViolation,
    CatalogError,
    CatalogFeedTooLong,
    CatalogRefused,
    CatalogUnavailable,
    CatalogUnreachable,
)
from adapters.catalog.ids import MAX_ID_CHARACTERS, id_fault
from adapters.catalog.rejections import ReadReport, RecordKind, Rejection
from adapters.catalog.times import EARLIEST, LATEST

__all__ = [
    "EARLIEST",
    "LATEST",
    "MAX_ID_CHARACTERS",
    "Bounds",
    "CatalogAnswerTooLarge",
    "CatalogAnswerTruncated",
    "CatalogCircuitOpen",
    "CatalogClient",
    "CatalogContractViolation",
    "CatalogError",
    "CatalogFeedTooLong",
    "CatalogRefused",
    "CatalogUnavailable",
    "CatalogUnreachable",
    "CircuitBreaker",
    "ClientCredentials",
    "Load",
    "Preferences",
    "Product",
    "Purchase",
    "ReadReport",
    "RecordKind",
    "Rejection",
    "UserRecord",
    "id_fault",
]

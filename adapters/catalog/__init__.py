"""Client of the catalog service, used by service and indexer.

Every call has limits on time, size and attempts (`Bounds`).
Each error message names the URL and a remedy:

    CatalogError
    ├── CatalogUnavailable         no connection, timeout, 5xx, 429, circuit open
    ├── CatalogRefused             401 or 403 from the catalog or the token issuer
    └── CatalogContractViolation   response that breaks the contract: HTML, wrong types, invalid id
        └── CatalogAnswerTruncated       connection closed before the response was complete
"""

from adapters.catalog.bounds import Bounds
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client import CatalogClient
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.errors import (
    CatalogAnswerTruncated,
    CatalogContractViolation,
    CatalogError,
    CatalogRefused,
    CatalogUnavailable,
)
from adapters.catalog.ids import MAX_ID_CHARACTERS, id_fault
from adapters.catalog.wire import Preferences, Product, Purchase, UserRecord

__all__ = [
    "MAX_ID_CHARACTERS",
    "Bounds",
    "CatalogAnswerTruncated",
    "CatalogClient",
    "CatalogContractViolation",
    "CatalogError",
    "CatalogRefused",
    "CatalogUnavailable",
    "CircuitBreaker",
    "ClientCredentials",
    "Preferences",
    "Product",
    "Purchase",
    "UserRecord",
    "id_fault",
]

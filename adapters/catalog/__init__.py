"""The client of the catalog service, shared by service and indexer; every call is bounded.

Errors, each with a message that names the URL and what to do:

    CatalogError
    ├── CatalogUnavailable         no connection, too slow, 5xx, 429, circuit open
    ├── CatalogRefused             401 or 403: the catalog or the token issuer refuses us
    └── CatalogContractViolation   the answer is not what the contract says: HTML, wrong types, a bad id
        └── CatalogAnswerCut       the connection ended within the answer
"""

from adapters.catalog.bounds import Bounds
from adapters.catalog.circuit_breaker import CircuitBreaker
from adapters.catalog.client import CatalogClient
from adapters.catalog.client_credentials import ClientCredentials
from adapters.catalog.errors import (
    CatalogAnswerCut,
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
    "CatalogAnswerCut",
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

"""Errors of the catalog client. The package's docstring shows the hierarchy."""


class CatalogError(Exception):
    """Base of all failures to read the catalog. The message names the URL.

    Attributes:
        transient: True if the same call may succeed later.
        retry_after: seconds to wait, as the server asked, or None.
    """

    def __init__(self, message: str, *, transient: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.transient = transient
        self.retry_after = retry_after


class CatalogUnavailable(CatalogError):
    """The catalog is unreachable, slow, failing or overloaded, or the circuit is open."""


class CatalogUnreachable(CatalogUnavailable):
    """There is no connection to the catalog or the token issuer."""


class CatalogCircuitOpen(CatalogUnavailable):
    """The circuit is open, or a trial call is running. Nothing was sent."""


class CatalogRefused(CatalogError):
    """The catalog or its token issuer rejected the credentials."""


class CatalogContractViolation(CatalogError):
    """The response violates the catalog's contract."""


class CatalogAnswerTruncated(CatalogContractViolation):
    """The connection ended before the response was complete."""


class CatalogAnswerTooLarge(CatalogContractViolation):
    """The response is larger than the limit for one page."""


class CatalogFeedTooLong(CatalogContractViolation):
    """The feed has more pages or records than the client reads."""

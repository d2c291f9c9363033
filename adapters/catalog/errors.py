"""What can go wrong with the catalog; the tree is drawn in the package's docstring."""


class CatalogError(Exception):
    """Any failure to read the catalog; the message names the URL.

    Attributes:
        transient: whether the same call may succeed a moment later.
        retry_after: seconds that the other side asks to wait, or None.
    """

    def __init__(self, message: str, *, transient: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.transient = transient
        self.retry_after = retry_after


class CatalogUnavailable(CatalogError):
    """The catalog cannot be reached, is too slow, failing or overloaded, or the circuit is open."""


class CatalogRefused(CatalogError):
    """The catalog, or the issuer of its tokens, does not accept our credentials."""


class CatalogContractViolation(CatalogError):
    """The answer is not what the catalog's contract says."""


class CatalogAnswerCut(CatalogContractViolation):
    """The connection ended within the answer."""

"""Requests that cannot be answered, each with the problem that the caller gets."""

from service.problems import ProblemError, ProblemException


class NothingToServe(ProblemException):
    """No snapshot is loaded yet."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "no-snapshot",
            "Nothing to recommend from yet",
            "No snapshot is loaded yet: the indexer has not published one, or it is being opened.",
            headers={"retry-after": "5"},
        )


class UnknownProduct(ProblemException):
    """The served snapshot does not hold the product, or it was deleted since."""

    def __init__(self, product_id: str) -> None:
        super().__init__(
            404,
            "unknown-product",
            "Unknown product",
            f"The catalog lists no product {product_id!r}, or it is newer than the snapshot that is served.",
        )


class InvalidBody(ProblemException):
    """A part of the request's body that cannot be; `pointer` is a JSON pointer to it."""

    def __init__(self, pointer: str, finding: str) -> None:
        detail = f"The body is not acceptable at {pointer!r}: {finding}."
        super().__init__(
            422, "invalid-request", "Invalid request", detail, (ProblemError(finding, pointer=pointer),)
        )


class InvalidParameter(ProblemException):
    """A parameter of the URL that does not exist, or whose value cannot be."""

    def __init__(self, name: str, finding: str) -> None:
        detail = f"The parameter {name!r} is not acceptable: {finding}."
        super().__init__(
            422, "invalid-request", "Invalid request", detail, (ProblemError(finding, parameter=name),)
        )

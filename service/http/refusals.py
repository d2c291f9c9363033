"""Requests that cannot be answered, each with the problem that the caller gets."""

from collections.abc import Sequence

from service.http.problems import REALM, ProblemError, ProblemException


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


class InvalidParameter(ProblemException):
    """A parameter of the URL that does not exist, or whose value cannot be."""

    def __init__(self, name: str, finding: str) -> None:
        end = "" if finding.endswith("?") else "."
        detail = f"The parameter {name!r} is not acceptable: {finding}{end}"
        super().__init__(
            422, "invalid-request", "Invalid request", detail, (ProblemError(finding, parameter=name),)
        )


class StorageUnavailable(ProblemException):
    """Something that must be durable everywhere cannot be made so now.

    Args:
        detail: what was not done, for the caller.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(
            503, "storage-unavailable", "Storage unavailable", detail, headers={"retry-after": "5"}
        )


class MalformedBody(ProblemException):
    """The body is not JSON in UTF-8."""

    def __init__(self, finding: str) -> None:
        super().__init__(400, "bad-request", "Bad Request", f"The body is not JSON in UTF-8: {finding}.")


class InvalidValues(ProblemException):
    """The body is JSON, but not what the call takes."""

    def __init__(self, errors: Sequence[ProblemError]) -> None:
        count = "1 value is" if len(errors) == 1 else f"{len(errors)} values are"
        detail = f"{count} not acceptable; see errors."
        super().__init__(422, "invalid-request", "Invalid request", detail, errors)


class InvalidBody(InvalidValues):
    """One part of the request's body that cannot be; `pointer` is a JSON pointer to it."""

    def __init__(self, pointer: str, finding: str) -> None:
        super().__init__([ProblemError(finding, pointer=pointer)])


class NoSuchCall(ProblemException):
    """An ingress asks about a call that nobody can make.

    Args:
        detail: what is wrong with it, for whoever set the ingress up.
    """

    def __init__(self, detail: str) -> None:
        # No error code: another token would not help.
        challenge = {"www-authenticate": f'Bearer realm="{REALM}"'}
        super().__init__(403, "no-such-call", "No such call", detail, headers=challenge)

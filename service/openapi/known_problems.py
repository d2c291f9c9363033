"""Every kind of problem that the service answers with, its cause and its cure."""

from typing import NamedTuple


class KnownProblem(NamedTuple):
    """One kind of problem.

    Attributes:
        status: HTTP status.
        slug: end of `type`.
        title: as in the answer.
        cause: when it is sent.
        cure: what a caller or an operator does.
    """

    status: int
    slug: str
    title: str
    cause: str
    cure: str


PROBLEMS = (
    KnownProblem(
        400,
        "bad-request",
        "Bad Request",
        "The body is not JSON in UTF-8, ended early, or the request is not valid HTTP.",
        "Send JSON in UTF-8, whole. The detail has the position of the fault.",
    ),
    KnownProblem(
        400,
        "several-tokens",
        "More than one access token",
        "Two `Authorization` headers, or a header and `access_token` in the query.",
        "Send the token once, in the header.",
    ),
    KnownProblem(
        401,
        "missing-token",
        "Access token missing",
        "There is no `Authorization: Bearer …` header.",
        "Get a token from your issuer and send it. Unknown addresses get this, too.",
    ),
    KnownProblem(
        401,
        "invalid-token",
        "Invalid access token",
        "The token is expired, malformed, of an unknown issuer, for another audience, or its signature is wrong.",
        "Get a new token. If that does not help, compare the claim in the detail with `SERVICE_ISSUERS`.",
    ),
    KnownProblem(
        403,
        "forbidden",
        "Not allowed",
        "The token lacks the scope, or it is a shopper's and the request is about another shopper.",
        "Ask the issuer for the scope that `WWW-Authenticate` names. Servers use scopes that end in `.any`.",
    ),
    KnownProblem(
        403,
        "no-such-call",
        "No such call",
        "An ingress asked at `/auth/verify` about a call that does not exist.",
        "Compare the address with the OpenAPI document. If it exists, check the ingress's headers.",
    ),
    KnownProblem(
        404,
        "unknown-product",
        "Unknown product",
        "No product has this id in the snapshot or the change feed, or it was deleted.",
        "Show nothing, or popular products. Compare the id with the catalog's: case and zeros count.",
    ),
    KnownProblem(
        404,
        "unknown-shopper",
        "Unknown shopper",
        "Only in the console: nothing is known of this shopper, or the shopper was erased.",
        "Compare the id with that of the tokens and the catalog.",
    ),
    KnownProblem(
        404,
        "no-map",
        "No map",
        "Only in the console: the snapshot was built by a release that did not lay out a map.",
        "Wait for the next build or refresh.",
    ),
    KnownProblem(
        404,
        "unknown-snapshot",
        "Unknown snapshot",
        "Only in the console: no snapshot of this version is published.",
        "Compare the version with `GET /v1/console/snapshots`.",
    ),
    KnownProblem(
        404,
        "not-found",
        "Not Found",
        "No call has this address.",
        "Compare the address with the OpenAPI document.",
    ),
    KnownProblem(
        405,
        "method-not-allowed",
        "Method Not Allowed",
        "The address exists, but not for this method.",
        "Use a method of the `Allow` header.",
    ),
    KnownProblem(
        408,
        "request-timeout",
        "Request Timeout",
        "The body arrived too slowly.",
        "Send it again, at once and whole.",
    ),
    KnownProblem(
        409,
        "other-snapshot",
        "Another snapshot",
        "Only in the console: the snapshot of these rows is no longer live.",
        "Load the map again.",
    ),
    KnownProblem(
        409,
        "unusable-snapshot",
        "Unusable snapshot",
        "Only in the console: a snapshot to compare was altered, has another format, or the disk has no room for it.",
        "Compare other versions. The detail has the reason.",
    ),
    KnownProblem(
        409,
        "snapshots-unchanged",
        "Nothing was changed",
        "Only in the console: the snapshot was altered, the storage is read-only for pods, or an indexer is writing.",
        "The detail has the next step: wait for the indexer, run the command, or choose another version.",
    ),
    KnownProblem(
        413,
        "request-entity-too-large",
        "Request Entity Too Large",
        "The body is longer than this call allows.",
        "Split it. The description of the body has its limit.",
    ),
    KnownProblem(
        414,
        "uri-too-long",
        "URI Too Long",
        "Path and query are too long.",
        "Use `POST /v1/recommendations`, whose body takes long lists.",
    ),
    KnownProblem(
        415,
        "unsupported-media-type",
        "Unsupported Media Type",
        "The body has another type than JSON, or a `Content-Encoding`.",
        "Send `Content-Type: application/json`, uncompressed.",
    ),
    KnownProblem(
        422,
        "invalid-request",
        "Invalid request",
        "A parameter or a value of the body is unknown or invalid.",
        "Correct what `errors` names, by `parameter` or by `pointer` (a JSON pointer into the body).",
    ),
    KnownProblem(
        429,
        "too-many-requests",
        "Too Many Requests",
        "The shopper or the client has used up its units per minute.",
        "Wait for `Retry-After`. `RateLimit` says what is left. Cache lists that are the same for everyone.",
    ),
    KnownProblem(
        431,
        "request-header-fields-too-large",
        "Request Header Fields Too Large",
        "The headers are too many or too large.",
        "Send fewer cookies and a shorter token.",
    ),
    KnownProblem(
        500,
        "internal-error",
        "Internal error",
        "A fault of the service.",
        "Report it with `X-Request-Id`. The log has the cause under this id.",
    ),
    KnownProblem(
        503,
        "no-snapshot",
        "No snapshot loaded",
        "No build was published yet, or the snapshot is being opened.",
        "Retry after `Retry-After`. If it lasts, look at the indexer's log.",
    ),
    KnownProblem(
        503,
        "overloaded",
        "Overloaded",
        "More requests, bodies or long questions of the console arrive at once than this pod serves.",
        "Retry after `Retry-After`, with a growing pause. If it lasts and the detail names no other cause, add pods.",
    ),
    KnownProblem(
        503,
        "timed-out",
        "Timed out",
        "The answer took longer than `SERVICE_REQUEST_SECONDS`.",
        "Retry reads. Repeat writes without a change: an event counts once by its id.",
    ),
    KnownProblem(
        503,
        "issuer-unavailable",
        "Token issuer unavailable",
        "The keys of a token issuer could not be fetched yet.",
        "Retry after `Retry-After`. If it lasts, check `jwks_url` and the network policy.",
    ),
    KnownProblem(
        503,
        "snapshot-opening",
        "Snapshot is being opened",
        "Only in the console: a snapshot to compare is still being fetched and verified.",
        "Retry after `Retry-After`.",
    ),
    KnownProblem(
        503,
        "snapshots-unreachable",
        "Storage unreachable",
        "Only in the console: the storage of snapshots does not answer.",
        "Retry after `Retry-After`.",
    ),
    KnownProblem(
        503,
        "storage-unavailable",
        "Storage unavailable",
        "The database or Redis is down, or the database is not migrated: changes may be unsaved, or reads unanswered.",
        "Repeat the request without a change.",
    ),
)
"""All kinds, by status."""

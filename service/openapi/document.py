"""What the OpenAPI document says of every route alike: errors, headers, an example of an answer."""

from dataclasses import replace

from litestar.openapi.spec import (
    Example,
    OpenAPI,
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    Schema,
)

from adapters.catalog import MAX_ID_CHARACTERS
from service.http.ids import ID_PATTERN
from service.http.problems import MEDIA_TYPE
from service.openapi.body_schemas import body_components
from service.openapi.examples import ANSWER_EXAMPLES

_ERRORS = {
    "400": ("bad-request", "Bad Request", "The body is not JSON, or there is more than one access token."),
    "401": (
        "missing-token",
        "Access token missing",
        "There is no access token, or one that is not accepted.",
    ),
    "403": ("forbidden", "Not allowed", "The access token does not reach this."),
    "404": ("unknown-product", "Unknown product", "There is nothing of this name."),
    "408": ("request-timeout", "Request Timeout", "The body did not arrive in time."),
    "413": ("request-entity-too-large", "Request Entity Too Large", "The body is too large."),
    "414": ("uri-too-long", "URI Too Long", "Path and query are too long."),
    "415": ("unsupported-media-type", "Unsupported Media Type", "The body is something else than JSON."),
    "422": (
        "invalid-request",
        "Invalid request",
        "A parameter or the body is not acceptable; `errors` says where.",
    ),
    "429": (
        "too-many-requests",
        "Too Many Requests",
        "The limit of requests is used up; wait as the header says.",
    ),
    "431": (
        "request-header-fields-too-large",
        "Request Header Fields Too Large",
        "There are too many headers, or too large ones.",
    ),
    "503": (
        "no-snapshot",
        "Nothing to recommend from yet",
        "It cannot be answered now; wait as the header says.",
    ),
}
_ALWAYS = ("400", "401", "403", "422", "429", "503")
_WITH_BODY = ("413", "415")
_BEFORE_THE_APPLICATION = ("408", "414", "431")
_READINESS = "/health/ready"

_ERROR_HEADERS = {
    "400": {"WWW-Authenticate": "The challenge, where there is more than one access token (RFC 6750)."},
    "401": {"WWW-Authenticate": "The challenge: what was missing or wrong (RFC 6750)."},
    "403": {"WWW-Authenticate": "The challenge, with the scope that would be enough (RFC 6750)."},
    "429": {"Retry-After": "Seconds until it is worth trying again."},
    "503": {"Retry-After": "Seconds until it is worth trying again."},
}
_REQUEST_ID = {"X-Request-Id": "Names the request in the service's log; the caller's own, where it sent one."}
_EVERYWHERE = _REQUEST_ID | {
    "X-Content-Type-Options": "`nosniff`.",
    "X-Frame-Options": "`DENY`.",
    "Referrer-Policy": "`no-referrer`.",
    "Cross-Origin-Resource-Policy": "`same-origin`.",
    "Content-Security-Policy": "Answers are data: shown as a page, they load and run nothing.",
}
_LIMITS = {
    "RateLimit": "Of each limit that the request counts against: what is left (`r`), and the seconds until all of it "
    "is there again (`t`); absent where nothing is limited.",
    "RateLimit-Policy": "The limits: requests (`q`) per seconds (`w`).",
}
_PRIVATE = {"Cache-Control": "`private`: answers are for this caller, shared caches do not keep them."}

_ID = Schema(type=OpenAPIType.STRING, min_length=1, max_length=MAX_ID_CHARACTERS, pattern=ID_PATTERN)

_IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    param_in="header",
    schema=Schema(type=OpenAPIType.STRING),
    description="The `ETag` of the answer that the caller has: 304 where it is still the list.",
)


def complete(document: OpenAPI) -> None:
    """Adds to every operation what it shares with all others; in place.

    The framework knows of the answers that handlers return, and would claim errors that this service does not send.
    """
    for path, item in (document.paths or {}).items():
        for operation in (item.get, item.post, item.put, item.delete):
            if operation is not None:
                _complete(path, operation)
    schemas = document.components.schemas = (document.components.schemas or {}) | body_components()
    for schema in schemas.values():
        _one_number(schema)
    for name, example in ANSWER_EXAMPLES.items():
        if name in schemas:
            schemas[name].examples = [example]


def _complete(path: str, operation: Operation) -> None:
    responses = {
        status: response
        for status, response in (operation.responses or {}).items()
        if not (status == "400" and isinstance(response, OpenAPIResponse))
    }
    for response in responses.values():
        if isinstance(response, OpenAPIResponse):
            response.headers = _headers(_EVERYWHERE | _LIMITS | _PRIVATE) | _with_schemas(
                response.headers or {}
            )
    if "304" in responses:
        operation.parameters = [*(operation.parameters or ()), _IF_NONE_MATCH]
    for parameter in operation.parameters or ():
        if isinstance(parameter, Parameter):
            parameter.schema = _ID if parameter.param_in == "path" else _without_null(parameter.schema)
    for status in _errors_of(path, operation):
        responses.setdefault(status, _problem(status))
    operation.responses = dict(sorted(responses.items()))


def _without_null(schema: Schema | Reference | None) -> Schema | Reference | None:
    """What a parameter that may be left out holds when it is there: a URL has no null."""
    if not isinstance(schema, Schema):
        return schema
    if isinstance(schema.type, list):
        values = [value for value in schema.enum or () if value is not None]
        return replace(schema, type=[kind for kind in schema.type if kind != OpenAPIType.NULL], enum=values)
    kinds = [kind for kind in schema.one_of or () if getattr(kind, "type", None) != OpenAPIType.NULL]
    if len(kinds) != 1 or not isinstance(kinds[0], Schema):
        return schema
    return replace(kinds[0], description=schema.description, default=schema.default, examples=schema.examples)


def _one_number(schema: object) -> None:
    """`number` for "one of integer and number", which no integer fulfils: it is both."""
    if not isinstance(schema, Schema):
        return
    kinds = {getattr(each, "type", None) for each in schema.one_of or ()}
    if kinds == {OpenAPIType.INTEGER, OpenAPIType.NUMBER}:
        schema.one_of, schema.type = None, OpenAPIType.NUMBER
    for inner in ((schema.properties or {}).values(), (schema.items, schema.additional_properties)):
        for each in inner:
            _one_number(each)


def _errors_of(path: str, operation: Operation) -> list[str]:
    if not path.startswith("/v1/"):
        return ["503"] if path == _READINESS else []
    body = _WITH_BODY if operation.request_body is not None else ()
    return [*_ALWAYS, *_BEFORE_THE_APPLICATION, *body, *(("404",) if "{" in path else ())]


def _problem(status: str) -> OpenAPIResponse:
    slug, title, description = _ERRORS[status]
    example = {
        "type": f"urn:problem:recommender:{slug}",
        "title": title,
        "status": int(status),
        "detail": description.replace("`", ""),
        "instance": "/v1/popular",
    }
    content = OpenAPIMediaType(
        schema=Reference(ref="#/components/schemas/Problem"), examples={slug: Example(value=example)}
    )
    limits = _LIMITS if status == "429" else {}
    headers = _headers(_EVERYWHERE | limits | _ERROR_HEADERS.get(status, {}))
    return OpenAPIResponse(description=description, headers=headers, content={MEDIA_TYPE: content})


def _with_schemas(headers: dict[str, OpenAPIHeader | Reference]) -> dict[str, OpenAPIHeader | Reference]:
    """The headers, texts where nothing else is said: the framework leaves that out, and a document needs it."""
    for header in headers.values():
        if isinstance(header, OpenAPIHeader) and header.schema is None:
            header.schema = Schema(type=OpenAPIType.STRING)
    return headers


def _headers(descriptions: dict[str, str]) -> dict[str, OpenAPIHeader | Reference]:
    return {
        name: OpenAPIHeader(schema=Schema(type=OpenAPIType.STRING), description=description)
        for name, description in descriptions.items()
    }

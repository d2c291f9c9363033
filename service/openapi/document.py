"""The OpenAPI document: its title, and what all routes share (errors, headers, examples)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from http import HTTPStatus
from typing import Any, TypeAlias

from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPI,
    OpenAPIHeader,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    Schema,
    SecurityScheme,
    Tag,
)

from adapters.catalog import MAX_ID_CHARACTERS
from service import __version__
from service.http.ids import ID_PATTERN
from service.http.middleware.authentication import DOCUMENTATION
from service.http.middleware.path_prefix import path_prefix
from service.openapi.attributes import describe_defaults, describe_fields, require_sent_fields
from service.openapi.body_schemas import body_components
from service.openapi.enumerations import name_enumerations
from service.openapi.errors import reference, shared_responses
from service.openapi.examples.answers import ANSWER_EXAMPLES
from service.openapi.headers import LIMITS, PRIVATE, WITH_REQUEST_ID, references, shared_headers
from service.openapi.page import DOCUMENT, DocumentationPage
from service.openapi.texts import INTRODUCTION, PATH_PARAMETERS, SUCCESSES, TAGS, scope_sentence
from service.openapi.vocabulary import describe_names

Scopes: TypeAlias = Mapping[tuple[str, str], tuple[str, bool]]

_ALWAYS = ("400", "401", "403", "422", "429", "503")
_WITH_BODY = ("413", "415")
_BEFORE_THE_APPLICATION = ("408", "414", "431")
_OF_SNAPSHOTS = {
    "products_on_map": ("409",),
    "compared_snapshots": ("404", "409"),
    "roll_back_snapshot": ("409",),
}
_READINESS = "/health/ready"

_ID = Schema(type=OpenAPIType.STRING, min_length=1, max_length=MAX_ID_CHARACTERS, pattern=ID_PATTERN)

_IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    param_in="header",
    schema=Schema(type=OpenAPIType.STRING),
    description="`ETag` of the caller's version. The answer is 304 if the list still has it.",
)


class _DocumentPlugin(JsonRenderPlugin):
    """The document, with the path prefix of the request as its server."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document as JSON."""
        prefix = path_prefix(request.scope)
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return super().render(request, openapi_schema | servers)


class _Document(OpenAPI):
    """The document, completed when it is first written."""

    incomplete: Scopes | None = None

    def to_schema(self) -> dict[str, Any]:
        """The document as it is sent."""
        if self.incomplete is not None:
            scopes, self.incomplete = self.incomplete, None
            _complete_all(self, scopes)
        document = super().to_schema()
        schemas = document["components"]["schemas"]
        # Set last, because the framework leaves out nulls, which answers have.
        for name in ANSWER_EXAMPLES.keys() & schemas.keys():
            schemas[name]["examples"] = [ANSWER_EXAMPLES[name]]
        name_enumerations(document)
        return document


@dataclass
class _Config(OpenAPIConfig):
    scopes: Scopes = field(default_factory=dict)

    def to_openapi_schema(self) -> OpenAPI:
        """The document without paths, which the framework adds."""
        made = super().to_openapi_schema()
        document = _Document(**{each.name: getattr(made, each.name) for each in fields(made)})
        document.incomplete = self.scopes
        return document


def openapi_config(scopes: Scopes) -> OpenAPIConfig:
    """Describes the API, and where its document and its page are served.

    The document is made at its first use, which takes 0.2 s.

    Args:
        scopes: scope of each call by method and path, and whether the call can name a shopper.
    """
    bearer = SecurityScheme(
        type="http",
        scheme="bearer",
        bearer_format="JWT",
        description="Access token (RFC 9068) of your issuer. For the demo: `make -s token SUB=<user id>`.",
    )
    return _Config(
        title="Recommender",
        version=__version__,
        description=INTRODUCTION,
        path=DOCUMENTATION,
        components=Components(security_schemes={"bearer": bearer}),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, method, path: handler.handler_name,
        render_plugins=[DocumentationPage(), _DocumentPlugin(path=DOCUMENT)],
        scopes=scopes,
    )


def _complete_all(document: OpenAPI, scopes: Scopes) -> None:
    """Adds the shared parts to every operation, in place.

    The framework documents the answers of handlers, and errors that this service does not send.
    """
    for path, item in (document.paths or {}).items():
        for method in ("get", "post", "put", "delete"):
            operation = getattr(item, method)
            if operation is not None:
                _complete(path, operation)
                if (needed := scopes.get((method.upper(), path))) is not None:
                    _add_scope(operation, *needed)
    document.tags = [Tag(name, description=text) for name, text in TAGS.items()]
    document.components.headers = dict(shared_headers())
    document.components.responses = dict(shared_responses())
    answers = document.components.schemas or {}
    require_sent_fields({name: schema for name, schema in answers.items() if isinstance(schema, Schema)})
    schemas = document.components.schemas = answers | body_components()
    for schema in schemas.values():
        _one_number(schema)
    described = {name: schema for name, schema in schemas.items() if isinstance(schema, Schema)}
    describe_fields(described)
    describe_defaults(described)
    describe_names(described)


def _add_scope(operation: Operation, scope: str, names_shoppers: bool) -> None:
    sentence = scope_sentence(scope, names_shoppers=names_shoppers)
    operation.description = f"{operation.description}\n\n{sentence}"
    operation.security = [{"bearer": [scope]}, {"bearer": [f"{scope}.any"]}]


def _complete(path: str, operation: Operation) -> None:
    responses = {
        status: response
        for status, response in (operation.responses or {}).items()
        if not (status == "400" and isinstance(response, OpenAPIResponse))
    }
    for response in responses.values():
        if isinstance(response, OpenAPIResponse):
            shared = references([*WITH_REQUEST_ID, *LIMITS, *PRIVATE])
            response.headers = shared | _own_headers(response, shared.keys())
            if response.description == HTTPStatus.OK.description:
                response.description = SUCCESSES.get(str(operation.operation_id), response.description)
    found, unchanged = responses.get("200"), responses.get("304")
    if isinstance(found, OpenAPIResponse) and isinstance(unchanged, OpenAPIResponse):
        unchanged.headers = found.headers
        operation.parameters = [*(operation.parameters or ()), _IF_NONE_MATCH]
    for parameter in operation.parameters or ():
        if isinstance(parameter, Parameter):
            if parameter.param_in == "path":
                parameter.schema, parameter.description = _ID, PATH_PARAMETERS[parameter.name]
            else:
                parameter.schema = _without_null(parameter.schema)
    for status in _errors_of(path, operation):
        responses.setdefault(status, reference(status))
    operation.responses = dict(sorted(responses.items()))


def _without_null(schema: Schema | Reference | None) -> Schema | Reference | None:
    """The schema of an optional parameter without null, which a URL cannot express.

    Bounds of the value stand beside its kinds, and stay.
    """
    if not isinstance(schema, Schema):
        return schema
    if isinstance(schema.type, list):
        values = [value for value in schema.enum or () if value is not None]
        return replace(schema, type=[kind for kind in schema.type if kind != OpenAPIType.NULL], enum=values)
    kinds = [kind for kind in schema.one_of or () if getattr(kind, "type", None) != OpenAPIType.NULL]
    if len(kinds) != 1 or not isinstance(kinds[0], Schema):
        return schema
    beside = {each.name: getattr(schema, each.name) for each in fields(schema) if each.name != "one_of"}
    return replace(kinds[0], **{name: value for name, value in beside.items() if value is not None})


def _one_number(schema: object) -> None:
    """Removes `integer` beside `number` from "one of", which no integer would match."""
    if not isinstance(schema, Schema):
        return
    kinds = [getattr(each, "type", None) for each in schema.one_of or ()]
    if OpenAPIType.INTEGER in kinds and OpenAPIType.NUMBER in kinds:
        schema.one_of = [
            each for each in schema.one_of or () if getattr(each, "type", None) != OpenAPIType.INTEGER
        ]
        if len(schema.one_of) == 1:
            schema.one_of, schema.type = None, OpenAPIType.NUMBER
    for inner in ((schema.properties or {}).values(), (schema.items, schema.additional_properties)):
        for each in inner:
            _one_number(each)


def _errors_of(path: str, operation: Operation) -> list[str]:
    if not path.startswith("/v1/"):
        return ["503"] if path == _READINESS else []
    body = _WITH_BODY if operation.request_body is not None else ()
    unknown = ("404",) if "{" in path else ()
    snapshots = _OF_SNAPSHOTS.get(str(operation.operation_id), ())
    return [*_ALWAYS, *_BEFORE_THE_APPLICATION, *body, *unknown, *snapshots]


def _own_headers(response: OpenAPIResponse, shared: Iterable[str]) -> dict[str, OpenAPIHeader | Reference]:
    """The headers of `response` that are not in `shared`, in whatever case.

    Each gets the required schema.
    """
    known = {name.lower() for name in shared}
    own = {name: header for name, header in (response.headers or {}).items() if name.lower() not in known}
    for header in own.values():
        if isinstance(header, OpenAPIHeader) and header.schema is None:
            header.schema = Schema(type=OpenAPIType.STRING)
    return own

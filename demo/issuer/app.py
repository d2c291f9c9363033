"""The issuer's HTTP application: metadata, keys, tokens."""

from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.types import ExceptionHandlersMap

from demo.issuer.settings import IssuerSettings
from demo.issuer.state import client_secret, signing_key
from demo.issuer.token_request import TokenRequestError, read_token_request
from demo.issuer.tokens import TokenFactory

DEFAULT_SCOPE = "recommendations:read"

_MAX_BODY_BYTES = 16 * 1024


def create_app(settings: IssuerSettings) -> Litestar:
    """Creates the application, and the signing key and client secret if missing.

    Raises:
        StateError: the state folder cannot be used.
    """
    key = signing_key(settings.state_dir)
    secret = client_secret(settings)
    factory = TokenFactory(settings.issuer, key, settings.client_id, settings.token_seconds)
    handlers: ExceptionHandlersMap = {TokenRequestError: _refusal}

    @get(["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
    async def metadata() -> dict[str, Any]:
        return _metadata(settings.issuer)

    @get("/jwks", cache_control=CacheControlHeader(max_age=60, public=True))
    async def jwks() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False)]}

    @post("/token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        authorization = request.headers.getall("authorization", [])
        token_request = read_token_request(await request.body(), authorization, settings.client_id, secret)
        scope = token_request.scope or DEFAULT_SCOPE
        content = {
            "access_token": factory.token(
                token_request.subject, token_request.audience or settings.audience, scope
            ),
            "token_type": "Bearer",
            "expires_in": settings.token_seconds,
            "scope": scope,
        }
        return Response(content, headers={"cache-control": "no-store"})

    return Litestar(
        [metadata, jwks, token],
        exception_handlers=handlers,
        request_max_body_size=_MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )


def _metadata(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "token_endpoint": f"{issuer}/token",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
    }


def _refusal(_: Request[Any, Any, Any], error: TokenRequestError) -> Response[dict[str, str]]:
    headers = {"cache-control": "no-store"}
    if error.status == 401:
        headers["www-authenticate"] = 'Basic realm="development issuer"'
    content = {"error": error.error, "error_description": error.description}
    return Response(content, status_code=error.status, headers=headers)

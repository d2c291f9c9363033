"""The issuer's HTTP application: metadata, keys, tokens, and a login for the console."""

import time
from collections.abc import Callable
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.types import ExceptionHandlersMap

from demo.issuer.authorization import (
    CONSOLE_CLIENT,
    PAGE_POLICY,
    PERSON,
    AuthorizationRefused,
    Authorizations,
    Grant,
    login_page,
)
from demo.issuer.settings import IssuerSettings
from demo.issuer.state import client_secret, signing_key
from demo.issuer.token_request import TokenRequestError, form_fields, read_token_request
from demo.issuer.tokens import TokenFactory

DEFAULT_SCOPE = "recommendations:read"

_MAX_BODY_BYTES = 16 * 1024


def create_app(settings: IssuerSettings, clock: Callable[[], float] = time.time) -> Litestar:
    """Creates the application, and the signing key and client secret if missing.

    Tokens have the times of `clock`, in seconds since the epoch.

    Raises:
        StateError: the state folder cannot be used.
    """
    key = signing_key(settings.state_dir)
    secret = client_secret(settings)
    factory = TokenFactory(settings.issuer, key, settings.client_id, settings.token_seconds, clock)
    authorizations = Authorizations(settings.console_redirect_uris)
    handlers: ExceptionHandlersMap = {TokenRequestError: _refusal, AuthorizationRefused: _refused_login}

    @get(["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
    async def metadata() -> dict[str, Any]:
        return _metadata(settings.issuer)

    @get("/jwks", cache_control=CacheControlHeader(max_age=60, public=True))
    async def jwks() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False)]}

    @post("/token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        body = await request.body()
        if (fields := form_fields(body)).get("grant_type") == "authorization_code":
            return _token_response(_console_tokens(factory, settings, authorizations.redeem(fields)))
        authorization = request.headers.getall("authorization", [])
        token_request = read_token_request(body, authorization, settings.client_id, secret)
        scope = token_request.scope or DEFAULT_SCOPE
        content = {
            "access_token": factory.token(
                token_request.subject, token_request.audience or settings.audience, scope
            ),
            "token_type": "Bearer",
            "expires_in": settings.token_seconds,
            "scope": scope,
        }
        return _token_response(content)

    @get("/authorize")
    async def ask(request: Request[Any, Any, Any]) -> Response[str]:
        query = dict(request.query_params)
        authorizations.grant_for(query)
        headers = {"content-security-policy": PAGE_POLICY, "cache-control": "no-store"}
        return Response(login_page(query), media_type=MediaType.HTML, headers=headers)

    @post("/authorize", status_code=303)
    async def sign_in(request: Request[Any, Any, Any]) -> Response[None]:
        location = authorizations.redirect(form_fields(await request.body()))
        return Response(None, headers={"location": location, "cache-control": "no-store"})

    return Litestar(
        [metadata, jwks, token, ask, sign_in],
        exception_handlers=handlers,
        request_max_body_size=_MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )


def _token_response(content: dict[str, Any]) -> Response[dict[str, Any]]:
    return Response(content, headers={"cache-control": "no-store"})


def _console_tokens(factory: TokenFactory, settings: IssuerSettings, grant: Grant) -> dict[str, Any]:
    return {
        "access_token": factory.token(PERSON, settings.audience, grant.scope, CONSOLE_CLIENT),
        "id_token": factory.id_token(PERSON, CONSOLE_CLIENT, grant.nonce),
        "token_type": "Bearer",
        "expires_in": settings.token_seconds,
        "scope": grant.scope,
    }


def _metadata(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "token_endpoint": f"{issuer}/token",
        "authorization_endpoint": f"{issuer}/authorize",
        "grant_types_supported": ["client_credentials", "authorization_code"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
    }


def _refused_login(_: Request[Any, Any, Any], error: AuthorizationRefused) -> Response[str]:
    headers = {"content-security-policy": PAGE_POLICY, "cache-control": "no-store"}
    return Response(str(error), status_code=400, media_type=MediaType.TEXT, headers=headers)


def _refusal(_: Request[Any, Any, Any], error: TokenRequestError) -> Response[dict[str, str]]:
    headers = {"cache-control": "no-store"}
    if error.status == 401:
        headers["www-authenticate"] = 'Basic realm="development issuer"'
    content = {"error": error.error, "error_description": error.description}
    return Response(content, status_code=error.status, headers=headers)

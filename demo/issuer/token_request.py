"""Parses and validates token requests (RFC 6749)."""

import base64
import binascii
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")
_MAX_FIELDS = 20


class TokenRequestError(Exception):
    """An error answer of RFC 6749, section 5.2.

    Args:
        error: error code.
        description: text for the client's developer.
        status: HTTP status, 400 or 401.
    """

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True)
class TokenRequest:
    """Parameters of a token request. A missing one is None."""

    subject: str | None
    audience: str | None
    scope: str | None


def read_token_request(
    body: bytes, authorization: Sequence[str], client_id: str, client_secret: str
) -> TokenRequest:
    """Parses a form-encoded request and authenticates its client.

    Args:
        body: the request's body.
        authorization: values of all Authorization headers.
        client_id: the one known client.
        client_secret: its secret.

    Raises:
        TokenRequestError: malformed form, failed authentication, or unsupported grant.
    """
    fields = form_fields(body)
    given_id, given_secret = _credentials(fields, authorization)
    # Both are always compared, so that the duration reveals nothing about either.
    id_matches = secrets.compare_digest(given_id.encode(), client_id.encode())
    secret_matches = secrets.compare_digest(given_secret.encode(), client_secret.encode())
    if not (id_matches and secret_matches):
        raise TokenRequestError("invalid_client", "The client id or secret is wrong.", 401)
    if "grant_type" not in fields:
        raise TokenRequestError("invalid_request", "grant_type is missing.")
    if fields["grant_type"] != "client_credentials":
        raise TokenRequestError("unsupported_grant_type", "Only client_credentials is supported.")
    scope = fields.get("scope")
    if scope is not None and not _SCOPE.fullmatch(scope):
        raise TokenRequestError("invalid_scope", "scope must be names separated by single spaces.")
    return TokenRequest(fields.get("subject"), fields.get("audience"), scope)


def form_fields(body: bytes) -> dict[str, str]:
    """The fields of a form.

    Raises:
        TokenRequestError: it is none, or a field is given twice.
    """
    try:
        pairs = parse_qsl(
            body.decode(), strict_parsing=bool(body), max_num_fields=_MAX_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise TokenRequestError("invalid_request", "The body is not a form.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise TokenRequestError("invalid_request", "A field is given twice.")
    return fields


def _credentials(fields: dict[str, str], authorization: Sequence[str]) -> tuple[str, str]:
    in_form = "client_secret" in fields
    if len(authorization) + in_form > 1:
        raise TokenRequestError("invalid_request", "The client authenticates in more than one way.")
    if authorization:
        return _basic(authorization[0])
    if not in_form:
        raise TokenRequestError("invalid_client", "The client id and secret are missing.", 401)
    return fields.get("client_id", ""), fields["client_secret"]


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("another scheme")
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        if not colon:
            raise ValueError("no colon")
    except (binascii.Error, ValueError) as error:
        raise TokenRequestError(
            "invalid_client", "The Authorization header is not HTTP Basic.", 401
        ) from error
    return unquote_plus(name), unquote_plus(secret)

import base64
from urllib.parse import quote_plus, urlencode

import pytest

from demo.issuer.token_request import TokenRequest, TokenRequestError, read_token_request

CLIENT, SECRET = "demo: äpp", "s3cret & more: %"


def read(fields: dict[str, str], authorization: list[str] | None = None) -> TokenRequest:
    return read_token_request(urlencode(fields).encode(), authorization or [], CLIENT, SECRET)


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()


GRANT = {"grant_type": "client_credentials"}
POST = {**GRANT, "client_id": CLIENT, "client_secret": SECRET}


def test_client_may_authenticate_in_the_form() -> None:
    assert read(POST) == TokenRequest(None, None, None)


def test_client_may_authenticate_in_the_header() -> None:
    assert read(GRANT, [basic(CLIENT, SECRET)]) == TokenRequest(None, None, None)
    assert read({**GRANT, "client_id": CLIENT}, [basic(CLIENT, SECRET)]) == TokenRequest(None, None, None)


def test_subject_audience_and_scope_are_read() -> None:
    request = read({**POST, "subject": "ana 50%25", "audience": "catalog", "scope": "a:b c.d"})
    assert request == TokenRequest("ana 50%25", "catalog", "a:b c.d")


@pytest.mark.parametrize(
    ("fields", "authorization", "error", "status"),
    [
        (GRANT, [], "invalid_client", 401),
        ({**POST, "client_secret": "wrong"}, [], "invalid_client", 401),
        ({**POST, "client_secret": ""}, [], "invalid_client", 401),
        ({**POST, "client_id": "other"}, [], "invalid_client", 401),
        (GRANT, [basic(CLIENT, "wrong")], "invalid_client", 401),
        (GRANT, [basic("other", SECRET)], "invalid_client", 401),
        (GRANT, ["Bearer abc"], "invalid_client", 401),
        (GRANT, ["Basic ???"], "invalid_client", 401),
        (GRANT, ["Basic " + base64.b64encode(b"no colon").decode()], "invalid_client", 401),
        (GRANT, ["Basic " + base64.b64encode(b"\xff:\xff").decode()], "invalid_client", 401),
        (POST, [basic(CLIENT, SECRET)], "invalid_request", 400),
        (GRANT, [basic(CLIENT, SECRET)] * 2, "invalid_request", 400),
        ({**POST, "grant_type": "password"}, [], "unsupported_grant_type", 400),
        ({name: POST[name] for name in ("client_id", "client_secret")}, [], "invalid_request", 400),
        ({**POST, "scope": 'a"b'}, [], "invalid_scope", 400),
        ({**POST, "scope": "a  b"}, [], "invalid_scope", 400),
    ],
)
def test_invalid_request_gets_the_error_of_the_standard(
    fields: dict[str, str], authorization: list[str], error: str, status: int
) -> None:
    with pytest.raises(TokenRequestError) as caught:
        read(fields, authorization)
    assert (caught.value.error, caught.value.status) == (error, status)


@pytest.mark.parametrize(
    "body", [b"grant_type", b"\xff=1", b"a=%ff", b"&".join(b"f%d=1" % number for number in range(30))]
)
def test_body_that_is_not_a_form_is_rejected(body: bytes) -> None:
    with pytest.raises(TokenRequestError, match="not a form"):
        read_token_request(body, [], CLIENT, SECRET)


def test_repeated_field_is_rejected() -> None:
    body = urlencode([*POST.items(), ("subject", "ana"), ("subject", "ben")]).encode()
    with pytest.raises(TokenRequestError, match="given twice"):
        read_token_request(body, [], CLIENT, SECRET)

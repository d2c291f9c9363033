"""Errors of unknown authorities have a remedy, wherever they are met."""

import ssl
from collections.abc import Callable

import httpx
import pytest

from adapters.cache.redis_connection import reason_of as reason_of_redis
from adapters.catalog.http_errors import translate_error
from adapters.certificates import with_remedy
from adapters.database.errors import database_error

FAULT = "certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)"


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (
            lambda error: str(database_error(error, "postgresql://db.test/shop")),
            "Set sslrootcert or SSL_CERT_FILE to its authority",
        ),
        (reason_of_redis, "Set ssl_ca_certs or SSL_CERT_FILE to its authority"),
        (
            lambda error: str(translate_error(httpx.ConnectError(str(error)), "GET x")),
            "Set SSL_CERT_FILE to its authority",
        ),
    ],
)
def test_unknown_authority_has_a_remedy(said: Callable[[Exception], str], remedy: str) -> None:
    assert said(ssl.SSLCertVerificationError(1, FAULT)).endswith(f". {remedy}")
    assert "authority" not in said(ssl.SSLCertVerificationError(1, "certificate has expired"))


def test_a_file_of_authorities_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/ca.crt")
    for parameters in ((), ("sslrootcert",)):
        assert with_remedy(FAULT, *parameters).endswith("to its authority. SSL_CERT_FILE names no file now")

"""Calls that the headers of a proxy describe."""

import pytest

from service.auth.original_calls import OriginalCall, UnclearCall, original_calls

NGINX = [(b"x-original-method", b"GET"), (b"x-original-uri", b"/v1/popular?limit=5")]
TRAEFIK = [(b"x-forwarded-method", b"PUT"), (b"x-forwarded-uri", b"/v1/events")]


def test_headers_of_two_proxies_describe_two_calls() -> None:
    calls = [OriginalCall("GET", "/v1/popular", "limit=5"), OriginalCall("PUT", "/v1/events", "")]
    assert original_calls([*NGINX, *TRAEFIK, (b"host", b"test")]) == calls


def test_number_of_checks_per_request_is_bounded() -> None:
    assert len(original_calls(NGINX * 4)) == 16
    with pytest.raises(UnclearCall, match="more than 8 headers"):
        original_calls([*NGINX * 4, *TRAEFIK])

"""Odd requests without a token, byte by byte."""

from collections.abc import Iterator

import pytest

from service.http.problems import MEDIA_TYPE
from tests.support.builders.services.running_service import RunningService
from tests.support.servers.raw_client import RawAnswer, exchange

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"BREW")
"""Methods with a layer of their own, with and without a body, and one that does not exist."""
OTHER_METHODS = (b"PATCH", b"TRACE", b"PROPFIND", b"QUERY", b"get")
"""Methods that take the same ways as those."""
PLACES = (
    b"/", b"/schema", b"/schema/", b"/schema/assets", b"/schema/assets/", b"/schema/openapi.json", b"/health/live",
    b"/health/ready", b"/health/", b"/auth/verify", b"/v1/popular", b"/v1/users/", b"/nothing/",
)  # fmt: skip
ENDINGS = (
    b"", b"%00", b"a%00b", b"%2e%2e", b"%2e%2e%2f%2e%2e%2fetc%2fpasswd", b"..", b"../../etc/passwd", b"..%5c..%5cetc",
    b"..\\..\\etc", b"%2f", b"%2F%2F", b"//", b".", b"%", b"%zz", b"%ff%fe", b"%c0%ae%c0%ae", b"%ed%a0%80",
    b"\xc3\xa9", b"\xff", b"%0d%0aX-Injected:%201", b"%20", b";a=b", b"?", b"?%00=%ff", b"?a=" + b"%00" * 300, b"#a",
    b"x" * 300, b"x" * 10_000, b"%e2%98%83" * 300, b"/" * 5_000, b"CON", b"~root", b"$(id)", b"{name}", b"%7Bpath%7D",
    b"swagger-ui.css%00", b"swagger-ui.css/", b"swagger-ui.css/x", b"__init__.py", b"swagger-editor.js",
)  # fmt: skip
NO_PATHS = (
    b"*", b"http://test/schema", b"http://other/schema/assets/%00", b"https://test", b"//test/schema", b"test:80",
)  # fmt: skip
TARGETS = [*(place + ending for place in PLACES for ending in ENDINGS), *NO_PATHS]
PREFLIGHT = (b"origin: https://shop.example", b"access-control-request-method: GET")


@pytest.fixture(autouse=True)
def quiet(service: RunningService) -> Iterator[None]:
    """Checks after each test that the service logged no error."""
    before = len(service.log.read_text())
    yield
    logged = service.log.read_text()[before:]
    assert "Traceback" not in logged
    assert '"level": "error"' not in logged


def send(url: str, method: bytes, target: bytes, *headers: bytes) -> RawAnswer:
    lines = [method + b" " + target + b" HTTP/1.1", b"host: test", b"connection: close", *headers]
    return exchange(url, [b"\r\n".join([*lines, b"", b""])])


def assert_bounded(answer: RawAnswer, target: bytes) -> None:
    """Checks that the answer is no failure, short, and reflects no control character.

    An error is a problem.
    """
    assert answer.status < 500, (target[:100], answer.body[:300])
    if answer.status >= 400:
        assert answer.headers["content-type"] == MEDIA_TYPE, target[:100]
        assert len(answer.body) < 40_000, target[:100]
    assert not any(byte < 32 and byte not in b"\n\r\t" for byte in answer.body[:1000]) or answer.status < 400
    assert "x-injected" not in answer.headers
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize("method", METHODS)
def test_no_address_is_an_error_of_the_service(service: RunningService, method: bytes) -> None:
    for target in TARGETS:
        assert_bounded(send(service.url, method, target), target)


def test_no_address_is_an_error_with_any_other_method(service: RunningService) -> None:
    for number, target in enumerate(TARGETS):
        method = OTHER_METHODS[number % len(OTHER_METHODS)]
        assert_bounded(send(service.url, method, target), target)


def test_preflights_of_any_address_are_answered(service: RunningService) -> None:
    for target in TARGETS:
        assert_bounded(send(service.url, b"OPTIONS", target, *PREFLIGHT), target)


def test_verification_survives_any_description(service: RunningService) -> None:
    for target in TARGETS:
        for names in ((b"x-original-method", b"x-original-uri"), (b"x-forwarded-method", b"x-forwarded-uri")):
            headers = (names[0] + b": GET", names[1] + b": " + target)
            answer = send(service.url, b"GET", b"/auth/verify", *headers)
            assert answer.status in (400, 401), target[:100]


def test_metrics_port_survives_any_address(service: RunningService) -> None:
    # All paths are one to it, and each answer has all metrics.
    for target in (*(b"/metrics" + ending for ending in ENDINGS), *NO_PATHS):
        assert send(service.metrics_url, b"GET", target).status < 500, target[:100]
    for method in (*METHODS, *OTHER_METHODS):
        assert send(service.metrics_url, method, b"/metrics").status < 500, method

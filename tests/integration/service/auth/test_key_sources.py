"""Sources of key sets against a real server."""

import pytest

from service.auth import key_sources
from tests.support.servers.raw_http import RawServer, http

pytestmark = pytest.mark.anyio


async def test_cookies_of_an_issuer_are_not_kept() -> None:
    with RawServer(lambda _: http(200, "{}", set_cookie="session=1")) as issuer:
        source = key_sources.UrlKeySource(issuer.url)
        assert [await source.read(), await source.read()] == [b"{}"] * 2
        await source.close()
    assert not any("cookie" in request.headers for request in issuer.requests)

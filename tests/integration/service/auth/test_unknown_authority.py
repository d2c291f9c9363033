"""Keys of an issuer whose certificate nobody trusts."""

import asyncio
from pathlib import Path

import pytest

from service.auth import key_sources
from tests.support.servers.certificates import untrusted_server

pytestmark = pytest.mark.anyio


async def test_an_issuer_of_an_unknown_authority_has_a_remedy(tmp_path: Path) -> None:
    async with await asyncio.start_server(
        lambda *_: None, "localhost", 0, ssl=untrusted_server(tmp_path)
    ) as server:
        source = key_sources.UrlKeySource(f"https://localhost:{server.sockets[0].getsockname()[1]}/jwks")
        with pytest.raises(key_sources.KeysUnavailable, match=r"\. Set SSL_CERT_FILE to its authority$"):
            await source.read()
        await source.close()

from collections.abc import AsyncIterator, Iterator

import pytest

from service.auth import IssuerPolicy, TokenVerifier
from tests.integration.service.auth.jwks_server import JwksServer
from tests.support.tokens import ISSUER, Clock, Forge


@pytest.fixture(scope="session")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(tmp_path_factory.mktemp("jwks") / "jwks.json")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jwks_server(forge: Forge) -> Iterator[JwksServer]:
    server = JwksServer()
    server.publish(forge.rsa)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def verifier(jwks_server: JwksServer, clock: Clock) -> AsyncIterator[TokenVerifier]:
    policy = IssuerPolicy(issuer=ISSUER, audience="recommender", jwks_url=jwks_server.url)
    made = TokenVerifier([policy], clock=clock, monotonic=clock)
    yield made
    await made.close()

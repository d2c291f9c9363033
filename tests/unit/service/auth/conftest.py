from collections.abc import AsyncIterator

import pytest

from service.auth import IssuerPolicy, TokenVerifier
from tests.support.tokens import ISSUER, Clock, Forge


@pytest.fixture(scope="session")
def session_forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(tmp_path_factory.mktemp("jwks") / "jwks.json")


@pytest.fixture
def forge(session_forge: Forge) -> Forge:
    session_forge.publish(session_forge.rsa, session_forge.ec, session_forge.okp)
    return session_forge


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def policy(forge: Forge) -> IssuerPolicy:
    return IssuerPolicy(issuer=ISSUER, audience="recommender", jwks_file=forge.jwks_file)


@pytest.fixture
async def verifier(policy: IssuerPolicy, clock: Clock) -> AsyncIterator[TokenVerifier]:
    made = TokenVerifier([policy], clock=clock, monotonic=clock)
    yield made
    await made.close()

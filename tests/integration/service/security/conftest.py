from collections.abc import Iterator

import pytest

from tests.integration.service.security.issuers import Issuers
from tests.support.builders.published_snapshots import shop
from tests.support.builders.services.running_service import RunningService, running_service


@pytest.fixture(scope="package")
def issuers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuers]:
    made = Issuers.started(tmp_path_factory.mktemp("issuers"))
    try:
        yield made
    finally:
        made.server.stop()


@pytest.fixture(scope="package")
def service(issuers: Issuers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    settings = {"SERVICE_CORS_ORIGINS": '["https://shop.example"]', "SERVICE_LOG_LEVEL": "DEBUG"}
    folder = tmp_path_factory.mktemp("service")
    with running_service(folder, shop(), issuers.settings(), settings) as running:
        yield running

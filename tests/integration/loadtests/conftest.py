from pathlib import Path

import pytest

from tests.support.servers import locust


@pytest.fixture(scope="session")
def locust_python() -> Path:
    return locust.installed_python()

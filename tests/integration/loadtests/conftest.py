"""A stand-in for the stack, and Locust."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.loadtests.stand_in import StandIn, serving
from tests.support.servers import locust


@pytest.fixture(scope="session")
def locust_python() -> Path:
    return locust.provided()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with serving() as one:
        yield one

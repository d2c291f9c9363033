"""A bucket of a server that speaks S3."""

import uuid
from collections.abc import Iterator

import pytest

from tests.support.servers.s3_server import Relay, S3Server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server, one for all tests of a process."""
    server = S3Server()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def relay(s3_server: S3Server) -> Iterator[Relay]:
    """The way to the server, whole before and after the test."""
    s3_server.relay.recover()
    yield s3_server.relay
    s3_server.relay.recover()


@pytest.fixture
def bucket_url(s3_server: S3Server, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty prefix in a new bucket. The environment names the server."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server.create_bucket(f"test-{uuid.uuid4().hex}") + "/shop/snapshots"

"""Bodies that do not arrive, beside the requests of other shoppers."""

import contextlib
import json
import re
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from service.http.middleware.body_memory import MIN_CALLERS, WAITING_BYTES
from tests.support.builders.published_snapshots import shop
from tests.support.builders.services.listening_service import ListeningService, listening_service
from tests.support.builders.services.service_processes import valid_token
from tests.support.builders.services.service_settings import service_settings
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import ROOT, environment
from tests.support.servers.raw_client import head
from tests.support.servers.waiting import wait_until

MEMORY = 20_000_000
ALL_BODIES = MEMORY // WAITING_BYTES
BODIES_OF_ONE = ALL_BODIES // MIN_CALLERS
IN_FLIGHT = 8
EVENT = {
    "id": "e",
    "user_id": "ben",
    "product_id": "p1",
    "kind": "view",
    "occurred_at": "2026-01-02T00:00:00Z",
}


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[ListeningService]:
    limits = {"max_in_flight": IN_FLIGHT, "body_memory_bytes": MEMORY}
    with listening_service(shop(), folder, limits) as running:
        yield running


@pytest.fixture
def senders(service: ListeningService) -> Iterator["Senders"]:
    with ExitStack() as stack:
        yield Senders(service, stack)


class Senders:
    """Connections with unfinished bodies."""

    def __init__(self, service: ListeningService, stack: ExitStack) -> None:
        self._service = service
        self._stack = stack
        self.open: list[socket.socket] = []

    def send(self, token: str, body: bytes, length: int) -> None:
        """Sends the beginning of a body of `length` bytes."""
        address = ("127.0.0.1", int(self._service.url.rpartition(":")[2]))
        connection = self._stack.enter_context(socket.create_connection(address, timeout=60))
        start = head(b"POST /v1/events HTTP/1.1", token.encode(), b"content-length: %d" % length)
        with contextlib.suppress(ConnectionError):
            connection.sendall(start + body)
        self.open.append(connection)

    def answered(self) -> int:
        """The number of connections that have an answer."""
        return len(select.select(self.open, [], [], 0)[0])


def token_of(service: ListeningService, shopper: str) -> str:
    return valid_token(service.forge, sub=shopper, scope="events:write recommendations:read")


def assert_others_are_served(service: ListeningService) -> None:
    headers = {"authorization": f"Bearer {token_of(service, 'ben')}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=60) as client:
        for _ in range(3):
            assert client.post("/v1/events", json={"events": [EVENT]}).status_code == 202
            assert client.get("/v1/users/ben/recommendations").status_code == 200
            assert client.get("/health/live").status_code == 200


def test_slow_bodies_of_one_shopper_do_not_disturb_others(
    service: ListeningService, senders: Senders
) -> None:
    own = token_of(service, "ana")
    for _ in range(BODIES_OF_ONE + 30):
        senders.send(own, b"{", 1_000)
    wait_until(lambda: senders.answered() >= 30, "the excess is rejected", 60)
    assert_others_are_served(service)


def test_slow_bodies_of_many_shoppers_do_not_disturb_others(
    service: ListeningService, senders: Senders
) -> None:
    tokens = [token_of(service, f"slow {number}") for number in range(20)]
    for number in range(ALL_BODIES + 30):
        senders.send(tokens[number % len(tokens)], b"{", 1_000)
    wait_until(lambda: senders.answered() >= 30, "the slowest are evicted", 60)
    assert_others_are_served(service)


def resident_bytes() -> int:
    """Memory of this process, in which the service runs."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def test_unfinished_bodies_use_a_bounded_memory(service: ListeningService, senders: Senders) -> None:
    body, before = b" " * 1_900_000, resident_bytes()
    for number in range(100):
        senders.send(token_of(service, f"large {number}"), body, len(body) + 1)
    assert_others_are_served(service)
    assert resident_bytes() - before < 5 * MEMORY


def test_served_process_excludes_its_own_objects_from_collections(tmp_path: Path) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": []}))
    issuers = [{"issuer": "https://issuer.test", "jwks_file": str(jwks)}]
    program = (
        "import gc, uvicorn; uvicorn.Server.run = lambda *given, **named: print(gc.get_freeze_count() > 50_000); "
        "from service.__main__ import main; main(['serve'])"
    )
    settings = service_settings(tmp_path, "http://127.0.0.1:9", issuers, "0123456789abcdef" * 4)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(settings | {"SERVICE_LISTEN_PORT": str(unused_port())}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == "True"

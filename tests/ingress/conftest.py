"""nginx in front of two service processes, with tokens of a third-party issuer."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.snapshots import SigningKey
from tests.ingress.foreign_issuer import Client, ForeignIssuer, foreign_issuer
from tests.ingress.odd_ids import shop_with_odd_ids
from tests.ingress.reverse_proxy import Ingress, ingress
from tests.support.builders.published_snapshots import publish
from tests.support.builders.services.running_service import quiet_catalog
from tests.support.builders.services.service_settings import service_settings
from tests.support.servers.collector import Collector
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import run_module, serving_module
from tests.support.servers.raw_http import RawServer

SHOPPER = "recommendations:read events:write profiles:read profiles:write users:erase"
SERVICE = " ".join(f"{scope}.any" for scope in SHOPPER.split(" "))
CLIENTS = (
    Client("shop", SERVICE),
    Client("shop-es256", SERVICE, algorithm="ES256"),
    Client("u1", SHOPPER),
    Client("reader", "recommendations:read"),
    Client("elsewhere", SERVICE, audience="payments"),
    Client("hasty", SERVICE, seconds=1),
)


@dataclass(frozen=True)
class Stack:
    """The running servers.

    Attributes:
        issuer: of the tokens.
        ports: of the two processes of the service.
        ingress: nginx in front of both.
        folder: with their logs.
        collector: of their spans.
        catalog: that they call, without users.
    """

    issuer: ForeignIssuer
    ports: tuple[int, int]
    ingress: Ingress
    folder: Path
    collector: Collector
    catalog: RawServer

    def direct(self, method: str, target: str, token: str | None = None, **request: Any) -> httpx.Response:
        """Calls the first process directly, without nginx."""
        with httpx.Client(timeout=20) as client:
            return Ingress(self.ports[0], client, self.folder).ask(method, target, token, **request)


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignIssuer]:
    with foreign_issuer(tmp_path_factory.mktemp("issuer"), CLIENTS) as running:
        yield running


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    started = Collector()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def catalog() -> Iterator[RawServer]:
    with RawServer(quiet_catalog) as server:
        yield server


@pytest.fixture(scope="session")
def services(
    issuer: ForeignIssuer,
    catalog: RawServer,
    collector: Collector,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, tuple[int, int]]]:
    """The log folder and ports of two processes with a shared Redis and database."""
    folder = tmp_path_factory.mktemp("service")
    secret = secrets.token_hex(32)
    publish(shop_with_odd_ids(), folder, key=SigningKey(secret.encode()))
    trusted = {"issuer": issuer.url, "jwks_url": f"{issuer.url}/jwks", "leeway_seconds": 0}
    with ExitStack() as running:
        environment = service_settings(folder, catalog.url, [trusted], secret) | {
            "SERVICE_REDIS_URL": redis_url,
            "SERVICE_LOG_LEVEL": "DEBUG",
            "SERVICE_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        run_module(["service", "migrate"], environment)
        ports = unused_port(), unused_port()
        for port in ports:
            own = environment | {"SERVICE_LISTEN_PORT": str(port)}
            ready = f"http://127.0.0.1:{port}/health/ready"
            running.enter_context(
                serving_module(["service", "serve"], own, ready, folder / f"service-{port}.log")
            )
        yield folder, ports


@pytest.fixture(scope="session")
def stack(
    issuer: ForeignIssuer,
    services: tuple[Path, tuple[int, int]],
    collector: Collector,
    catalog: RawServer,
) -> Iterator[Stack]:
    folder, ports = services
    with ingress(ports) as proxy:
        yield Stack(issuer, ports, proxy, folder, collector, catalog)


@pytest.fixture(scope="session")
def service_token(issuer: ForeignIssuer) -> str:
    return issuer.token("shop")


@pytest.fixture(scope="session")
def shopper_token(issuer: ForeignIssuer) -> str:
    """A token of the shopper `u1`."""
    return issuer.token("u1")

"""The service and what it needs, each as a process."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Literal, Protocol

from benchmarks.harness.servers import database_server
from benchmarks.serving.cpu import cpu_seconds, tree_seconds
from benchmarks.serving.load.client import Client
from benchmarks.serving.programs.catalog import Histories
from benchmarks.serving.programs.pgvector import load
from benchmarks.serving.shop import Published
from tests.support.servers.collector import Collector
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import answers, environment, module, run_module, serving
from tests.support.servers.redis_server import RedisServer
from tests.support.tokens import ISSUER, Forge

Behavior = Literal["answers", "hangs", "refuses"]
"""Behavior of a collector."""

_SCOPES = "recommendations:read.any events:write.any profiles:read.any"
_TOKEN_SECONDS = 6 * 3600
_SHOWN_LOG = 3_000
_UNREACHED = "1000000000"


class Target(Protocol):
    """Processes under load."""

    def connect(self) -> None:
        """Opens connections."""

    def send(self, requests: Sequence[bytes]) -> list[bytes]:
        """Sends requests and returns the bodies of the answers."""

    def cpu_seconds(self) -> float:
        """CPU time that the processes have spent."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process under load, and the client that calls it."""

    pid: int
    client: Client

    def connect(self) -> None:
        """See `Target`."""
        self.client.connect()

    def send(self, requests: Sequence[bytes]) -> list[bytes]:
        """See `Target`."""
        return self.client.send(requests)

    def cpu_seconds(self) -> float:
        """See `Target`."""
        return cpu_seconds([self.pid])


@dataclass(frozen=True, slots=True)
class Group:
    """Services that share the load evenly."""

    members: Sequence[Running]

    def connect(self) -> None:
        """See `Target`."""
        for member in self.members:
            member.connect()

    def send(self, requests: Sequence[bytes]) -> list[bytes]:
        """Sends to all of them at the same time.

        Bodies are in the order of the members.
        """
        shares = [requests[place :: len(self.members)] for place in range(len(self.members))]
        with ThreadPoolExecutor(len(self.members)) as threads:
            sent = threads.map(lambda member, share: member.send(share), self.members, shares)
            return list(chain.from_iterable(sent))

    def cpu_seconds(self) -> float:
        """See `Target`."""
        return cpu_seconds(member.pid for member in self.members)


@dataclass
class Stack:
    """Everything that one run starts. It ends with the run.

    Attributes:
        published: the snapshots that are served.
        token: a token of the shop's own service, for any shopper.
        connections: requests under way at a time.
    """

    published: Published
    token: str
    connections: int
    _folder: Path
    _settings: Mapping[str, str]
    _stores: tuple[int, ...]
    _started: ExitStack
    _numbers: Iterator[int] = field(default_factory=count)

    def service(self, **changes: str) -> Running:
        """Starts the service as in production, but for some settings.

        An empty one is unset.
        """
        return self._service(self._started, changes)

    def collector(self, behavior: Behavior) -> str:
        """Starts a collector of traces in this process. Returns its address."""
        collector = Collector()
        self._started.callback(collector.stop)
        if behavior == "hangs":
            collector.answering.clear()
        collector.status = 503 if behavior == "refuses" else 200
        return collector.url

    @contextmanager
    def services(self, number: int) -> Iterator[Group]:
        """Runs services for the block."""
        with ExitStack() as started:
            yield Group([self._service(started) for _ in range(number)])

    def ready_made(self, body: bytes) -> Running:
        """Starts the handler that returns `body`."""
        port, file = unused_port(), self._folder / f"{next(self._numbers)}.json"
        file.write_bytes(body)
        arguments = ["benchmarks.serving.programs.ready_made", "--body", str(file), "--port", str(port)]
        return self._run(self._started, arguments, {}, port, "/ready-made")

    def pgvector(self, histories: Histories, user_ids: Sequence[str]) -> Running:
        """Loads products and some shoppers into PostgreSQL, and starts the service that asks pgvector."""
        database = self._settings["SERVICE_DATABASE_URL"]
        asyncio.run(load(database, self.published.current, histories, user_ids))
        port = unused_port()
        arguments = ["benchmarks.serving.programs.pgvector", "--port", str(port), "--database", database]
        return self._run(self._started, arguments, {}, port, "/health")

    def store_seconds(self) -> float:
        """CPU time of Redis and PostgreSQL, without those that were given by their URLs."""
        return sum(map(tree_seconds, self._stores))

    def _service(self, started: ExitStack, changes: Mapping[str, str] | None = None) -> Running:
        port, management = unused_port(), unused_port()
        ports = {"SERVICE_LISTEN_PORT": str(port), "SERVICE_MANAGEMENT_PORT": str(management)}
        settings = {**self._settings, **ports, **(changes or {})}
        given = {name: value for name, value in settings.items() if value}
        return self._run(started, ["service", "serve"], given, port, "/health/ready")

    def _run(
        self, started: ExitStack, arguments: list[str], settings: Mapping[str, str], port: int, ready: str
    ) -> Running:
        log = self._folder / f"{next(self._numbers)}.log"
        check = answers(f"http://127.0.0.1:{port}{ready}")
        server = started.enter_context(serving(module(arguments), environment(settings), check, log))
        assert server.process is not None
        return Running(server.process.pid, Client(port, self.connections))


@contextmanager
def running_stack(published: Published, connections: int) -> Iterator[Stack]:
    """Starts PostgreSQL, Redis and a catalog of the live snapshot."""
    with tempfile.TemporaryDirectory(prefix="serving-") as name, ExitStack() as started:
        folder = Path(name)
        database, postgres = started.enter_context(database_server())
        redis = RedisServer()
        started.callback(redis.close)
        redis.start()
        catalog = _start_catalog(started, published, folder)
        forge = Forge(folder / "jwks.json")
        forge.publish(forge.rsa)
        settings = {
            "SERVICE_ISSUERS": json.dumps([{"issuer": ISSUER, "jwks_file": str(forge.jwks_file)}]),
            "SERVICE_SNAPSHOT_ROOT": str(published.root),
            "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps([str(published.key_file)]),
            "SERVICE_DATABASE_URL": database,
            "SERVICE_REDIS_URL": redis.url,
            "SERVICE_CATALOG_URL": catalog,
            "SERVICE_LOG_FORMAT": "json",
            "OPENBLAS_NUM_THREADS": "1",
            "SERVICE_CLIENT_REQUESTS_PER_MINUTE": _UNREACHED,
            "SERVICE_SHOPPER_REQUESTS_PER_MINUTE": _UNREACHED,
        }
        run_module(["service", "migrate"], settings)
        now = int(time.time())
        token = forge.token(sub="shop", scope=_SCOPES, iat=now, exp=now + _TOKEN_SECONDS)
        stores = tuple(pid for pid in (postgres, redis.pid) if pid is not None)
        try:
            yield Stack(published, token, connections, folder, settings, stores, started)
        except RuntimeError:
            for log in sorted(folder.glob("*.log")):
                print(
                    f"error: the end of {log.name}:\n{log.read_text(errors='replace')[-_SHOWN_LOG:]}",
                    file=sys.stderr,
                )
            raise


def _start_catalog(started: ExitStack, published: Published, folder: Path) -> str:
    port = unused_port()
    arguments = [
        "benchmarks.serving.programs.catalog",
        "--snapshot",
        str(published.current),
        "--port",
        str(port),
    ]
    url = f"http://127.0.0.1:{port}"
    log = folder / "catalog.log"
    started.enter_context(serving(module(arguments), environment({}), answers(f"{url}/health"), log))
    return url

"""Service, indexer and catalog with all of their telemetry, in one folder."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.servers.collector import Collector
from tests.support.servers.ports import unused_port
from tests.support.servers.redis_server import RedisServer
from tests.support.servers.waiting import wait_until
from tests.support.telemetry_reference import log_lines
from tests.system.stack import odd_shop
from tests.system.stack.built_shop import catalog_settings, indexer_settings, load
from tests.system.stack.processes import Server, environment

SECRET = "a secret of the development issuer"
_QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "50"}


@dataclass
class RunningShop:
    """A shop whose processes begin one by one.

    Attributes:
        scrapes: of the indexer's metrics endpoint.
    """

    folder: Path
    collector: Collector
    redis: RedisServer
    catalog: Server
    issuer: Server
    service: Server
    urls: dict[str, str]
    service_settings: dict[str, str]
    indexer_settings: dict[str, str]
    scrapes: list[str]

    @property
    def indexer_log(self) -> str:
        """The log of all commands of the indexer."""
        return (self.folder / "indexer.log").read_text()

    def headers(self, scope: str, audience: str = "recommender") -> dict[str, str]:
        """The header of a token of the shop's own client."""
        form = {"grant_type": "client_credentials", "scope": scope, "audience": audience}
        answer = httpx.post(f"{self.urls['issuer']}/token", data=form, auth=("demo", SECRET))
        return {"authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}

    def events(self) -> list[dict[str, Any]]:
        """The lines that the service has logged."""
        text = self.service.log.read_text()
        return log_lines(text[: text.rfind("\n") + 1])

    def wait_for_event(self, event: str) -> None:
        """Waits until the service has logged an event."""
        wait_until(lambda: event in [line["event"] for line in self.events()], event, 60)

    def index(self, *arguments: str, **settings: str) -> int:
        """Runs a command of the indexer, and scrapes it meanwhile. Returns its exit code."""
        port = unused_port()
        variables = self.indexer_settings | settings | {"INDEXER_METRICS_PORT": str(port)}
        command = [sys.executable, "-m", "indexer", *arguments]
        with (
            (self.folder / "indexer.log").open("a") as log,
            subprocess.Popen(
                command, env=environment(variables), stderr=log, stdout=subprocess.DEVNULL
            ) as process,
        ):
            while process.poll() is None:
                with suppress(httpx.TransportError):
                    url = f"http://127.0.0.1:{port}/metrics"
                    self.scrapes.append(httpx.get(url, timeout=5).text)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.5)
        return process.returncode


@contextmanager
def prepared_shop(folder: Path) -> Iterator[RunningShop]:
    """Prepares a shop for the block, with nothing but Redis and a collector."""
    urls = {name: f"http://127.0.0.1:{unused_port()}" for name in ("catalog", "issuer", "service", "metrics")}
    (folder / "snapshot.key").write_text("k" * 64)
    load(folder, *odd_shop.write(folder))
    collector, redis = Collector(), RedisServer()
    redis.start()
    settings = _settings(folder, urls, collector.url, redis.url)
    with ExitStack() as stopping:
        stopping.callback(collector.stop)
        stopping.callback(redis.close)
        servers = {
            "catalog": Server(
                ["catalog", "serve"],
                settings["catalog"],
                f"{urls['catalog']}/health/ready",
                folder / "catalog.log",
            ),
            "issuer": Server(
                ["demo.issuer", "serve"], settings["issuer"], f"{urls['issuer']}/jwks", folder / "issuer.log"
            ),
            "service": Server(
                ["service", "serve"],
                settings["service"],
                f"{urls['service']}/health/live",
                folder / "service.log",
            ),
        }
        for server in servers.values():
            stopping.callback(server.stop)
        yield RunningShop(
            folder=folder,
            collector=collector,
            redis=redis,
            urls=urls,
            service_settings=settings["service"],
            indexer_settings=settings["indexer"],
            scrapes=[],
            **servers,
        )


def _settings(folder: Path, urls: dict[str, str], collector: str, redis: str) -> dict[str, dict[str, str]]:
    """Settings of each process, by its name."""
    port = {name: url.rpartition(":")[2] for name, url in urls.items()}
    tokens = {"TOKEN_URL": f"{urls['issuer']}/token", "CLIENT_ID": "demo", "CLIENT_SECRET": SECRET}
    keys = {"issuer": urls["issuer"], "jwks_url": f"{urls['issuer']}/jwks"}
    catalog = catalog_settings(folder, int(port["catalog"]), collector) | {
        "CATALOG_ISSUER": keys["issuer"],
        "CATALOG_JWKS_URL": keys["jwks_url"],
    }
    issuer = {
        "ISSUER_LISTEN_PORT": port["issuer"],
        "ISSUER_STATE_DIR": str(folder / "issuer"),
        "ISSUER_CLIENT_SECRET": SECRET,
        "ISSUER_CONSOLE_REDIRECT_URIS": json.dumps([f"{urls['service']}/console/callback"]),
    }
    service = {
        "SERVICE_LISTEN_PORT": port["service"],
        "SERVICE_MANAGEMENT_PORT": port["metrics"],
        "SERVICE_OTLP_ENDPOINT": collector,
        "SERVICE_LOG_LEVEL": "DEBUG",
        "SERVICE_ISSUERS": json.dumps([keys]),
        "SERVICE_REDIS_URL": redis,
        "SERVICE_DATABASE_URL": f"sqlite:///{folder / 'recommender.db'}",
        "SERVICE_SNAPSHOT_ROOT": str(folder / "snapshots"),
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps([str(folder / "snapshot.key")]),
        "SERVICE_SNAPSHOT_POLL_SECONDS": "0.5",
        "SERVICE_OVERLAY_POLL_SECONDS": "0.5",
        "SERVICE_PROFILE_FRESH_SECONDS": "0",
        "SERVICE_SHOPPER_REQUESTS_PER_MINUTE": "600",
        "SERVICE_CATALOG_URL": urls["catalog"],
        "SERVICE_CONSOLE_ENABLED": "true",
        "SERVICE_CONSOLE_PUBLIC_URL": urls["service"],
        "SERVICE_CONSOLE_CLIENT_ID": "console",
        "SERVICE_CONSOLE_AUTHORIZATION_URL": f"{urls['issuer']}/authorize",
        "SERVICE_CONSOLE_TOKEN_URL": f"{urls['issuer']}/token",
        "SERVICE_NO_SETTING": "1",
        **{f"SERVICE_CATALOG_{name}": value for name, value in tokens.items()},
        **_QUICK,
    }
    indexer = indexer_settings(folder, urls["catalog"]) | {
        "INDEXER_OTLP_ENDPOINT": collector,
        "INDEXER_NO_SETTING": "1",
        **{f"INDEXER_CATALOG_{name}": value for name, value in tokens.items()},
    }
    return {"catalog": catalog, "issuer": issuer, "service": service, "indexer": indexer}

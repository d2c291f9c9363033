"""Runs the demo step by step, from the data to a running service."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from demo import complete_journey, showcase
from demo.builds import Builds
from demo.data_sets import DataSet, InputFiles
from demo.ports import LOOPBACK, reserved_ports
from demo.processes import ProcessStack, module
from demo.state import DataSetFolder, DemoFolder, Running, database_url

PREFERRED_PORTS = {"service": 8000, "catalog": 8100, "issuer": 8200, "metrics": 9000}

_READY_SECONDS = 120.0
_CLIENT = "demo"
_AUDIENCE = "recommender"


class Demo:
    """One run of the demo, which reuses the results of earlier runs."""

    def __init__(
        self,
        console: Console,
        folder: DemoFolder,
        data: DataSet,
        processes: ProcessStack,
        ports: Mapping[str, int],
    ) -> None:
        self._console = console
        self._folder = folder
        self._data = data
        self._processes = processes
        self._ports = ports
        self._step = 0

    def start(self) -> None:
        """Runs all steps until the service is ready and recommendations are printed."""
        data = self._folder.data_set(self._data)
        self._load(data)
        self._serve_catalog_and_issuer(data)
        builds = Builds(self._console, self._processes, data, self._settings_of_builds(data))
        self._build(builds, data)
        self._serve(data)
        running = self._running(data)
        self._folder.announce(running)
        showcase.show_console(self._console, running)
        with self._timed("Requesting recommendations with tokens from the issuer"):
            shoppers = showcase.show_shoppers(self._console, running)
        showcase.show_what_to_try(self._console, running, shoppers)
        self._build_again(builds, running)
        showcase.show_end(self._console)

    def _load(self, data: DataSetFolder) -> None:
        if self._data.files is None:
            self._console.print(complete_journey.SOURCE, soft_wrap=True)
        if data.is_loaded:
            self._console.print("The catalog is already loaded.")
            return
        files = self._data.files or self._prepare(data)
        with self._timed("Loading the catalog"):
            database = data.begin_load()
            environment = {"CATALOG_DATABASE_URL": database_url(database), "CATALOG_LOG_FORMAT": "console"}
            self._processes.run(
                "Loading", [*module("catalog"), "load", "--demo-dates", *files.arguments()], environment
            )
            data.complete_load()

    def _prepare(self, data: DataSetFolder) -> InputFiles:
        with self._timed("Preparing The Complete Journey"):
            products, purchases = complete_journey.prepare(complete_journey.package_data(), data.prepared)
        return InputFiles((purchases,), products)

    def _serve_catalog_and_issuer(self, data: DataSetFolder) -> None:
        with self._timed(f"Starting catalog ({self._url('catalog')}) and issuer ({self._url('issuer')})"):
            catalog = self._processes.start(
                "The catalog",
                [*module("catalog"), "serve"],
                {
                    "CATALOG_DATABASE_URL": database_url(data.catalog / "catalog.db"),
                    "CATALOG_LISTEN_PORT": str(self._ports["catalog"]),
                    "CATALOG_LOG_FORMAT": "console",
                },
                data.logs / "catalog.log",
            )
            issuer = self._processes.start(
                "The issuer",
                [*module("demo.issuer"), "serve"],
                {
                    "ISSUER_LISTEN_PORT": str(self._ports["issuer"]),
                    "ISSUER_STATE_DIR": str(self._folder.issuer_state.resolve()),
                    "ISSUER_URL": self._url("issuer"),
                    "ISSUER_CLIENT_ID": _CLIENT,
                    "ISSUER_CLIENT_SECRET": self._folder.client_secret(),
                    "ISSUER_AUDIENCE": _AUDIENCE,
                    "ISSUER_CONSOLE_REDIRECT_URIS": json.dumps([f"{self._url('service')}/console/callback"]),
                },
                data.logs / "issuer.log",
            )
            self._processes.wait_until_ready(catalog, f"{self._url('catalog')}/health/ready", _READY_SECONDS)
            self._processes.wait_until_ready(issuer, f"{self._url('issuer')}/jwks", _READY_SECONDS)

    def _build(self, builds: Builds, data: DataSetFolder) -> None:
        if data.is_built:
            self._console.print("A snapshot is already published.")
            return
        with self._timed("Building a snapshot from the catalog"):
            builds.first()

    def _build_again(self, builds: Builds, running: Running) -> None:
        if builds.is_second_due:
            with self._timed("Building again with the last week, as in every night. Look around meanwhile"):
                builds.second()
                showcase.show_verdict(self._console, running)

    def _settings_of_builds(self, data: DataSetFolder) -> dict[str, str]:
        return {
            "INDEXER_CATALOG_URL": self._url("catalog"),
            "INDEXER_SNAPSHOT_ROOT": str(data.snapshots.resolve()),
            "INDEXER_SNAPSHOT_SIGNING_KEY_FILE": str(self._folder.signing_key_file().resolve()),
            "INDEXER_EMBEDDING_CACHE": str(self._folder.embedding_cache.resolve()),
            "INDEXER_LOG_FORMAT": "console",
        }

    def _serve(self, data: DataSetFolder) -> None:
        with self._timed(f"Starting the service ({self._url('service')})"):
            issuer = self._url("issuer")
            database = {
                "SERVICE_DATABASE_URL": f"sqlite:///{(data.catalog / 'recommender.db').resolve()}",
            }
            self._processes.run("Migrating", [*module("service"), "migrate"], database)
            trusted = [{"issuer": issuer, "jwks_url": f"{issuer}/jwks", "audience": _AUDIENCE}]
            service = self._processes.start(
                "The service",
                [*module("service"), "serve"],
                {
                    **database,
                    "SERVICE_LISTEN_PORT": str(self._ports["service"]),
                    # The guests of a load test are one client.
                    "SERVICE_CLIENT_REQUESTS_PER_MINUTE": "300000",
                    "SERVICE_MANAGEMENT_PORT": str(self._ports["metrics"]),
                    "SERVICE_CATALOG_URL": self._url("catalog"),
                    "SERVICE_SNAPSHOT_ROOT": str(data.snapshots.resolve()),
                    "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps(
                        [str(self._folder.signing_key_file().resolve())]
                    ),
                    "SERVICE_ISSUERS": json.dumps(trusted),
                    "SERVICE_CONSOLE_ENABLED": "true",
                    "SERVICE_CONSOLE_PUBLIC_URL": self._url("service"),
                    "SERVICE_CONSOLE_CLIENT_ID": "console",
                    "SERVICE_CONSOLE_AUTHORIZATION_URL": f"{issuer}/authorize",
                    "SERVICE_CONSOLE_TOKEN_URL": f"{issuer}/token",
                    "SERVICE_LOG_FORMAT": "console",
                    "SERVICE_SHUTDOWN_SECONDS": "5",
                    # The matrices are small, and a second BLAS thread would only spin.
                    "OPENBLAS_NUM_THREADS": "1",
                },
                data.logs / "service.log",
            )
            self._processes.wait_until_ready(service, f"{self._url('service')}/health/ready", _READY_SECONDS)

    def _running(self, data: DataSetFolder) -> Running:
        return Running(
            process=os.getpid(),
            service_url=self._url("service"),
            catalog_url=self._url("catalog"),
            issuer_url=self._url("issuer"),
            client_id=_CLIENT,
            client_secret=self._folder.client_secret(),
            build=self._settings_of_builds(data),
        )

    def _url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name]}"

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        """Prints the number and name of a step, and its seconds at the end."""
        self._step += 1
        number = self._step
        self._console.print(f"[bold]{number}.[/bold] {step} …", soft_wrap=True)
        started = time.monotonic()
        yield
        self._console.print(f"   [dim]step {number}: {time.monotonic() - started:.1f} s[/dim]")


def run_demo(console: Console, root: Path, data: DataSet) -> None:
    """Runs the demo in `root` until it is stopped.

    All of its processes end with it.

    Raises:
        StopRequested: the demo was stopped.
        DemoRunning: another demo uses the folder.
        DataMissing: the sample data is missing.
        ProcessFailed: a process failed.
        UnexpectedAnswer: the catalog or the service failed.
        TokenRefused: the issuer gave no token.
    """
    folder = DemoFolder(root)
    with folder.held(), reserved_ports(PREFERRED_PORTS) as ports, ProcessStack() as processes:
        Demo(console, folder, data, processes, ports).start()
        processes.wait()


def rebuild(running: Running) -> int:
    """Builds and measures another snapshot of the running demo.

    Returns the exit code of the indexer.
    """
    build = [*module("indexer"), "build"]
    return subprocess.run(build, env=os.environ | running.build, check=False).returncode

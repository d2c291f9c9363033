"""The demo from the data to a running service, step by step."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from demo import complete_journey, showcase
from demo.data_sets import DataSet, InputFiles
from demo.ports import LOOPBACK, free_ports
from demo.processes import ProcessStack
from demo.state import DataSetFolder, DemoFolder, Running, database_url

PREFERRED_PORTS = {"service": 8000, "catalog": 8100, "issuer": 8200, "metrics": 9000}

_READY_SECONDS = 120.0
_CLIENT = "demo"
_AUDIENCE = "recommender"


class Demo:
    """One run: what is there already is used, the rest is made; then it serves until it is stopped."""

    def __init__(self, console: Console, folder: DemoFolder, data: DataSet, processes: ProcessStack) -> None:
        self._console = console
        self._folder = folder
        self._data = data
        self._processes = processes
        self._ports = free_ports(PREFERRED_PORTS)
        self._step = 0

    def start(self) -> None:
        """Goes through all steps; the service is ready and its recommendations are printed when this returns."""
        place = self._folder.data_set(self._data)
        self._load(place)
        self._serve_catalog_and_issuer(place)
        self._build(place)
        self._serve(place)
        running = self._running()
        self._folder.announce(running)
        with self._timed("Asking for recommendations, with tokens from the issuer"):
            shoppers = showcase.show_shoppers(self._console, running)
        showcase.show_what_to_try(self._console, running, shoppers)

    def _load(self, place: DataSetFolder) -> None:
        if self._data.files is None:
            self._console.print(complete_journey.SOURCE, soft_wrap=True)
        if place.is_loaded:
            self._console.print("The catalog is loaded already.")
            return
        files = self._data.files or self._prepare(place)
        with self._timed("Loading the catalog"):
            database = place.begin_load()
            environment = {"CATALOG_DATABASE_URL": database_url(database), "CATALOG_LOG_FORMAT": "console"}
            self._processes.run("Loading", [*_module("catalog"), "load", *files.arguments()], environment)
            place.complete_load()

    def _prepare(self, place: DataSetFolder) -> InputFiles:
        with self._timed("Preparing The Complete Journey"):
            products, purchases = complete_journey.prepare(complete_journey.package_data(), place.prepared)
        return InputFiles(purchases, products)

    def _serve_catalog_and_issuer(self, place: DataSetFolder) -> None:
        with self._timed(f"Starting catalog ({self._url('catalog')}) and issuer ({self._url('issuer')})"):
            catalog = self._processes.start(
                "The catalog",
                [*_module("catalog"), "serve"],
                {
                    "CATALOG_DATABASE_URL": database_url(place.catalog / "catalog.db"),
                    "CATALOG_LISTEN_PORT": str(self._ports["catalog"]),
                    "CATALOG_LOG_FORMAT": "console",
                },
                place.logs / "catalog.log",
            )
            issuer = self._processes.start(
                "The issuer",
                [*_module("demo.issuer"), "serve"],
                {
                    "ISSUER_LISTEN_PORT": str(self._ports["issuer"]),
                    "ISSUER_STATE_DIR": str(self._folder.issuer_state.resolve()),
                    "ISSUER_URL": self._url("issuer"),
                    "ISSUER_CLIENT_ID": _CLIENT,
                    "ISSUER_CLIENT_SECRET": self._folder.client_secret(),
                    "ISSUER_AUDIENCE": _AUDIENCE,
                },
                place.logs / "issuer.log",
            )
            self._processes.wait_until_ready(catalog, f"{self._url('catalog')}/health/ready", _READY_SECONDS)
            self._processes.wait_until_ready(issuer, f"{self._url('issuer')}/jwks", _READY_SECONDS)

    def _build(self, place: DataSetFolder) -> None:
        if place.is_built:
            self._console.print("A snapshot is published already.")
            return
        with self._timed("Building a snapshot from the catalog"):
            environment = {
                "INDEXER_CATALOG_URL": self._url("catalog"),
                "INDEXER_SNAPSHOT_ROOT": str(place.snapshots.resolve()),
                "INDEXER_SNAPSHOT_SIGNING_KEY_FILE": str(self._folder.signing_key_file().resolve()),
                "INDEXER_EMBEDDING_CACHE": str(self._folder.embedding_cache.resolve()),
                "INDEXER_LOG_FORMAT": "console",
                # Measuring would double the wait; `python -m indexer evaluate` measures more.
                "INDEXER_HOLDOUT": "false",
            }
            self._processes.run("Building", [*_module("indexer"), "build"], environment)

    def _serve(self, place: DataSetFolder) -> None:
        with self._timed(f"Starting the service ({self._url('service')})"):
            issuer = self._url("issuer")
            database = {
                "SERVICE_DATABASE_URL": f"sqlite:///{(place.catalog / 'recommender.db').resolve()}",
            }
            self._processes.run("Migrating", [*_module("service"), "migrate"], database)
            trusted = [{"issuer": issuer, "jwks_url": f"{issuer}/jwks", "audience": _AUDIENCE}]
            service = self._processes.start(
                "The service",
                [*_module("service"), "serve"],
                {
                    **database,
                    "SERVICE_LISTEN_PORT": str(self._ports["service"]),
                    "SERVICE_MANAGEMENT_PORT": str(self._ports["metrics"]),
                    "SERVICE_CATALOG_URL": self._url("catalog"),
                    "SERVICE_SNAPSHOT_ROOT": str(place.snapshots.resolve()),
                    "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps(
                        [str(self._folder.signing_key_file().resolve())]
                    ),
                    "SERVICE_ISSUERS": json.dumps(trusted),
                    "SERVICE_LOG_FORMAT": "console",
                    "SERVICE_SHUTDOWN_SECONDS": "5",
                    # Matrices are small: a second thread only waits, busily.
                    "OPENBLAS_NUM_THREADS": "1",
                },
                place.logs / "service.log",
            )
            self._processes.wait_until_ready(service, f"{self._url('service')}/health/ready", _READY_SECONDS)

    def _running(self) -> Running:
        urls = {f"{name}_url": self._url(name) for name in ("service", "catalog", "issuer")}
        return Running(
            process=os.getpid(), client_id=_CLIENT, client_secret=self._folder.client_secret(), **urls
        )

    def _url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name]}"

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        """Prints a step with its number, and the seconds it took when it is done."""
        self._step += 1
        number = self._step
        self._console.print(f"[bold]{number}.[/bold] {what} …", soft_wrap=True)
        started = time.monotonic()
        yield
        self._console.print(f"   [dim]step {number}: {time.monotonic() - started:.1f} s[/dim]")


def run_demo(console: Console, root: Path, data: DataSet) -> None:
    """Runs the demo in `root` until StopRequested; ends every process it started, whatever happens.

    Raises DemoRunning, ProcessFailed, DataMissing, UnexpectedAnswer, TokenRefused.
    """
    folder = DemoFolder(root)
    with folder.held(), ProcessStack() as processes:
        Demo(console, folder, data, processes).start()
        processes.wait()


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]

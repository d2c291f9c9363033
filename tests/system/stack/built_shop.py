"""The shop's files, loaded and built once for all workers of a run."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.leak_watch import planted
from tests.support.servers.collector import Collector
from tests.support.servers.ports import unused_port
from tests.system.stack import odd_shop
from tests.system.stack.processes import Server, run_here


def catalog_settings(folder: Path, port: int, collector_url: str = "") -> dict[str, str]:
    """Settings of a catalog over the database in the folder."""
    tracing = {"CATALOG_OTLP_ENDPOINT": collector_url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    return (tracing if collector_url else {}) | {
        "CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'catalog.db'}",
        "CATALOG_LISTEN_PORT": str(port),
    }


def catalog_server(folder: Path, port: int, collector_url: str = "") -> Server:
    """The catalog over the database in the folder."""
    ready = f"http://127.0.0.1:{port}/health/ready"
    return Server(
        ["catalog", "serve"], catalog_settings(folder, port, collector_url), ready, folder / "catalog.log"
    )


@contextmanager
def mixed_up_shop(folder: Path) -> Iterator[str]:
    """The catalog of the same shop with random purchases, as after a wrong join.

    Yields its address.
    """
    products, purchases = odd_shop.write(folder)
    table = pq.read_table(purchases)
    shuffled = np.random.default_rng(5).permutation(table.num_rows)
    column = table.column_names.index("product_id")
    mixed = table.set_column(column, "product_id", table["product_id"].take(pa.array(shuffled)))
    pq.write_table(mixed, purchases)
    load(folder, products, purchases)
    port = unused_port()
    with catalog_server(folder, port) as server:
        server.wait_until_ready()
        yield f"http://127.0.0.1:{port}"


def load(folder: Path, products: Path, purchases: Path) -> None:
    """Loads files into the catalog's database in the folder."""
    files = ["--purchases", str(purchases), "--products", str(products)]
    loaded = run_here(["catalog", "load", *files], catalog_settings(folder, 1))
    assert loaded.returncode == 0, loaded.stderr


def indexer_settings(folder: Path, catalog_url: str) -> dict[str, str]:
    """Settings of an indexer whose key, snapshots and embeddings are in the folder."""
    return {
        "INDEXER_CATALOG_URL": catalog_url,
        "INDEXER_SNAPSHOT_ROOT": str(folder / "snapshots"),
        "INDEXER_SNAPSHOT_SIGNING_KEY_FILE": str(folder / "snapshot.key"),
        "INDEXER_EMBEDDING_CACHE": str(folder / "embeddings"),
        "INDEXER_LOG_FORMAT": "json",
    }


def built_shop(factory: pytest.TempPathFactory) -> Path:
    """A folder with key, catalog, embeddings and one snapshot, to be copied.

    The first worker that needs the folder builds it, and the others wait.
    """
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "built-shop"
    with (shared / "built-shop.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            folder.mkdir()
            _build(folder)
            (folder / "complete").touch()
    return folder


def _build(folder: Path) -> None:
    (folder / "snapshot.key").write_text(planted("snapshot-signing-key"))
    products, purchases = odd_shop.write(folder)
    load(folder, products, purchases)
    port = unused_port()
    collector = Collector()
    settings = indexer_settings(folder, f"http://127.0.0.1:{port}")
    try:
        with catalog_server(folder, port, collector.url) as catalog:
            catalog.wait_until_ready()
            built = run_here(["indexer", "build"], settings | {"INDEXER_OTLP_ENDPOINT": collector.url})
            assert built.returncode == 0, built.stderr
    finally:
        collector.stop()
    ways = {tuple(collector.way_to(span)) for span in collector.spans}
    (folder / "traces.json").write_text(json.dumps(sorted(ways)))

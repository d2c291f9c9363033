"""The metrics that `evaluate` reports equal those of the HTTP API's answers."""

import json
import math
import secrets
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pyarrow.parquet as pq
import pytest

from tests.support.servers.ports import unused_port
from tests.support.servers.waiting import wait_for
from tests.system.conftest import Stack
from tests.system.stack.processes import Server, run_here

TOP = 20


@pytest.fixture(scope="module")
def evaluated(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of an evaluation and its split."""
    folder = tmp_path_factory.mktemp("evaluation")
    arguments = ["--output", str(folder / "out"), "--export", str(folder / "split"), "--min-buyers", "2"]
    done = run_here(["indexer", "evaluate", "--name", "odd shop", *arguments], stack.indexer_settings)
    assert done.returncode == 0, done.stderr
    assert "ours, as served" in done.stdout
    assert "EASE" in done.stdout
    assert (folder / "out" / "report.png").read_bytes().startswith(b"\x89PNG")
    return folder


@pytest.fixture(scope="module")
def service_url(stack: Stack, evaluated: Path) -> Iterator[str]:
    """A service over the split's training part, set up by documented commands."""
    ports = [unused_port() for _ in range(3)]
    catalog_url, url = (f"http://127.0.0.1:{port}" for port in ports[:2])
    catalog = {
        "CATALOG_DATABASE_URL": f"sqlite+aiosqlite:///{evaluated / 'catalog.db'}",
        "CATALOG_LISTEN_PORT": str(ports[0]),
    }
    split = evaluated / "split"
    files = ["--products", str(split / "products.parquet"), "--purchases", str(split / "train.parquet")]
    loaded = run_here(["catalog", "load", *files], catalog)
    assert loaded.returncode == 0, loaded.stderr
    snapshots = str(evaluated / "snapshots")
    (evaluated / "key").write_text(secrets.token_hex(32))
    indexer = stack.indexer_settings | {
        "INDEXER_CATALOG_URL": catalog_url,
        "INDEXER_SNAPSHOT_ROOT": snapshots,
        "INDEXER_SNAPSHOT_SIGNING_KEY_FILE": str(evaluated / "key"),
    }
    service = stack.service_settings | {
        "SERVICE_CATALOG_URL": catalog_url,
        "SERVICE_LISTEN_PORT": str(ports[1]),
        "SERVICE_MANAGEMENT_PORT": str(ports[2]),
        "SERVICE_SNAPSHOT_ROOT": snapshots,
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps([str(evaluated / "key")]),
        # Profiles are stored, and the stack's catalog has other purchases of the same shoppers.
        "SERVICE_DATABASE_URL": f"sqlite:///{evaluated / 'recommender.db'}",
    }
    migrated = run_here(["service", "migrate"], service)
    assert migrated.returncode == 0, migrated.stderr
    serve_catalog = Server(
        ["catalog", "serve"], catalog, f"{catalog_url}/health/ready", evaluated / "catalog.log"
    )
    serve = Server(["service", "serve"], service, f"{url}/health/ready", evaluated / "service.log")
    with serve_catalog, serve:
        serve_catalog.wait_until_ready()
        built = run_here(["indexer", "build"], indexer)
        assert built.returncode == 0, built.stderr
        serve.wait_until_ready()
        yield url


def truth(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in pq.read_table(path).to_pylist():
        found[row["user_id"]].add(row["product_id"])
    return found


def ndcg(answer: list[str], wanted: set[str]) -> float:
    gain = sum(1 / math.log2(place + 2) for place, product in enumerate(answer) if product in wanted)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(TOP, len(wanted))))


def answer_of(client: httpx.Client, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path, params=parameters).raise_for_status().json()
    return answer


@pytest.mark.parametrize(
    ("task", "parameters"), [("discovery", {}), ("repurchase", {"include_purchased": "true"})]
)
def test_metrics_recomputed_from_answers_equal_the_report(
    stack: Stack, evaluated: Path, service_url: str, task: str, parameters: dict[str, str]
) -> None:
    report = json.loads((evaluated / "out" / "report.json").read_text())
    (row,) = (t["rows"][0] for t in report["tasks"] if t["name"] == task)
    values, recalls = [], []
    headers = {"authorization": f"Bearer {stack.token(scope='recommendations:read.any')}"}
    with httpx.Client(base_url=service_url, headers=headers, timeout=60) as client:
        for user, wanted in truth(evaluated / "split" / f"truth-{task}.parquet").items():
            path = f"/v1/users/{quote(user, safe='')}/recommendations"
            # On a busy machine the database may not answer in time.
            answer = wait_for(
                partial(answer_of, client, path, {"limit": TOP, **parameters}),
                lambda one: not one["degraded"],
            )
            products = [item["product_id"] for item in answer["items"]]
            values.append(ndcg(products, wanted))
            recalls.append(len(wanted & set(products)) / len(wanted))
    assert len(values) >= 100
    assert sum(values) / len(values) == pytest.approx(row["ndcg_at_20"]["mean"], rel=1e-6)
    assert sum(recalls) / len(recalls) == pytest.approx(row["recall_at_20"]["mean"], rel=1e-6)

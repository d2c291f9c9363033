"""A real Prometheus that scrapes a running service answers the dashboards' queries."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.chart.monitoring.metrics import METRIC
from tests.chart.rendering import CHART
from tests.chart.tools import Tools
from tests.support.builders.published_snapshots import shop
from tests.support.builders.services.running_service import running_service
from tests.support.builders.services.service_processes import valid_token
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import Server, answers
from tests.support.servers.raw_http import Request, Script, json_answer
from tests.support.servers.waiting import wait_until
from tests.support.tokens import ISSUER, Forge

NO_SERIES_WITHOUT = {
    "recommender_degraded_total": "an outage",
    "recommender_catalog_errors_total": "an outage",
    "recommender_catalog_faults_total": "an invalid record",
    "recommender_limited_total": "a client above its limit",
    "recommender_builds_total": "a recorded build",
    "recommender_build_timestamp_seconds": "a recorded build",
    "recommender_build_last": "a recorded build",
    "recommender_event_delay_seconds_bucket": "an event",
    "recommender_event_delay_seconds_count": "an event",
    "recommender_clicks_total": "a click",
    "recommender_impressions_total": "an impression",
    "recommender_purchases_total": "a purchase",
}
"""Metrics with labels, which have no series before something happens."""

Ask = Callable[[str], list[Any]]


def catalog(request: Request) -> Script:
    """Knows every shopper, without purchases."""
    path = request.target.partition("?")[0].split("/")
    known = path[2] == "users" and len(path) == 4
    return json_answer({"id": path[3]} if known else {"items": [], "next_cursor": None})


@pytest.fixture(scope="module")
def ask(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Runs queries on a Prometheus that scraped a service twice after some answers."""
    folder = tmp_path_factory.mktemp("prometheus")
    forge = Forge(folder / "jwks.json")
    forge.publish(forge.rsa)
    issuers = [{"issuer": ISSUER, "jwks_file": str(forge.jwks_file)}]
    with running_service(folder, shop(), issuers, {}, answers=catalog) as service:
        token = valid_token(forge, sub="shop", scope="recommendations:read.any")
        labels = {"namespace": "shop", "pod": "one"}
        target = {"targets": [service.metrics_url.removeprefix("http://")], "labels": labels}
        scrape = {"job_name": "recommender", "scrape_interval": "1s", "static_configs": [target]}
        (folder / "prometheus.yaml").write_text(yaml.safe_dump({"scrape_configs": [scrape]}))
        url = f"http://127.0.0.1:{unused_port()}"
        command = [
            str(tools.promtool.with_name("prometheus")),
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={url.removeprefix('http://')}",
        ]

        def query(text: str) -> list[Any]:
            answer = httpx.get(f"{url}/api/v1/query", params={"query": text}).json()
            assert answer["status"] == "success", (text, answer)
            found: list[Any] = answer["data"]["result"]
            return found

        with Server(command, {}, answers(f"{url}/-/ready"), folder / "prometheus.log") as prometheus:
            prometheus.wait_until_ready()
            wait_until(lambda: bool(query("recommender_snapshot_info")), "a first scrape")
            headers = {"authorization": f"Bearer {token}"}
            for user in ("u1", "u2", "u1"):
                path = f"/v1/users/{user}/recommendations"
                assert service.client.get(path, headers=headers).status_code == 200
            began = time.time()
            wait_until(lambda: bool(query(f"timestamp(up) > {began}")), "a later one")
            yield query


@pytest.mark.parametrize("path", sorted((CHART / "dashboards").glob("*.json")), ids=lambda path: path.stem)
def test_every_query_of_every_panel_finds_its_metrics(ask: Ask, path: Path) -> None:
    for panel in json.loads(path.read_text())["panels"]:
        for target in panel["targets"]:
            text = (
                target["expr"]
                .replace("$__rate_interval", "1m")
                .replace("$namespace", ".*")
                .replace("$job", ".*")
            )
            ask(text)
            for name in set(METRIC.findall(text)) - NO_SERIES_WITHOUT.keys():
                assert ask(name), (panel["title"], name)

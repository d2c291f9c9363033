"""Dashboards query existing metrics, in valid queries."""

import json
from pathlib import Path

import pytest
import yaml

from tests.chart.conftest import Rendered
from tests.chart.manifests import only
from tests.chart.metrics import METRIC, documented_metrics, promtool
from tests.chart.rendering import CHART
from tests.chart.tools import Tools


@pytest.mark.parametrize("path", sorted((CHART / "dashboards").glob("*.json")), ids=lambda path: path.stem)
def test_dashboards_query_existing_metrics(tools: Tools, tmp_path: Path, path: Path) -> None:
    board = json.loads(path.read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert set(METRIC.findall(" ".join(queries))) <= documented_metrics()
    assert all(METRIC.search(query) for query in queries)
    # Recording rules of the same queries: promtool reads them as Prometheus would.
    rules = [
        {"record": f"query:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(queries)
    ]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": path.stem, "rules": rules}]}))
    promtool(tools, "check", "rules", str(file))


def test_config_map_contains_the_dashboards(rendered: Rendered) -> None:
    data = only(rendered("gateway-api"), "ConfigMap", "shop-recommender-dashboards")["data"]
    assert {name: json.loads(text) for name, text in data.items()} == {
        path.name: json.loads(path.read_text()) for path in (CHART / "dashboards").glob("*.json")
    }
    uids = [json.loads(text)["uid"] for text in data.values()]
    assert len(uids) == len(set(uids))

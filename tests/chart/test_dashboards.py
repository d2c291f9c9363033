"""Dashboards query existing metrics, in valid queries."""

import json
from pathlib import Path

import pytest
import yaml

from tests.chart.conftest import Rendered
from tests.chart.manifests import only
from tests.chart.metrics import METRIC, documented_metrics, promtool
from tests.chart.rendering import CHART, CI, Helm
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


def test_config_map_contains_the_dashboards_of_the_release(rendered: Rendered) -> None:
    data = only(rendered("gateway-api"), "ConfigMap", "shop-recommender-dashboards")["data"]
    for path in (CHART / "dashboards").glob("*.json"):
        board = json.loads(data[f"recommendations-shop-recommender-{path.name}"])
        original = json.loads(path.read_text())
        assert board["panels"] == original["panels"]
        assert board["title"] == f"{original['title']} (recommendations/shop-recommender)"
        shown = {one["name"]: one["current"].get("value") for one in board["templating"]["list"]}
        assert shown["namespace"] == ["recommendations"]
        assert shown["job"] == ["shop-recommender-metrics"]
    assert len(data) == len(list((CHART / "dashboards").glob("*.json")))


def test_dashboards_of_two_releases_do_not_collide(helm: Helm) -> None:
    places = [("shop", "a"), ("shop", "b"), ("other", "a")]
    boards: dict[str, dict[str, str]] = {}
    for release, namespace in places:
        resources = helm.template(CI["gateway-api"], release=release, namespace=namespace)
        found = only(resources, "ConfigMap", f"{release}-recommender-dashboards")["data"]
        assert not boards.keys() & found.keys()
        boards |= {name: json.loads(text) for name, text in found.items()}
    for field in ("uid", "title"):
        assert len({board[field] for board in boards.values()}) == len(boards)
    assert all(len(board["uid"]) <= 40 for board in boards.values()), "Grafana's limit"

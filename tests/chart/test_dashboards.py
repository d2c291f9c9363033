"""Dashboards query existing metrics, in valid queries."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.chart.conftest import Rendered
from tests.chart.manifests import only
from tests.chart.metrics import METRIC, documented_metrics, promtool
from tests.chart.rendering import CHART, CI, ROOT, Helm
from tests.chart.tools import Tools

RUNBOOKS = ROOT / "docs/operations/runbooks.md"


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


@pytest.mark.parametrize("path", sorted((CHART / "dashboards").glob("*.json")), ids=lambda path: path.stem)
def test_every_panel_links_to_an_existing_runbook(path: Path) -> None:
    sections = re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
    panels = json.loads(path.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        (link,) = panel["links"]
        assert link["url"].removeprefix("${runbooks}") in {section.lower() for section in sections}
        assert link["title"].removeprefix("Runbook: ") in sections


def test_dashboards_link_to_the_runbooks_of_the_values(helm: Helm) -> None:
    url = "https://docs.shop.example/runbooks#"
    resources = helm.template(
        CI["gateway-api"], overrides={"metrics": {"prometheusRule": {"runbookUrl": url}}}
    )
    for text in only(resources, "ConfigMap", "shop-recommender-dashboards")["data"].values():
        (variable,) = (one for one in json.loads(text)["templating"]["list"] if one["name"] == "runbooks")
        assert (variable["query"], variable["current"]["value"]) == (url, url)


def test_config_map_contains_the_dashboards_of_the_release(rendered: Rendered) -> None:
    data = only(rendered("gateway-api"), "ConfigMap", "shop-recommender-dashboards")["data"]
    for path in (CHART / "dashboards").glob("*.json"):
        board = json.loads(data[f"recommendations-shop-recommender-{path.name}"])
        original = json.loads(path.read_text())
        assert board["panels"] == original["panels"]
        assert board["title"] == f"{original['title']} (recommendations/shop-recommender)"
        shown = {one["name"]: one["current"].get("value") for one in board["templating"]["list"]}
        assert isinstance(shown["runbooks"], str)
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

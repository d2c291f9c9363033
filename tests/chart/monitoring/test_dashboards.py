"""Dashboards query existing metrics, in valid queries."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.conftest import Rendered
from tests.chart.manifests import only, selects
from tests.chart.monitoring.metrics import METRIC, documented_metrics, promtool
from tests.chart.rendering import CHART, CI, ROOT, Helm
from tests.chart.tools import Tools, findings

RUNBOOKS = ROOT / "docs/operations/runbooks.md"
GRID_COLUMNS = 24
Board = dict[str, Any]
BOARDS: list[Board] = [json.loads(path.read_text()) for path in sorted((CHART / "dashboards").glob("*.json"))]


def panel_faults(board: Board) -> list[str]:
    """Panels without a text, and those that overlap or leave the grid."""
    taken: set[tuple[int, int]] = set()
    faults = []
    for panel in board["panels"]:
        title, place = panel["title"], panel["gridPos"]
        if not (title and panel["description"] and panel["fieldConfig"]["defaults"]["unit"]):
            faults.append(f"{title}: title, description or unit is missing")
        cells = set(
            itertools.product(
                range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
            )
        )
        if cells & taken or place["x"] + place["w"] > GRID_COLUMNS:
            faults.append(f"{title}: overlaps another panel or the edge")
        taken |= cells
    return faults


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


def test_runs_that_have_started_and_not_ended_are_shown(tools: Tools, tmp_path: Path) -> None:
    (query,) = (
        target["expr"].replace("$namespace", ".*").replace("$job", ".*")
        for board in BOARDS
        for panel in board["panels"]
        if panel["title"] == "Builds and refreshes that run now"
        for target in panel["targets"]
    )
    ends = {
        'kind="build",outcome="started"': 240,
        'kind="build",outcome="failed"': 180,
        'kind="refresh",outcome="started"': 200,
        'kind="refresh",outcome="skipped"': 210,
        'kind="first",outcome="started"': 270,
    }
    series = [
        {"series": f"recommender_build_timestamp_seconds{{{labels}}}", "values": f"{at}x5"}
        for labels, at in ends.items()
    ]
    running = [{"labels": '{kind="build"}', "value": 60}, {"labels": '{kind="first"}', "value": 30}]
    asked = {"expr": query, "eval_time": "5m", "exp_samples": running}
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"tests": [{"input_series": series, "promql_expr_test": [asked]}]}))
    promtool(tools, "test", "rules", str(file))


@pytest.mark.parametrize("path", sorted((CHART / "dashboards").glob("*.json")), ids=lambda path: path.stem)
def test_every_panel_links_to_an_existing_runbook(path: Path) -> None:
    sections = re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
    panels = json.loads(path.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        (link,) = panel["links"]
        assert link["url"].removeprefix("${runbooks}") in {section.lower() for section in sections}
        assert link["title"].removeprefix("Runbook: ") in sections


def test_dashboards_have_the_types_of_grafana(tools: Tools) -> None:
    assert findings(tools.grafana, BOARDS) == [[], [], []]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_panels_have_a_place_a_unit_and_a_description_of_their_own(board: Board) -> None:
    assert panel_faults(board) == []


def wrong_boards() -> Iterator[tuple[str, Board]]:
    """Dashboards with one fault each, and the word that its message has."""
    for word, change in (
        ("gridpos", {"gridpos": {}}),
        ("graph", {"type": "graph"}),
        ("number", {"title": 1}),
        ("unit", {"fieldConfig": {"defaults": {}, "overrides": []}}),
        ("null", {"description": None}),
        ("source}", {"datasource": {"type": "prometheus", "uid": "${source}"}}),
        ("Placement", {"options": {"legend": {"placement": "left"}}}),
        ("query", {"targets": [{"refId": "A", "query": "up", "legendFormat": ""}]}),
    ):
        board = json.loads(json.dumps(BOARDS[0]))
        board["panels"][0] |= change
        yield word, board


def test_wrong_panels_are_rejected(tools: Tools) -> None:
    words, boards = zip(*wrong_boards(), strict=True)
    for word, faults in zip(words, findings(tools.grafana, boards), strict=True):
        assert word in " ".join(faults), (word, faults)
    overlapping = json.loads(json.dumps(BOARDS[0]))
    overlapping["panels"][1]["gridPos"]["x"] = 11
    overlapping["panels"][2]["description"] = overlapping["panels"][3]["fieldConfig"]["defaults"]["unit"] = ""
    assert len(panel_faults(overlapping)) == 3


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


def test_alerts_and_dashboards_select_the_job_of_a_pod_monitor(rendered: Rendered) -> None:
    resources = rendered("pod-monitor")
    monitor = only(resources, "PodMonitor")
    job = f"{monitor['metadata']['namespace']}/{monitor['metadata']['name']}"
    rules = json.dumps(only(resources, "PrometheusRule")["spec"])
    boards = [
        json.loads(board)
        for board in only(resources, "ConfigMap", "shop-recommender-dashboards")["data"].values()
    ]
    chosen = [
        one["current"]["value"]
        for board in boards
        for one in board["templating"]["list"]
        if one["name"] == "job"
    ]
    assert (set(re.findall(r'job=\\"([^"]*)\\"', rules)), chosen) == ({job}, [[job]] * 3)
    labels = only(resources, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert selects(monitor["spec"]["selector"]["matchLabels"], labels)

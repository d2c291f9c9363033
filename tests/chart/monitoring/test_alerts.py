"""Unit tests of every alert by promtool."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.conftest import Rendered
from tests.chart.manifests import only
from tests.chart.monitoring.alert_cases import CASES, FIRST_TIMES
from tests.chart.monitoring.alert_edges import EDGES as REQUEST_EDGES
from tests.chart.monitoring.metrics import METRIC, documented_metrics, promtool
from tests.chart.monitoring.snapshot_alert_edges import SNAPSHOT_EDGES
from tests.chart.rendering import CI, ROOT, Helm, Resource
from tests.chart.tools import Tools

EDGES = REQUEST_EDGES | SNAPSHOT_EDGES
AT_ONCE = {
    "RecommenderSnapshotRefused",
    "RecommenderBuildNotPublished",
    "RecommenderIndexFailed",
    "RecommenderRetentionFailed",
    "RecommenderMigrationFailed",
}
"""Alerts without a waiting time: about past events or long-lasting conditions."""


@pytest.fixture(scope="module")
def rules(rendered: Rendered) -> Resource:
    return only(rendered("gateway-api"), "PrometheusRule")["spec"]


@pytest.fixture(scope="module")
def rule_file(rules: Resource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(yaml.safe_dump(rules))
    return path


def alerts(rules: Resource) -> dict[str, Resource]:
    """The alerts by name."""
    return {rule["alert"]: rule for group in rules["groups"] for rule in group["rules"]}


def test_promtool_accepts_the_rules(tools: Tools, rule_file: Path) -> None:
    assert f"{len(CASES)} rules found" in promtool(tools, "check", "rules", str(rule_file))


def test_every_alert_has_a_case_and_a_runbook(rules: Resource) -> None:
    assert set(alerts(rules)) == set(CASES)
    runbooks = (ROOT / "docs/operations/runbooks.md").read_text()
    assert re.findall(r"^## (\w+)$", runbooks, re.MULTILINE) == list(alerts(rules))
    for name, rule in alerts(rules).items():
        assert rule["annotations"]["runbook_url"] == f"https://docs.shop.example/runbooks#{name.lower()}"
        assert rule["labels"]["team"] == "shop"


def unit(series: dict[str, str], at: str, name: str, fired: list[dict[str, Any]]) -> dict[str, Any]:
    """A unit test in promtool's format."""
    return {
        "interval": CASES[name].interval,
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "alert_rule_test": [{"eval_time": at, "alertname": name, "exp_alerts": fired}],
    }


def written(file: Path, rule_file: Path, tests: list[dict[str, Any]]) -> Path:
    """A file for `promtool test rules`, with tests of one interval."""
    content = {"rule_files": [str(rule_file)], "evaluation_interval": tests[0]["interval"], "tests": tests}
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture(scope="module")
def summaries(tools: Tools, rule_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Rendered summary of each alert, from promtool's report of a failed expectation."""
    asked = [unit(case.bad, case.at, name, [{"exp_labels": {"a": "b"}}]) for name, case in CASES.items()]
    found = {}
    for interval in {one["interval"] for one in asked}:
        tests = [one for one in asked if one["interval"] == interval]
        file = written(tmp_path_factory.mktemp("summaries") / "asking.yaml", rule_file, tests)
        command = [str(tools.promtool), "test", "rules", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        for got in (done.stdout + done.stderr).split("got:[")[1:]:
            name, summary = (
                re.search(r'alertname="(\w+)"', got),
                re.search(r'summary="((?:[^"\\]|\\.)*)"', got),
            )
            assert name is not None, got
            assert summary is not None, got
            found[name[1]] = str(json.loads(f'"{summary[1]}"'))
    assert set(found) == set(CASES), "an alert does not fire"
    return found


@pytest.mark.parametrize("name", sorted(CASES))
def test_alert_fires_only_on_its_condition(
    tools: Tools, rules: Resource, rule_file: Path, tmp_path: Path, summaries: dict[str, str], name: str
) -> None:
    case, rule = CASES[name], alerts(rules)[name]
    fired = {
        "exp_labels": {"severity": rule["labels"]["severity"], "team": "shop", **case.labels},
        "exp_annotations": {**rule["annotations"], "summary": summaries[name]},
    }
    tests = [unit(case.bad, case.at, name, [fired]), unit(case.good, case.at, name, [])]
    if name not in AT_ONCE:
        tests.append(unit(case.bad, "1m", name, []))  # a short problem fires no alert
    assert "SUCCESS" in promtool(
        tools, "test", "rules", str(written(tmp_path / "test.yaml", rule_file, tests))
    )


@pytest.mark.parametrize("name", sorted(FIRST_TIMES))
def test_alert_fires_when_no_build_ever_succeeded(
    tools: Tools, rules: Resource, rule_file: Path, tmp_path: Path, summaries: dict[str, str], name: str
) -> None:
    rule = alerts(rules)[name]
    labels = (
        {"job_name": "shop-recommender-indexer-1"} if name == "RecommenderIndexFailed" else CASES[name].labels
    )
    summary = summaries[name].replace("indexer-2", "indexer-1")
    fired = {
        "exp_labels": {"severity": rule["labels"]["severity"], "team": "shop", **labels},
        "exp_annotations": {**rule["annotations"], "summary": summary},
    }
    test = unit(FIRST_TIMES[name], CASES[name].at, name, [fired])
    file = written(tmp_path / "test.yaml", rule_file, [test])
    assert "SUCCESS" in promtool(tools, "test", "rules", str(file))


@pytest.mark.parametrize(
    ("values", "absent"),
    [
        ({"autoscaling": {"enabled": False}}, {"RecommenderAtMaximum"}),
        ({"autoscaling": {"minReplicas": 3, "maxReplicas": 3}}, {"RecommenderAtMaximum"}),
        ({"service": {"replicas": 0}}, set()),
        (
            {"service": {"replicas": 0}, "autoscaling": {"enabled": False}},
            {"RecommenderAtMaximum", "RecommenderDown", "RecommenderNotServing"},
        ),
    ],
)
def test_alerts_on_an_intended_state_are_absent(helm: Helm, values: dict[str, Any], absent: set[str]) -> None:
    rules = only(helm.template(CI["gateway-api"], overrides=values), "PrometheusRule")["spec"]
    assert set(alerts(rules)) == set(CASES) - absent


def test_summaries_are_filled_in(summaries: dict[str, str]) -> None:
    assert summaries["RecommenderErrors"] == "5% of shoppers' requests fail."
    assert summaries["RecommenderDegraded"] == "10% of answers are made without redis."
    assert summaries["RecommenderWithoutSnapshot"] == "b has no snapshot to serve."
    assert not {name for name, text in summaries.items() if "{{" in text or "<" in text or "%!" in text}


def test_alerts_query_existing_metrics(rules: Resource) -> None:
    for name, rule in alerts(rules).items():
        assert set(METRIC.findall(rule["expr"])) <= documented_metrics(), name


@pytest.mark.parametrize(
    ("name", "autoscaled"), sorted({(edge.alert, edge.autoscaled) for edge in EDGES.values()})
)
def test_alert_holds_its_edges(
    tools: Tools, helm: Helm, rules: Resource, tmp_path: Path, name: str, autoscaled: bool
) -> None:
    if autoscaled:
        values = {"autoscaling": {"enabled": False}, "service": {"replicas": None}}
        rules = only(helm.template(CI["gateway-api"], overrides=values), "PrometheusRule")["spec"]
    rule_file = tmp_path / "rule.yaml"
    rule_file.write_text(yaml.safe_dump({"groups": [{"name": name, "rules": [alerts(rules)[name]]}]}))
    tests = [
        {
            "name": case,
            "interval": edge.interval,
            "input_series": [{"series": one, "values": values} for one, values in edge.series.items()],
            "promql_expr_test": [
                {
                    "expr": 'max(ALERTS{alertstate="firing"}) or vector(0)',
                    "eval_time": at,
                    "exp_samples": [{"labels": "{}", "value": float(at in edge.fires)}],
                }
                for at in (*edge.fires, *edge.silent)
            ],
        }
        for case, edge in EDGES.items()
        if (edge.alert, edge.autoscaled) == (name, autoscaled)
    ]
    file = written(tmp_path / "edges.yaml", rule_file, tests)
    assert "SUCCESS" in promtool(tools, "test", "rules", str(file))

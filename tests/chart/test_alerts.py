"""Every alert, judged by promtool: it fires on what it is for, and on nothing else."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.conftest import Rendered
from tests.chart.manifests import only
from tests.chart.metrics import METRIC, documented_metrics, promtool
from tests.chart.rendering import ROOT, Resource
from tests.chart.tools import Tools

JOB = 'namespace="recommendations",job="shop-recommender-metrics"'
OURS = 'namespace="recommendations"'


@dataclass(frozen=True)
class Case:
    """When an alert fires.

    Attributes:
        bad: series on which it does.
        good: series on which it does not.
        at: when it is asked.
        labels: what it then says, beside its severity and team.
    """

    bad: dict[str, str]
    good: dict[str, str]
    at: str
    labels: dict[str, str]


def requests(status: str, route: str = "/v1/popular") -> str:
    """The series of a count of requests."""
    labels = f'http_route="{route}",http_response_status_code="{status}"'
    return f"http_server_request_duration_seconds_count{{{JOB},{labels}}}"


def autoscaler(metric: str, name: str = "shop-recommender") -> str:
    """A series of kube-state-metrics about an autoscaler."""
    return f'kube_horizontalpodautoscaler_{metric}{{{OURS},horizontalpodautoscaler="{name}"}}'


def bucket(edge: str) -> str:
    """The series of a bucket of requests' durations."""
    return f'http_server_request_duration_seconds_bucket{{{JOB},http_route="/v1/popular",le="{edge}"}}'


def pod(metric: str, name: str = "a", labels: str = "") -> str:
    """A pod's series."""
    return f'{metric}{{{JOB},pod="{name}"{labels}}}'


CASES: dict[str, Case] = {
    "RecommenderDown": Case({pod("up"): "0x60"}, {pod("up"): "0x60", pod("up", "b"): "1x60"}, "10m", {}),
    "RecommenderErrors": Case(
        {requests("200"): "0+95x60", requests("500"): "0+5x60"},
        {requests("200"): "0+1000x60", requests("500"): "0+5x60", requests("429"): "0+500x60"},
        "30m",
        {},
    ),
    "RecommenderSlow": Case(
        {bucket("0.5"): "0+90x60", bucket("1.0"): "0+100x60", bucket("+Inf"): "0+100x60"},
        {bucket("0.2"): "0+100x60", bucket("0.5"): "0+100x60", bucket("+Inf"): "0+100x60"},
        "30m",
        {},
    ),
    "RecommenderDegraded": Case(
        {
            pod("recommender_answers_total"): "0+100x60",
            pod("recommender_degraded_total", labels=',dependency="redis"'): "0+10x60",
        },
        {
            pod("recommender_answers_total"): "0+100x60",
            pod("recommender_degraded_total", labels=',dependency="redis"'): "0+1x60",
        },
        "30m",
        {"dependency": "redis"},
    ),
    "RecommenderCatalogErrors": Case(
        {pod("recommender_catalog_errors_total", labels=',operation="purchases"'): "0+30x60"},
        {pod("recommender_catalog_errors_total", labels=',operation="purchases"'): "0+1x60"},
        "40m",
        {"operation": "purchases"},
    ),
    "RecommenderChangesNotArriving": Case(
        {
            pod("recommender_overlay_age_seconds"): "240+60x30",
            pod("recommender_overlay_age_seconds", "b"): "10x30",
        },
        {pod("recommender_overlay_age_seconds"): "20x30"},
        "20m",
        {"pod": "a"},
    ),
    "RecommenderAtMaximum": Case(
        {
            autoscaler("status_current_replicas"): "10x60",
            autoscaler("spec_max_replicas"): "10x60",
        },
        {
            autoscaler("status_current_replicas"): "9x60",
            autoscaler("spec_max_replicas"): "10x60",
            autoscaler("status_current_replicas", "another"): "2x60",
            autoscaler("spec_max_replicas", "another"): "2x60",
        },
        "30m",
        {"namespace": "recommendations", "horizontalpodautoscaler": "shop-recommender"},
    ),
    "RecommenderWithoutSnapshot": Case(
        {
            pod("up"): "1x60",
            pod("up", "b"): "1x60",
            pod("recommender_snapshot_info", labels=',version="1"'): "1x60",
        },
        {
            pod("up"): "1x60",
            pod("recommender_snapshot_info", labels=',version="1"'): "1x60",
            pod("up", "c"): "0x60",
        },
        "30m",
        {"namespace": "recommendations", "job": "shop-recommender-metrics", "pod": "b"},
    ),
    "RecommenderSnapshotRefused": Case(
        {pod("recommender_snapshot_refusals_total"): "0x5 1x55"},
        {pod("recommender_snapshot_refusals_total"): "3x60"},
        "10m",
        {},
    ),
    "RecommenderSnapshotsDiffer": Case(
        {
            pod("recommender_snapshot_info", labels=',version="1"'): "1x60",
            pod("recommender_snapshot_info", "b", ',version="2"'): "1x60",
        },
        {
            pod("recommender_snapshot_info", labels=',version="2"'): "1x60",
            pod("recommender_snapshot_info", "b", ',version="2"'): "1x60",
        },
        "30m",
        {},
    ),
    "RecommenderIndexFailed": Case(
        {f'kube_job_failed{{{OURS},condition="true",job_name="shop-recommender-indexer-1"}}': "1x60"},
        {
            f'kube_job_failed{{{OURS},condition="true",job_name="shop-recommender-indexer-1"}}': "0x60",
            f'kube_job_failed{{{OURS},condition="true",job_name="another-1"}}': "1x60",
        },
        "10m",
        {"job_name": "shop-recommender-indexer-1"},
    ),
    "RecommenderSnapshotOld": Case(
        {
            f'kube_cronjob_status_last_successful_time{{{OURS},cronjob="shop-recommender-indexer"}}': "-90000x120"
        },
        {
            f'kube_cronjob_status_last_successful_time{{{OURS},cronjob="shop-recommender-indexer"}}': "-86400x120",
            f'kube_cronjob_status_last_successful_time{{{OURS},cronjob="another"}}': "-99999x120",
        },
        "90m",
        {},
    ),
}


AT_ONCE = {"RecommenderSnapshotRefused", "RecommenderIndexFailed", "RecommenderSnapshotOld"}
"""Alerts about what has happened already, or has gone on for long."""


@pytest.fixture(scope="module")
def rules(rendered: Rendered) -> Resource:
    return only(rendered("gateway-api"), "PrometheusRule")["spec"]


@pytest.fixture(scope="module")
def rule_file(rules: Resource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(yaml.safe_dump(rules))
    return path


def alerts(rules: Resource) -> dict[str, Resource]:
    """The alerts by their names."""
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
    """A unit test in promtool's words."""
    return {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "alert_rule_test": [{"eval_time": at, "alertname": name, "exp_alerts": fired}],
    }


def written(file: Path, rule_file: Path, tests: list[dict[str, Any]]) -> Path:
    """A file for `promtool test rules`."""
    content = {"rule_files": [str(rule_file)], "evaluation_interval": "1m", "tests": tests}
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture(scope="module")
def summaries(tools: Tools, rule_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each alert's summary as it is filled in: asked for something else, promtool says what it got."""
    asked = [unit(case.bad, case.at, name, [{"exp_labels": {"a": "b"}}]) for name, case in CASES.items()]
    file = written(tmp_path_factory.mktemp("summaries") / "asking.yaml", rule_file, asked)
    command = [str(tools.promtool), "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = {}
    for got in (done.stdout + done.stderr).split("got:[")[1:]:
        name, summary = re.search(r'alertname="(\w+)"', got), re.search(r'summary="((?:[^"\\]|\\.)*)"', got)
        assert name is not None, got
        assert summary is not None, got
        found[name[1]] = str(json.loads(f'"{summary[1]}"'))
    assert set(found) == set(CASES), "an alert does not fire"
    return found


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_alert_fires_on_what_it_is_for_and_on_nothing_else(
    tools: Tools, rules: Resource, rule_file: Path, tmp_path: Path, summaries: dict[str, str], name: str
) -> None:
    case, rule = CASES[name], alerts(rules)[name]
    fired = {
        "exp_labels": {"severity": rule["labels"]["severity"], "team": "shop", **case.labels},
        "exp_annotations": {**rule["annotations"], "summary": summaries[name]},
    }
    tests = [unit(case.bad, case.at, name, [fired]), unit(case.good, case.at, name, [])]
    if name not in AT_ONCE:
        tests.append(unit(case.bad, "1m", name, []))  # a moment's trouble wakes nobody
    assert "SUCCESS" in promtool(
        tools, "test", "rules", str(written(tmp_path / "test.yaml", rule_file, tests))
    )


def test_summaries_are_filled_in(summaries: dict[str, str]) -> None:
    assert summaries["RecommenderErrors"] == "5% of requests fail."
    assert summaries["RecommenderDegraded"] == "10% of answers are given without redis."
    assert summaries["RecommenderWithoutSnapshot"] == "b has no snapshot to serve."
    assert not {name for name, text in summaries.items() if "{{" in text or "<" in text or "%!" in text}


def test_alerts_ask_for_metrics_that_exist(rules: Resource) -> None:
    for name, rule in alerts(rules).items():
        assert set(METRIC.findall(rule["expr"])) <= documented_metrics(), name

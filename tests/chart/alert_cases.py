"""Series of metrics on which each alert fires or stays silent, for promtool."""

from dataclasses import dataclass

JOB = 'namespace="recommendations",job="shop-recommender-metrics"'
OURS = 'namespace="recommendations"'


@dataclass(frozen=True)
class Case:
    """Conditions of an alert.

    Attributes:
        bad: series on which it fires.
        good: series on which it does not fire.
        at: time of evaluation.
        labels: its labels besides severity and team.
    """

    bad: dict[str, str]
    good: dict[str, str]
    at: str
    labels: dict[str, str]


def requests(status: str, route: str = "/v1/popular") -> str:
    """Series of a request count."""
    labels = f'http_route="{route}",http_response_status_code="{status}"'
    return f"http_server_request_duration_seconds_count{{{JOB},{labels}}}"


def job(metric: str, number: int, labels: str = "") -> str:
    """A series of kube-state-metrics about a build."""
    return f'kube_job_{metric}{{{OURS},job_name="shop-recommender-indexer-{number}"{labels}}}'


def autoscaler(metric: str, name: str = "shop-recommender") -> str:
    """A series of kube-state-metrics about an autoscaler."""
    return f'kube_horizontalpodautoscaler_{metric}{{{OURS},horizontalpodautoscaler="{name}"}}'


def bucket(edge: str) -> str:
    """Series of a bucket of request durations."""
    return f'http_server_request_duration_seconds_bucket{{{JOB},http_route="/v1/popular",le="{edge}"}}'


def pod(metric: str, name: str = "a", labels: str = "") -> str:
    """A series of a pod."""
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
        {
            job("status_start_time", 1): "1000x60",
            job("status_completion_time", 1): "2000x60",
            job("status_start_time", 2): "3000x60",
            job("failed", 2, ',condition="true"'): "1x60",
        },
        {
            # A build failed, and a later one succeeded.
            job("status_start_time", 1): "1000x60",
            job("failed", 1, ',condition="true"'): "1x60",
            job("status_start_time", 2): "3000x60",
            job("status_completion_time", 2): "4000x60",
            job("failed", 2, ',condition="true"'): "0x60",
            f'kube_job_status_start_time{{{OURS},job_name="another-1"}}': "9000x60",
            f'kube_job_failed{{{OURS},condition="true",job_name="another-1"}}': "1x60",
        },
        "10m",
        {"job_name": "shop-recommender-indexer-2"},
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

FIRST_TIMES = {
    "RecommenderIndexFailed": {
        job("status_start_time", 1): "1000x120",
        job("failed", 1, ',condition="true"'): "1x120",
    },
    "RecommenderSnapshotOld": {
        f'kube_cronjob_created{{{OURS},cronjob="shop-recommender-indexer"}}': "-90000x120"
    },
}
"""Series of builds that never succeeded."""

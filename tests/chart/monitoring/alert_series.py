"""Series of metrics for promtool."""

from dataclasses import dataclass

JOB = 'namespace="recommendations",job="shop-recommender-metrics"'
OURS = 'namespace="recommendations"'
_OTHER_POD = 'namespace="recommendations",job="shop-recommender-metrics",pod="b",http_route="/v1/popular"'


@dataclass(frozen=True)
class Case:
    """Conditions of an alert.

    Attributes:
        bad: series on which it fires.
        good: series on which it does not fire.
        at: time of evaluation.
        labels: its labels besides severity and team.
        interval: time between values of the series, and between evaluations.
    """

    bad: dict[str, str]
    good: dict[str, str]
    at: str
    labels: dict[str, str]
    interval: str = "1m"


@dataclass(frozen=True)
class Edge:
    """Series on which an alert fires at some times.

    Attributes:
        alert: its name.
        series: values by series.
        fires: times at which it fires.
        silent: times at which it does not.
        autoscaled: True if the release leaves the number of pods to another autoscaler.
        interval: time between values, and between evaluations.
    """

    alert: str
    series: dict[str, str]
    fires: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    autoscaled: bool = False
    interval: str = "1m"


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


def build(outcome: str, kind: str = "build") -> str:
    """Times of the latest builds or refreshes with an outcome."""
    return pod("recommender_build_timestamp_seconds", labels=f',kind="{kind}",outcome="{outcome}"')


def on_other_pod(status: str) -> str:
    """Series of a request count of a second pod."""
    return f'http_server_request_duration_seconds_count{{{_OTHER_POD},http_response_status_code="{status}"}}'


def available(name: str = "shop-recommender") -> str:
    """Series of kube-state-metrics about the ready pods of a Deployment."""
    return f'kube_deployment_status_replicas_available{{{OURS},deployment="{name}"}}'


def wanted(name: str = "shop-recommender") -> str:
    """Series of kube-state-metrics about the pods that a Deployment should have."""
    return f'kube_deployment_spec_replicas{{{OURS},deployment="{name}"}}'


def served(version: str, name: str = "a") -> str:
    """Series of a pod that serves a snapshot."""
    return pod("recommender_snapshot_info", name, f',version="{version}"')

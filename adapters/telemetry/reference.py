"""Reference of the metrics: `python -m adapters.telemetry.reference > docs/reference/metrics.md`."""

import sys

from adapters.telemetry.declarations import SERVICE_METRICS, Metric
from adapters.telemetry.indexer_declarations import INDEXER_METRICS

_INTRODUCTION = """# Metrics

The names are those in Prometheus. Service and indexer serve their metrics on a management port, if one is configured.
The indexer also sends them to its OTLP endpoint, since it may end before it is scraped. Builds record their outcome on
the volume of snapshots too, and the service reports it.
A histogram has the series `…_bucket`, `…_sum` and `…_count`. `target_info` has the labels `service_name` and
`service_version`. No label contains a user or product id.

This page is generated: `python -m adapters.telemetry.reference > docs/reference/metrics.md`.
"""


def metrics_reference() -> str:
    """Returns the reference in Markdown, with one table per process."""
    return "\n".join(
        [
            _INTRODUCTION,
            *_table("Service", SERVICE_METRICS),
            "",
            *_table("Indexer", INDEXER_METRICS),
            "",
        ]
    )


def _table(title: str, metrics: tuple[Metric, ...]) -> list[str]:
    return [
        f"## {title}",
        "",
        "| metric | kind | unit | labels | meaning |",
        "| --- | --- | --- | --- | --- |",
        *[_row(metric) for metric in metrics],
    ]


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    unit = {"s": "seconds", "1": "no unit"}.get(metric.unit, metric.unit.strip("{}"))
    return f"| `{metric.prometheus_name}` | {metric.kind} | {unit} | {labels} | {metric.description} |"


if __name__ == "__main__":
    sys.stdout.write(metrics_reference())

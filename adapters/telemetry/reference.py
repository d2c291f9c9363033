"""Writes the reference of the metrics: `python -m adapters.telemetry.reference > docs/reference/metrics.md`."""

import sys

from adapters.telemetry.declarations import INDEXER_METRICS, SERVICE_METRICS, Metric

_INTRODUCTION = """# Metrics

Names as Prometheus sees them. Each deployable serves them on its own management port, when one is configured; the
indexer, which ends before many would ask, also sends them to its OTLP endpoint.
A histogram also has the series `…_bucket`, `…_sum` and `…_count`. `target_info` carries `service_name` and
`service_version`. No label ever holds a user or product id.

This page is generated: `python -m adapters.telemetry.reference > docs/reference/metrics.md`.
"""


def metrics_reference() -> str:
    """The reference in Markdown, a table per deployable."""
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

"""Scrapes of the metrics endpoint."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from adapters.telemetry import Telemetry

Labels = tuple[tuple[str, str], ...]


def scraped(telemetry: Telemetry) -> dict[str, dict[Labels, float]]:
    """The values of all series by the name of the sample and sorted labels."""
    url = f"http://127.0.0.1:{telemetry.metrics_port}/metrics"
    with urllib.request.urlopen(url, timeout=5) as response:
        text = response.read().decode()
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found

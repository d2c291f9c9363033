"""Metrics of the process, which prometheus-client collects."""

from adapters.telemetry.declared.metric import Metric

PROCESS_METRICS = (
    Metric(
        "process.cpu.time",
        "process_cpu_seconds_total",
        "counter",
        "s",
        (),
        "CPU time of the process, in all modes.",
    ),
    Metric(
        "process.memory.virtual", "process_virtual_memory_bytes", "gauge", "By", (), "Size of virtual memory."
    ),
    Metric(
        "process.memory.usage", "process_resident_memory_bytes", "gauge", "By", (), "Size of resident memory."
    ),
    Metric(
        "process.start.time",
        "process_start_time_seconds",
        "gauge",
        "s",
        (),
        "Start of the process, in seconds since the epoch.",
    ),
    Metric(
        "process.open_file_descriptors",
        "process_open_fds",
        "gauge",
        "{descriptor}",
        (),
        "Open files and sockets.",
    ),
    Metric(
        "process.max_file_descriptors", "process_max_fds", "gauge", "{descriptor}", (), "Limit of open files."
    ),
)
"""Of prometheus-client's collector, on the metrics endpoint alone."""

"""Records how a build or refresh begins and fails."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from adapters.snapshots import BuildHistory, RunKind
from adapters.telemetry import IndexerMetrics
from indexer.build.quality_gate import QualityGateFailed


@contextmanager
def recorded(history: BuildHistory, kind: RunKind, metrics: IndexerMetrics) -> Iterator[None]:
    """Records a run as started, and as refused or failed if it raises.

    Logs a refusal. The run itself records any other outcome.
    """
    history.add("started", kind=kind)
    try:
        yield
    except QualityGateFailed as refusal:
        history.add("refused", kind=kind, reasons=[violation.reason for violation in refusal.violations])
        rules = [violation.rule for violation in refusal.violations]
        for rule in rules:
            metrics.refused(rule)
        structlog.get_logger("indexer").error("snapshot not published", rules=rules, reason=str(refusal))
        raise
    except BaseException:
        history.add("failed", kind=kind)
        raise

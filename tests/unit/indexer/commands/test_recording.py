"""Builds and refreshes record how they began and failed."""

from pathlib import Path

import pytest
from opentelemetry.metrics import NoOpMeter

from adapters.snapshots import BuildHistory, RunKind, SnapshotVolume
from adapters.telemetry import IndexerMetrics
from indexer.build.quality_gate import QualityGateFailed, find_violations
from indexer.commands.recording import recorded


@pytest.mark.parametrize("kind", ["build", "refresh"])
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (QualityGateFailed(find_violations(0.5, None, None, 0.0)), "refused"),
        (ValueError("a fault"), "failed"),
        (KeyboardInterrupt(), "failed"),
    ],
)
def test_failed_run_is_recorded_by_kind(
    tmp_path: Path, kind: RunKind, error: BaseException, outcome: str
) -> None:
    history = BuildHistory(SnapshotVolume(tmp_path))
    with pytest.raises(type(error)), recorded(history, kind, IndexerMetrics(NoOpMeter("test"))):
        raise error
    record = history.read()
    expected = {"started": 1, outcome: 1}
    counts = {"build": record.counts, "refresh": record.refreshes.counts}
    assert counts == {"build": {}, "refresh": {}} | {kind: expected}

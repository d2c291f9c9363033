"""Searches for better parameters on rolling windows, using only purchases before the test's cut."""

from indexer.tuning.parameters import Parameters
from indexer.tuning.search import Budget, TuningResult, tune

__all__ = ["Budget", "Parameters", "TuningResult", "tune"]

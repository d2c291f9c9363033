"""Search for better parameters on rolling windows, with what was bought before the test's cut alone."""

from indexer.tuning.parameters import Parameters
from indexer.tuning.search import Budget, Tuned, tune

__all__ = ["Budget", "Parameters", "Tuned", "tune"]

"""The rules of Kubernetes' HorizontalPodAutoscaler, with the chart's values.

Sources: the algorithm and the behavior fields in the Kubernetes documentation, "Horizontal Pod Autoscaling".
"""

import math
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SYNC_SECONDS = 15
_TOLERANCE = 0.1
_CHART = Path(__file__).parents[2] / "charts/recommender"


@dataclass(frozen=True, slots=True)
class Policy:
    """The largest change of the number of pods in a period."""

    pods: int
    percent: float
    period_seconds: int

    def largest_change(self, pods: int) -> int:
        """The larger of both limits, from `pods`."""
        return max(self.pods, math.ceil(pods * self.percent / 100))


@dataclass(frozen=True, slots=True)
class Defaults:
    """Default values of the chart.

    Attributes:
        target: CPU use per pod above which pods are added, in cores.
        up, down: limits of changes.
        down_window_seconds: the highest recommendation of this time counts.
    """

    least: int
    most: int
    target: float
    up: Policy
    down: Policy
    down_window_seconds: int

    @classmethod
    def of_chart(cls, chart: Path = _CHART) -> "Defaults":
        """Reads them from the chart's values."""
        values = yaml.safe_load((chart / "values.yaml").read_text())
        scaling, cores = values["autoscaling"], values["service"]["resources"]["requests"]["cpu"]
        behavior = scaling["behavior"]
        return cls(
            scaling["minReplicas"],
            scaling["maxReplicas"],
            scaling["cpuPercent"] / 100 * int(cores.removesuffix("m")) / 1000,
            _policy(behavior["scaleUp"]),
            _policy(behavior["scaleDown"]),
            behavior["scaleDown"]["stabilizationWindowSeconds"],
        )


def _policy(rules: dict[str, Any]) -> Policy:
    limits = {policy["type"]: policy for policy in rules["policies"]}
    period = limits["Pods"]["periodSeconds"]
    if rules["selectPolicy"] != "Max" or limits["Percent"]["periodSeconds"] != period:
        raise ValueError(f"the simulation does not know {rules}")
    return Policy(limits["Pods"]["value"], limits["Percent"]["value"], period)


@dataclass(slots=True)
class Autoscaler:
    """Decides how many pods there should be, every SYNC_SECONDS."""

    defaults: Defaults
    _recommended: deque[tuple[float, int]] = field(default_factory=deque)
    _changes: deque[tuple[float, int]] = field(default_factory=deque)

    def pods(self, now: float, pods: int, ready: int, use: float) -> int:
        """The number of pods from now on.

        Args:
            now: seconds.
            pods: all pods, those that start included.
            ready: pods whose use was measured.
            use: mean CPU use of the ready pods, in cores.
        """
        recommended = self._within_bounds(self._recommendation(pods, ready, use))
        self._recommended.append((now, recommended))
        while self._recommended[0][0] < now - self.defaults.down_window_seconds:
            self._recommended.popleft()
        if recommended < pods:
            recommended = min(pods, max(number for _, number in self._recommended))
        chosen = self._limited(now, pods, recommended)
        if chosen != pods:
            self._changes.append((now, chosen - pods))
        longest = max(self.defaults.up.period_seconds, self.defaults.down.period_seconds)
        while self._changes and self._changes[0][0] <= now - longest:
            self._changes.popleft()
        return chosen

    def _recommendation(self, pods: int, ready: int, use: float) -> int:
        ratio = use / self.defaults.target
        if abs(ratio - 1) <= _TOLERANCE or not ready:
            return pods
        if ready == pods:
            return math.ceil(ready * ratio)
        # Pods without a measurement count as idle if pods are to be added, else as fully used.
        cautious = (use * ready + (0 if ratio > 1 else self.defaults.target) * (pods - ready)) / pods
        ratio_of_all = cautious / self.defaults.target
        if abs(ratio_of_all - 1) <= _TOLERANCE or (ratio_of_all > 1) != (ratio > 1):
            return pods
        return math.ceil(pods * ratio_of_all)

    def _within_bounds(self, pods: int) -> int:
        return min(max(pods, self.defaults.least), self.defaults.most)

    def _limited(self, now: float, pods: int, wanted: int) -> int:
        up = wanted > pods
        policy = self.defaults.up if up else self.defaults.down
        recent = [change for at, change in self._changes if at > now - policy.period_seconds]
        if up:
            before = pods - sum(change for change in recent if change > 0)
            return min(wanted, max(pods, before + policy.largest_change(before)))
        before = pods - sum(change for change in recent if change < 0)
        return max(wanted, min(pods, before - policy.largest_change(before)))

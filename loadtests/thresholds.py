"""What a run must keep to: read from `thresholds.toml`, compared with what was measured."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("thresholds.toml")
TOTAL = "total"


@dataclass(frozen=True)
class Measured:
    """One kind of call in a run; times in milliseconds."""

    name: str
    calls: int
    failures: int
    p95: float
    p99: float


@dataclass(frozen=True)
class Limits:
    """What one kind of call may be; None where nothing is asked."""

    p95: float | None = None
    p99: float | None = None
    failure_ratio: float | None = None
    calls: int | None = None


@dataclass(frozen=True)
class Thresholds:
    """Limits of a shape, by the name of the call; `total` is all of them together."""

    limits: Mapping[str, Limits] = field(default_factory=dict)


def read(shape: str, file: Path = FILE) -> Thresholds:
    """The limits of `[default]`, and over them those of the shape; ValueError for a name that is not known."""
    document: dict[str, Any] = tomllib.loads(file.read_text())
    tables: dict[str, dict[str, Any]] = {}
    for section in ("default", shape):
        for name, values in document.get(section, {}).items():
            unknown = set(values) - set(Limits.__annotations__)
            if unknown:
                raise ValueError(
                    f"{file}: [{section}.{name}] has {', '.join(sorted(unknown))}, which is no limit"
                )
            tables[name] = tables.get(name, {}) | values
    return Thresholds({name: Limits(**values) for name, values in tables.items()})


def breaches(thresholds: Thresholds, measured: Sequence[Measured]) -> list[str]:
    """A sentence for each limit that was not kept. A limit on calls that never happened is not kept either."""
    by_name = {one.name: one for one in measured}
    found = []
    for name, limits in thresholds.limits.items():
        one = by_name.get(name)
        if one is None or one.calls == 0:
            found.append(f"{name}: was never called")
        else:
            found += _breaches_of(one, limits)
    return found


def _breaches_of(one: Measured, limits: Limits) -> list[str]:
    found = []
    for label, value, limit in (("p95", one.p95, limits.p95), ("p99", one.p99, limits.p99)):
        if limit is not None and value > limit:
            found.append(f"{one.name}: {label} is {value:.0f} ms, over {limit:.0f} ms")
    ratio = one.failures / one.calls
    if limits.failure_ratio is not None and ratio > limits.failure_ratio:
        found.append(f"{one.name}: {ratio:.2%} of the calls failed, over {limits.failure_ratio:.2%}")
    if limits.calls is not None and one.calls < limits.calls:
        found.append(f"{one.name}: {one.calls} calls, fewer than {limits.calls}")
    return found

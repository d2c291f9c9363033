"""Limits of a run, read from `thresholds.toml` and compared with the measurements."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("thresholds.toml")
TOTAL = "total"


@dataclass(frozen=True)
class Measured:
    """Measurements of one kind of call. Times are in milliseconds."""

    name: str
    calls: int
    failures: int
    p95: float
    p99: float


@dataclass(frozen=True)
class Limits:
    """Limits of one kind of call. None means no limit."""

    p95: float | None = None
    p99: float | None = None
    failure_ratio: float | None = None
    calls: int | None = None


@dataclass(frozen=True)
class Thresholds:
    """Limits of a shape by the name of the call.

    `total` is for all calls together.
    """

    limits: Mapping[str, Limits] = field(default_factory=dict)


def read(shape: str, file: Path = FILE) -> Thresholds:
    """Reads the limits of a shape, which override those of `[default]`.

    Raises:
        ValueError: a limit has an unknown name.
    """
    document: dict[str, Any] = tomllib.loads(file.read_text())
    tables: dict[str, dict[str, Any]] = {}
    for section in ("default", shape):
        for name, values in document.get(section, {}).items():
            unknown = set(values) - set(Limits.__annotations__)
            if unknown:
                raise ValueError(
                    f"{file}: [{section}.{name}] has unknown limits: {', '.join(sorted(unknown))}"
                )
            tables[name] = tables.get(name, {}) | values
    return Thresholds({name: Limits(**values) for name, values in tables.items()})


def breaches(thresholds: Thresholds, measured: Sequence[Measured]) -> list[str]:
    """One sentence per exceeded limit.

    A limit on a call that never happened counts as exceeded.
    """
    by_name = {call.name: call for call in measured}
    found = []
    for name, limits in thresholds.limits.items():
        call = by_name.get(name)
        if call is None or call.calls == 0:
            found.append(f"{name}: was not called")
        else:
            found += _breaches_of(call, limits)
    return found


def _breaches_of(call: Measured, limits: Limits) -> list[str]:
    found = []
    for label, value, limit in (("p95", call.p95, limits.p95), ("p99", call.p99, limits.p99)):
        if limit is not None and value > limit:
            found.append(f"{call.name}: {label} is {value:.0f} ms, over {limit:.0f} ms")
    ratio = call.failures / call.calls
    if limits.failure_ratio is not None and ratio > limits.failure_ratio:
        found.append(f"{call.name}: {ratio:.2%} of the calls failed, over {limits.failure_ratio:.2%}")
    if limits.calls is not None and call.calls < limits.calls:
        found.append(f"{call.name}: {call.calls} calls, fewer than {limits.calls}")
    return found

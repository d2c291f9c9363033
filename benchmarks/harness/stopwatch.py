"""Measures wall time, CPU time and memory."""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer import progress


@dataclass(frozen=True, slots=True)
class Spent:
    """Time and memory of one piece of work.

    Attributes:
        seconds: wall time.
        cpu_seconds: CPU time of all threads of this process.
        peak_gib: peak memory of this process until its end.
    """

    seconds: float
    cpu_seconds: float
    peak_gib: float


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Measures named pieces of work. `spent` has them in the order of their ends."""

    spent: dict[str, Spent] = field(default_factory=dict)

    @contextmanager
    def measuring(self, name: str) -> Iterator[None]:
        """Measures the body of the `with` block."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.spent[name] = Spent(time.perf_counter() - wall, time.process_time() - cpu, peak_gib())

    @contextmanager
    def measuring_stages(self) -> Iterator[None]:
        """Measures every stage of `indexer.progress`, and the time between them."""
        show = progress.stage

        @contextmanager
        def measured(
            name: str, total: int | None, unit: str, clock: Callable[[], float] = time.monotonic
        ) -> Iterator[progress.Advance]:
            with self.measuring(name), show(name, total, unit, clock) as advance:
                yield advance

        already = set(self.spent)
        wall, cpu = time.perf_counter(), time.process_time()
        progress.stage = measured
        try:
            yield
        finally:
            progress.stage = show
        stages = [self.spent[name] for name in self.spent.keys() - already]
        self.spent["between stages"] = Spent(
            time.perf_counter() - wall - sum(stage.seconds for stage in stages),
            time.process_time() - cpu - sum(stage.cpu_seconds for stage in stages),
            peak_gib(),
        )

    @property
    def seconds(self) -> float:
        """Wall time of everything measured."""
        return sum(spent.seconds for spent in self.spent.values())

    def table(self) -> str:
        """A table with one line per piece of work."""
        lines = [f"{'':<28}{'seconds':>9}{'CPU':>9}{'peak GiB':>10}"]
        lines += [
            f"{name:<28}{spent.seconds:>9.1f}{spent.cpu_seconds:>9.1f}{spent.peak_gib:>10.2f}"
            for name, spent in self.spent.items()
        ]
        return "\n".join(lines)


def peak_gib() -> float:
    """Peak memory of this process in GiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30

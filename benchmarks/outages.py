"""Publishes and fetches snapshots while connections to the storage are cut at random moments.

    python -m benchmarks.outages [--seconds 60] [--seed 1]

Ends with an error when a pod serves a snapshot whose files differ from its manifest, or when a pod does not arrive at
the live one with its first poll after the storage is back. The storage is moto, behind a relay that cuts connections.
"""

import asyncio
import logging
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
from opentelemetry.metrics import NoOpMeter

from adapters.snapshots import SnapshotError, verify_snapshot
from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.remote.object_storage import ObjectStorage
from adapters.telemetry import ServiceMetrics
from command_line.messages import ArgumentParser
from service.snapshots.live import LiveSnapshot
from service.snapshots.watcher import SnapshotWatcher
from tests.support.builders.published_snapshots import KEY, publish, shop
from tests.support.servers.object_storage.s3_server import MotoServer
from tests.support.servers.relay import Relay

_PODS = 3
_SHOPS = 7
_CUT_BYTES = 150_000
"""A little more than a snapshot of the small shop."""


@dataclass(slots=True)
class Run:
    """One run, whose parts end at the same time.

    Attributes:
        url: of the bucket.
        folder: of everything on the disk.
        ends: time of the end, by the monotonic clock.
        draw: source of the random moments.
        counts: what happened.
    """

    url: str
    folder: Path
    ends: float
    draw: random.Random
    counts: Counter[str] = field(default_factory=Counter)

    def goes_on(self) -> bool:
        """True until the end."""
        return time.monotonic() < self.ends

    def storage(self, name: str) -> ObjectStorage:
        """The storage as another process opens it, whose predecessor was killed."""
        bucket = Bucket(self.url, retries=False)
        return ObjectStorage(
            bucket, self.folder / name, lease_seconds=0.0, abandoned_after=timedelta(minutes=1)
        )

    def watcher(self, name: str) -> SnapshotWatcher:
        """A pod that has just started, on the disk of its predecessor."""
        return SnapshotWatcher(
            self.storage(name), [KEY], LiveSnapshot(), ServiceMetrics(NoOpMeter("outages")), 1.0
        )


def cut(run: Run, relay: Relay) -> None:
    """Cuts connections at random moments, and after random numbers of bytes."""
    while run.goes_on():
        time.sleep(run.draw.uniform(0.1, 3.0))
        kind = run.draw.choice(["now", "download", "upload"])
        if kind == "now":
            relay.fail()
        elif kind == "download":
            relay.budget = run.draw.randrange(1, _CUT_BYTES)
        else:
            relay.upload_budget = run.draw.randrange(1, _CUT_BYTES)
        run.counts["cuts"] += 1
        time.sleep(run.draw.uniform(0.0, 1.0))
        relay.recover()


def write(run: Run) -> None:
    """Publishes snapshots, and goes back to earlier ones."""
    storage, number = run.storage("indexer"), 0
    while run.goes_on():
        number += 1
        try:
            publish(shop(seed=number % _SHOPS), run.folder, storage=storage)
            run.counts["published"] += 1
        except SnapshotError:
            run.counts["interrupted builds"] += 1
        if run.draw.random() < 0.4:
            with suppress(SnapshotError), storage.locked():
                storage.point_to(run.draw.choice(storage.versions()))
                run.counts["rollbacks"] += 1


def follow(run: Run, name: str) -> SnapshotWatcher:
    """Follows the live snapshot, and compares each with its manifest.

    Begins again now and then, as a new pod does.
    """
    watcher, served = run.watcher(name), ""
    while run.goes_on():
        asyncio.run(watcher.check())
        loaded = watcher.live.loaded
        if loaded is not None and loaded.manifest.version != served:
            served = loaded.manifest.version
            assert loaded.snapshot.version == served
            assert verify_snapshot(run.folder / name / served, [KEY]) == loaded.manifest
            run.counts["swaps"] += 1
        if run.draw.random() < 0.05:
            watcher, served = run.watcher(name), ""
            run.counts["restarts"] += 1
        time.sleep(run.draw.uniform(0.0, 0.2))
    return watcher


def main(arguments: list[str] | None = None) -> None:
    """Runs for some seconds, and prints what happened."""
    parser = ArgumentParser(description="Snapshots in object storage that is cut at random moments.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    server = MotoServer()
    server.start()
    try:
        os.environ.update(server.environment)
        with tempfile.TemporaryDirectory(prefix="outages-") as folder:
            url = f"{server.create_bucket('outages')}/snapshots"
            _run(
                Run(url, Path(folder), time.monotonic() + options.seconds, random.Random(options.seed)),
                server.relay,
            )
    finally:
        server.close()


def _run(run: Run, relay: Relay) -> None:
    first = publish(shop(), run.folder, storage=run.storage("indexer")).version
    parts: list[Callable[[], None]] = [lambda: cut(run, relay), lambda: write(run)]
    with ThreadPoolExecutor(_PODS + len(parts)) as pool:
        pods = [pool.submit(follow, run, f"pod-{number}") for number in range(_PODS)]
        others = [pool.submit(part) for part in parts]
    for other in others:
        other.result()
    relay.recover()
    live = run.storage("indexer").current()
    for pod in pods:
        watcher = pod.result()
        asyncio.run(watcher.check())
        assert watcher.live.version == live, f"a pod serves {watcher.live.version}, but {live} is live"
    print(f"began with {first}, all pods arrived at {live}: {dict(run.counts)}")


if __name__ == "__main__":
    main()

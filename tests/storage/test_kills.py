"""The storage is killed at random moments, while snapshots are published and fetched.

SeaweedFS keeps what it acknowledged, so that a killed server comes back with it.
"""

import asyncio
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.snapshots import SnapshotUnreachable
from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.remote.object_storage import ObjectStorage
from tests.support.builders.storage.followed_storage import FollowingPod, Publications
from tests.support.servers.object_storage.s3_server import S3Server

PODS, KILLS, POLL_SECONDS = 3, 4, 0.05
MAX_BYTES = 800_000
"""Bytes between two kills, at most: a few publications that every pod fetches."""


def storage(url: str, root: Path) -> ObjectStorage:
    """The bucket as one process opens it.

    Killed writers leave no lock and no files.
    """
    opened = ObjectStorage(Bucket(url, retries=False), root)
    return replace(opened, lease_seconds=0.0, abandoned_after=timedelta())


def publish_when_back(publications: Publications, indexer: ObjectStorage) -> str:
    """Publishes once the server is back, which answers with errors until then."""
    while True:
        with suppress(SnapshotUnreachable):
            return publications.publish(indexer)


def kill_after(server: S3Server, passed: int) -> None:
    """Kills the server after a number of bytes."""
    end = server.relay.passed + passed
    while server.relay.passed < end:
        time.sleep(0.002)
    server.kill()


@pytest.mark.parametrize("seed", range(4))
def test_pods_serve_whole_snapshots_and_arrive_at_the_last_one(
    s3_server: S3Server, bucket_url: str, tmp_path: Path, seed: int
) -> None:
    publications = Publications.of_shops(tmp_path / "shops", 3)
    indexer, draw = storage(bucket_url, tmp_path / "indexer"), random.Random(seed)
    pods = [FollowingPod(storage(bucket_url, tmp_path / f"pod-{number}")) for number in range(PODS)]
    over = threading.Event()

    def follow(pod: FollowingPod) -> None:
        while not over.is_set():
            asyncio.run(pod.check(publications))
            time.sleep(POLL_SECONDS)

    with ThreadPoolExecutor(PODS + 1) as pool:
        following = [pool.submit(follow, pod) for pod in pods]
        try:
            for _ in range(KILLS):
                publish_when_back(publications, indexer)
                killed = pool.submit(kill_after, s3_server, draw.randrange(1, MAX_BYTES))
                with suppress(SnapshotUnreachable):
                    while not killed.done():
                        publications.publish(indexer)
                killed.result()
                s3_server.start()
        finally:
            over.set()
        for each in following:
            each.result()
    last = publish_when_back(publications, indexer)
    assert indexer.current() == last
    for pod in pods:
        asyncio.run(pod.check(publications))
        assert pod.live.version == last
        assert pod.served <= {*indexer.versions()}
    assert len(publications.attempted) > KILLS

"""No request fails while snapshots are swapped, and each answer uses a live snapshot."""

import asyncio
import itertools
import json
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from adapters.snapshots import SnapshotVolume, load_key
from adapters.snapshots.layout import MANIFEST, SIGNATURE
from adapters.snapshots.versions import new_version
from tests.system.conftest import Stack
from tests.system.stack import odd_shop

pytestmark = pytest.mark.anyio
REQUESTS, PUBLICATIONS, SIDE_BY_SIDE = 300, 5, 8
LOG_SECONDS = 0.1
"""The log line of a swap is written shortly after the swap."""


@dataclass
class Answered:
    started: float
    ended: float
    status: int
    version: str


def publish_copy(folder: Path, number: int) -> str:
    """Publishes a copy of the live snapshot, as a build of unchanged data does."""
    volume, key = SnapshotVolume(folder / "snapshots"), load_key(folder / "snapshot.key")
    live = volume.directory(volume.current())
    version = new_version(datetime.now(UTC) + timedelta(seconds=number), str(number))
    with volume.locked(), volume.building() as directory:
        shutil.copytree(live, directory, dirs_exist_ok=True)
        content = json.dumps(json.loads((directory / MANIFEST).read_bytes()) | {"version": version}).encode()
        (directory / MANIFEST).write_bytes(content)
        (directory / SIGNATURE).write_text(key.signature(content))
        volume.publish(directory, version)
    return version


def swaps_of(stack: Stack) -> list[tuple[str, float]]:
    """Versions and the times at which they went live (epoch seconds), from the log."""
    lines = [json.loads(line) for line in stack.service.log.read_text().splitlines() if line.startswith("{")]
    return [
        (line["version"], datetime.fromisoformat(line["timestamp"]).timestamp())
        for line in lines
        if line["event"] == "snapshot live"
    ]


async def ask(client: httpx.AsyncClient, number: int) -> Answered:
    user = quote(odd_shop.user_id(number % odd_shop.USERS), safe="")
    started = time.time()
    answer = await client.get(f"/v1/users/{user}/recommendations")
    ended = time.time()
    return Answered(started, ended, answer.status_code, answer.json().get("snapshot_version", ""))


async def test_no_request_fails_while_five_snapshots_are_published(stack: Stack) -> None:
    token = stack.token(scope="recommendations:read.any")
    answers: list[Answered] = []
    numbers = itertools.count()
    published_all = asyncio.Event()

    async def shopper(client: httpx.AsyncClient) -> None:
        while len(answers) < REQUESTS or not published_all.is_set():
            answers.append(await ask(client, next(numbers)))
            await asyncio.sleep(0.02)

    async def publisher() -> None:
        while not answers:  # of the first snapshot
            await asyncio.sleep(0.05)
        for number in range(PUBLICATIONS):
            version = await asyncio.to_thread(publish_copy, stack.folder, number)
            while all(answer.version != version for answer in answers):
                await asyncio.sleep(0.05)
        published_all.set()

    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=stack.service_url, headers=headers, timeout=60) as client:
        await asyncio.gather(publisher(), *(shopper(client) for _ in range(SIDE_BY_SIDE)))

    assert len(answers) >= REQUESTS
    assert {answer.status for answer in answers} == {200}
    swaps = swaps_of(stack)[-PUBLICATIONS - 1 :]
    assert len(swaps) == PUBLICATIONS + 1
    assert {answer.version for answer in answers} == {version for version, _ in swaps}
    live_from = dict(swaps)
    replaced_at = {old: at for (old, _), (_, at) in itertools.pairwise(swaps)}
    for answer in answers:
        assert live_from[answer.version] <= answer.ended + LOG_SECONDS
        assert answer.started <= replaced_at.get(answer.version, float("inf")) + LOG_SECONDS

"""Pods that keep profiles in their memory, over one Redis and one database."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.builders.storage.migrated_databases import migrated_database
from tests.support.servers.redis_server import RedisServer
from tests.support.servers.waiting import wait_until


@pytest.fixture
def pods(own_redis: RedisServer, tmp_path: Path) -> Iterator[list[ServedShop]]:
    database_url = migrated_database(tmp_path)
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                served_shop(
                    shop(),
                    folder,
                    settings={
                        "database_url": database_url,
                        "redis_url": own_redis.url,
                    },
                )
            )
            for folder in (tmp_path / "here", tmp_path / "there")
            if not folder.mkdir()
        ]


def shown(pod: ServedShop) -> list[str]:
    answer = pod.for_you("u1")
    assert answer.status_code == 200
    return [item["product_id"] for item in answer.json()["items"]]


def is_kept(pod: ServedShop) -> bool:
    shown(pod)
    return pod.components.profiles.kept("u1") is not None


def test_a_change_on_one_pod_is_felt_on_all(pods: list[ServedShop]) -> None:
    here, there = pods
    for pod in pods:
        wait_until(lambda pod=pod: is_kept(pod), "the profile is kept")
    hidden = shown(there)[0]
    event = {"id": "e1", "user_id": "u1", "product_id": hidden, "kind": "hide"}
    body = {"events": [event | {"occurred_at": "2026-01-01T00:00:00Z"}]}
    assert here.post("/v1/events", body).status_code == 202
    assert hidden not in shown(here), "at once on the pod that took it"
    wait_until(lambda: hidden not in shown(there), "felt on the other pod")
    wait_until(lambda: is_kept(there), "the new profile is kept")
    here.client.delete("/v1/users/u1", headers={"authorization": f"Bearer {here.token()}"}).raise_for_status()
    assert here.components.profiles.kept("u1") is None
    wait_until(lambda: there.components.profiles.kept("u1") is None, "erased from the other pod's memory")

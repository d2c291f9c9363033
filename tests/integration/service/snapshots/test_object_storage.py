"""A service without a shared volume follows a bucket."""

import json
from pathlib import Path

import httpx
import pytest

from adapters.snapshots import SigningKey, open_storage
from adapters.snapshots import bucket_url as checked_bucket_url
from tests.support.builders.published_snapshots import publish, shop
from tests.support.builders.services.service_processes import service_processes, valid_token
from tests.support.servers.object_storage.s3_server import S3Server
from tests.support.servers.ports import unused_port
from tests.support.servers.relay import Relay
from tests.support.servers.waiting import wait_for
from tests.support.tokens import Forge

KEY = SigningKey(b"0123456789abcdef" * 4)


def test_service_follows_a_bucket_through_an_outage(
    s3_server: S3Server, relay: Relay, bucket_url: str, forge: Forge, tmp_path: Path
) -> None:
    storage = open_storage(tmp_path / "indexer", bucket_url)
    first = publish(shop(), tmp_path, storage=storage, key=KEY).version
    metrics_port = unused_port()
    settings = s3_server.environment | {
        "SERVICE_MANAGEMENT_PORT": str(metrics_port),
        "SERVICE_SNAPSHOT_ROOT": str(tmp_path / "pod"),
        "SERVICE_SNAPSHOT_URL": bucket_url,
        "SERVICE_SNAPSHOT_POLL_SECONDS": "0.2",
    }
    bearer = {"authorization": f"Bearer {valid_token(forge)}"}
    with service_processes(tmp_path, forge, 1, settings) as (url,):

        def served() -> str | None:
            answer = httpx.get(f"{url}/v1/snapshot", headers=bearer, timeout=60)
            return answer.json()["version"] if answer.status_code == 200 else None

        def measured(name: str) -> float:
            lines = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=60).text.splitlines()
            return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

        wait_for(served, lambda version: version == first)
        relay.fail()
        wait_for(lambda: measured("recommender_snapshot_outages_total"), lambda count: count > 0)
        assert served() == first
        relay.recover()
        second = publish(shop(seed=2), tmp_path, storage=storage, key=KEY).version
        wait_for(served, lambda version: version == second)
        assert measured('recommender_snapshot_loading_seconds_count{step="fetch"}') == 2
        with storage.locked():
            storage.point_to(first)
        wait_for(served, lambda version: version == first)
    events = [json.loads(line)["event"] for line in (tmp_path / "service-0.log").read_text().splitlines()]
    assert events.count("snapshot live") == 3
    assert events.count("snapshot storage unreachable") == 1


@pytest.mark.parametrize(
    "url", ["https://bucket", "s3://", "s3://key:secret@bucket", "s3://bucket?region=x", "bucket"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected a bucket|credentials or parameters"):
        checked_bucket_url(url)

"""Indexer and service share a bucket instead of a volume."""

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from adapters.snapshots import open_storage
from indexer.__main__ import main
from tests.support.servers.ports import unused_port
from tests.support.servers.s3_server import Relay, S3Server
from tests.support.servers.waiting import wait_for
from tests.system.conftest import Stack
from tests.system.processes import Server


def served_version(stack: Stack, url: str) -> str:
    bearer = {"authorization": f"Bearer {stack.token(scope='recommendations:read.any')}"}
    answer = httpx.get(f"{url}/v1/snapshot", headers=bearer, trust_env=False)
    return str(answer.raise_for_status().json()["version"])


def set_all(monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_shop_without_a_shared_volume(
    stack: Stack,
    s3_server: S3Server,
    relay: Relay,
    bucket_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    storage = open_storage(tmp_path / "test", bucket_url)
    indexer = {
        "INDEXER_SNAPSHOT_ROOT": str(tmp_path / "indexer"),
        "INDEXER_SNAPSHOT_URL": bucket_url,
        "INDEXER_HOLDOUT": "false",
        "INDEXER_RIDGE": "6",
        "INDEXER_TEXT_WEIGHT": "0.4",
        "INDEXER_TREND_EXPONENT": "0",
        "INDEXER_HALF_LIFE_DAYS": "180",
    }
    set_all(monkeypatch, stack.indexer_settings | indexer)
    assert main(["versions"]) == 0
    assert capsys.readouterr().out == f"no snapshot is published in {bucket_url}/snapshots\n"
    assert main(["build", "--if-needed"]) == 0
    first = storage.current()
    assert main(["refresh"]) == 0

    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    settings = stack.service_settings | s3_server.environment
    settings |= {
        "SERVICE_LISTEN_PORT": str(port),
        "SERVICE_MANAGEMENT_PORT": str(unused_port()),
        "SERVICE_SNAPSHOT_ROOT": str(tmp_path / "pod"),
        "SERVICE_SNAPSHOT_URL": bucket_url,
    }
    with Server(["service", "serve"], settings, f"{url}/health/ready", tmp_path / "service.log") as service:
        service.wait_until_ready()
        assert served_version(stack, url) == first
        relay.fail()
        assert served_version(stack, url) == first
        relay.recover()
        assert main(["build"]) == 0
        second = storage.current()
        wait_for(lambda: served_version(stack, url), lambda version: version == second)
        metrics = httpx.get(
            f"http://127.0.0.1:{settings['SERVICE_MANAGEMENT_PORT']}/metrics", trust_env=False
        ).text
        assert 'recommender_snapshot_loading_seconds_count{step="fetch"} 2.0' in metrics
        capsys.readouterr()

        assert main(["rollback"]) == 0
        assert capsys.readouterr().out == f"live: {first} (was {second})\n"
        wait_for(lambda: served_version(stack, url), lambda version: version == first)

    assert main(["verify"]) == main(["versions"]) == 0
    shown = capsys.readouterr().out
    assert "checksums match" in shown
    assert second in shown
    monkeypatch.setenv("INDEXER_PRUNE_MINIMUM_AGE_HOURS", "0")
    assert main(["prune", "--keep", "1"]) == 0
    assert capsys.readouterr().out == "0 deleted, 2 kept\n"
    assert main(["rollback", second]) == main(["prune", "--keep", "1"]) == 0
    assert storage.versions() == [second]
    relay.fail()
    assert main(["rollback", first]) == 1

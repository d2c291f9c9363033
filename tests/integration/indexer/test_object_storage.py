"""The indexer's commands work on a bucket as on a volume."""

from pathlib import Path

import pytest

from adapters.snapshots import open_storage
from indexer.__main__ import main
from indexer.settings import IndexerSettings
from indexer.wiring.builds import embedder, shard
from tests.support.builders.published_snapshots import KEY, publish, shop
from tests.support.servers.object_storage.read_only_bucket import read_only_bucket


@pytest.fixture
def settings(tmp_path: Path, bucket_url: str, monkeypatch: pytest.MonkeyPatch) -> IndexerSettings:
    (tmp_path / "snapshot.key").write_bytes(KEY.secret)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INDEXER_SNAPSHOT_URL", f"{bucket_url}/")
    return IndexerSettings()


def test_snapshots_are_listed_verified_rolled_back_and_pruned(
    settings: IndexerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    storage = open_storage(tmp_path / "builds", settings.snapshot_url)

    def printed(*arguments: str) -> str:
        assert main([*arguments]) == 0
        return capsys.readouterr().out

    assert printed("versions") == f"no snapshot is published in {settings.snapshot_url}/snapshots\n"
    first, second = (publish(shop(seed=seed), tmp_path, storage=storage).version for seed in (1, 2))
    assert printed("build", "--if-needed") == ""  # a snapshot is live
    listed = printed("versions").splitlines()
    assert [line.split()[0] for line in listed[1:]] == [first, "live"]
    assert printed("rollback") == f"live: {first} (was {second})\n"
    assert "checksums match" in printed("verify", second)
    assert printed("prune", "--keep", "1") == "0 deleted, 2 kept\n"
    monkeypatch.setenv("INDEXER_PRUNE_MINIMUM_AGE_HOURS", "0")
    assert printed("rollback", second) == f"live: {second} (was {first})\n"
    assert printed("prune", "--keep", "1") == f"deleted {first}\n1 deleted, 1 kept\n"
    assert main(["verify", first]) == 1


def test_embeddings_are_kept_in_the_bucket(settings: IndexerSettings) -> None:
    mirror = embedder(settings).mirror
    assert mirror is not None
    assert (mirror.root, mirror.bucket.url) == (
        settings.embedding_cache,
        f"{settings.snapshot_url}/embeddings",
    )
    sharded = settings.model_copy(update={"shards": 2, "run": "monday"})
    part = shard(sharded)
    assert part is not None
    assert part.mirror is not None
    assert part.mirror.bucket.url == mirror.bucket.url


def test_bucket_that_may_not_be_written_is_named_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "snapshot.key").write_bytes(KEY.secret)
    monkeypatch.chdir(tmp_path)
    with read_only_bucket(monkeypatch) as url:
        monkeypatch.setenv("INDEXER_SNAPSHOT_URL", url)
        assert main(["rollback", "20260101T000000000Z-00000000"]) == 1
    assert f"INDEXER_SNAPSHOT_URL: {url}/" in capsys.readouterr().err

"""A build that is worse than the live snapshot is published only if forced."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.snapshots import BuildHistory, load_key, read_manifest
from tests.support.servers.collector import Collector
from tests.system.conftest import Stack
from tests.system.stack.built_shop import mixed_up_shop
from tests.system.stack.log_lines import entry_of
from tests.system.stack.processes import run_here
from tests.system.test_indexer import settings as unmeasured
from tests.system.test_indexer import untouched, volume_of

__all__ = ["unmeasured"]


@pytest.fixture
def settings(stack: Stack, unmeasured: dict[str, str]) -> dict[str, str]:
    """Settings with the same volume, whose builds are measured on a holdout."""
    return stack.indexer_settings | {"INDEXER_SNAPSHOT_ROOT": unmeasured["INDEXER_SNAPSHOT_ROOT"]}


@pytest.fixture
def own_collector() -> Iterator[Collector]:
    started = Collector()
    yield started
    started.stop()


@pytest.fixture
def mixed_up_catalog(tmp_path: Path) -> Iterator[str]:
    with mixed_up_shop(tmp_path) as url:
        yield url


def test_worse_snapshot_is_published_only_if_forced(
    stack: Stack, settings: dict[str, str], mixed_up_catalog: str, own_collector: Collector
) -> None:
    live = volume_of(settings).current()
    worse = settings | {"INDEXER_CATALOG_URL": mixed_up_catalog, "INDEXER_OTLP_ENDPOINT": own_collector.url}
    history = BuildHistory(volume_of(settings))
    refused = run_here(["indexer", "build"], worse)
    assert refused.returncode == 3
    assert history.read().counts == {"started": 1, "refused": 1}
    event = entry_of(refused.stderr, "snapshot not published")
    assert "live" in event["rules"]
    assert "10% below the live snapshot's" in event["reason"]
    assert untouched(settings)
    points = own_collector.metrics["recommender.build.refused"].sum.data_points
    assert {pair.value.string_value for point in points for pair in point.attributes} == set(event["rules"])
    forced = run_here(["indexer", "build", "--force"], worse)
    assert forced.returncode == 0, forced.stderr
    assert "quality gate overruled" in forced.stderr
    assert history.read().counts == {"started": 2, "refused": 1, "published": 1}
    assert history.read().last["products"] > 0
    assert volume_of(settings).current() > live
    listed = run_here(["indexer", "versions"], settings).stdout.splitlines()
    assert len(listed) == 3
    for line in listed[1:]:
        assert {"ndcg_at_20", "popularity_ndcg_at_20"} < set(re.findall(r"\w*ndcg_at_20", line)), line
    keys = [load_key(Path(settings["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"]))]
    before, after = (
        read_manifest(volume_of(settings).directory(version), keys).metrics["ndcg_at_20"]
        for version in volume_of(settings).versions()
    )
    assert after < 0.9 * before


def test_equally_good_build_is_published(stack: Stack, settings: dict[str, str]) -> None:
    built = run_here(["indexer", "build"], settings)
    assert built.returncode == 0, built.stderr
    assert len(volume_of(settings).versions()) == 2

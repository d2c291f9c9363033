"""Builds by several pods: one Indexed Job whose shards share a run name."""

from typing import Any

import pytest

from tests.chart.conftest import Rendered
from tests.chart.manifests import of_kind, only
from tests.chart.rendering import CI, Helm, Resource

SHARDS = 8
_MAX_NAME_LENGTH = 63
_CRONJOB_SUFFIX = len("-29738421")  # minutes since 1970


def builds(resources: list[Resource]) -> list[dict[str, Any]]:
    """Specifications of the Jobs of scheduled and first builds."""
    return [
        only(resources, "CronJob", f"shop-recommender-{name}")["spec"]["jobTemplate"]["spec"]
        for name in ("indexer", "first-build")
    ]


def variables(container: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one.get("valueFrom", one.get("value")) for one in container["env"]}


def test_default_build_uses_one_pod(rendered: Rendered) -> None:
    for job in builds(rendered("default")):
        assert not {"completionMode", "completions", "parallelism"} & set(job)
        for container in job["template"]["spec"]["initContainers"]:
            assert not [name for name in variables(container) if name in ("INDEXER_SHARD", "INDEXER_RUN")]


def test_all_shards_run_in_parallel(rendered: Rendered) -> None:
    """Index 0 waits for the others, so all must start together."""
    resources = rendered("sharded-indexing")
    found = builds(resources)
    assert len(found) == 2
    for job in found:
        assert job["completionMode"] == "Indexed"
        assert job["completions"] == job["parallelism"] == SHARDS
    settings = only(resources, "ConfigMap", "shop-recommender-indexer")["data"]
    assert settings["INDEXER_SHARDS"] == str(SHARDS)


def test_shards_get_their_number_and_run(rendered: Rendered) -> None:
    """The values come from labels by Kubernetes.

    Each Job has its own run, which a replacement pod keeps.
    """
    for job in builds(rendered("sharded-indexing")):
        pod = job["template"]["spec"]
        for container in [*pod["initContainers"], *pod["containers"]]:
            found = variables(container)
            number, run = found["INDEXER_SHARD"]["fieldRef"], found["INDEXER_RUN"]["fieldRef"]
            assert number["fieldPath"] == "metadata.annotations['batch.kubernetes.io/job-completion-index']"
            assert run["fieldPath"] == "metadata.labels['batch.kubernetes.io/controller-uid']"


def test_shards_share_one_volume_on_all_nodes(rendered: Rendered) -> None:
    resources = rendered("sharded-indexing")
    assert only(resources, "PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteMany"]
    for job in builds(resources):
        (spread,) = job["template"]["spec"]["topologySpreadConstraints"]
        assert spread["topologyKey"] == "kubernetes.io/hostname"
        labels = job["template"]["metadata"]["labels"]
        assert spread["labelSelector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("shards", [2, 100])
def test_shard_names_are_valid_host_names(helm: Helm, shards: int) -> None:
    """Kubernetes rejects an Indexed Job whose last pod has a longer host name."""
    overrides = {"fullnameOverride": "a" * 36, "indexer": {"shards": shards}}
    resources = helm.template(CI["sharded-indexing"], overrides=overrides)
    scheduled = [len(one["metadata"]["name"]) + _CRONJOB_SUFFIX for one in of_kind(resources, "CronJob")]
    assert max(scheduled) + len(f"-{shards - 1}") <= _MAX_NAME_LENGTH

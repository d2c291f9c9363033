"""Each file of example values renders valid resources with both versions of helm."""

from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.chart.conftest import Rendered
from tests.chart.manifests import of_kind
from tests.chart.rendering import CHART, CI, NAMESPACE, Helm, Refused, Resource

OLDEST, NEWEST = "1.29", "1.37"
CUSTOM = {"HTTPRoute", "SecurityPolicy", "ServiceMonitor", "PrometheusRule", "ScaledObject", "PodMonitor"}


def test_each_feature_has_example_values() -> None:
    assert set(CI) == {
        "console",
        "default",
        "existing-secrets",
        "extensions",
        "gateway-api",
        "ingress",
        "keda",
        "minimal",
        "object-storage",
        "other-namespace",
        "pod-monitor",
        "private-network",
        "restricted",
        "sharded-indexing",
        "single-node",
    }


@pytest.mark.parametrize("name", sorted(CI))
def test_strict_lint_passes(each_helm: Helm, name: str) -> None:
    assert "0 chart(s) failed" in each_helm.run("lint", "--strict", str(CHART), "--values", str(CI[name]))


@pytest.mark.parametrize("name", sorted(CI))
def test_both_helm_versions_render_the_same(older_helm: Helm, rendered: Rendered, name: str) -> None:
    assert older_helm.template(CI[name]) == rendered(name)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_resources_are_valid(
    resources: list[Resource], kubernetes_validate: ModuleType, version: str
) -> None:
    for resource in resources:
        if resource["kind"] not in CUSTOM:
            assert kubernetes_validate.validate(resource, version, strict=True) == version


def test_invalid_resources_are_reported(resources: list[Resource], kubernetes_validate: ModuleType) -> None:
    deployment = of_kind(resources, "Deployment")[0]
    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


def test_names_are_unique_in_one_namespace(resources: list[Resource]) -> None:
    found = [(one["kind"], one["metadata"]["name"]) for one in resources]
    assert len(found) == len(set(found))
    # A monitor may be where Prometheus looks for it.
    own = [one for one in resources if one["kind"] != "ServiceMonitor"]
    assert {one["metadata"]["namespace"] for one in own} in ({NAMESPACE}, {"shop-search"})


@pytest.mark.parametrize("name", ["other-namespace", "extensions", "keda", "pod-monitor", "gateway-api"])
def test_another_namespace_replaces_that_of_the_release_everywhere(each_helm: Helm, name: str) -> None:
    moved = each_helm.template(
        CI[name], overrides={"namespaceOverride": "shop-search"}, namespace="installers"
    )
    there = each_helm.template(CI[name], overrides={"namespaceOverride": ""}, namespace="shop-search")
    assert moved == there
    assert "installers" not in str(moved)


def test_long_names_stay_valid(helm: Helm, kubernetes_validate: ModuleType) -> None:
    for resource in helm.template(CI["gateway-api"], overrides={"fullnameOverride": "a" * 63}):
        limit = 52 if resource["kind"] == "CronJob" else 63
        assert len(resource["metadata"]["name"]) <= limit
        if resource["kind"] not in CUSTOM:
            kubernetes_validate.validate(resource, NEWEST, strict=True)


def test_releases_with_long_names_share_no_object(helm: Helm) -> None:
    long = "recommendations-of-the-shop-in-the-north"
    found: set[tuple[str, str]] = set()
    for release in (f"{long}-eu", f"{long}-us", long, long[:27], long[:36]):
        names = {
            (one["kind"], one["metadata"]["name"])
            for one in helm.template(CI["gateway-api"], release=release)
        }
        assert not names & found, release
        assert all(len(name) <= 63 for _, name in names)
        found |= names


@pytest.mark.parametrize("release", ["prod-web-app", "web", "recommender-web"])
def test_aliases_in_a_parent_chart_share_no_object(each_helm: Helm, tmp_path: Path, release: str) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "recommender").symlink_to(CHART)
    aliases = ["web", "app", "recommender"]
    used = [{"name": "recommender", "version": "0.x.x", "alias": alias} for alias in aliases]
    parent = {"apiVersion": "v2", "name": "shop-platform", "version": "0.1.0", "dependencies": used}
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(parent))
    values = yaml.safe_load(CI["gateway-api"].read_text())
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(dict.fromkeys(aliases, values)))
    resources = list(yaml.safe_load_all(each_helm.run("template", release, str(tmp_path))))
    found = [(one["kind"], one["metadata"]["name"]) for one in resources]
    assert len(found) == len(set(found))
    selectors = [str(one["spec"]["selector"]["matchLabels"]) for one in of_kind(resources, "Deployment")]
    assert len(set(selectors)) == len(aliases)


def test_old_cluster_is_rejected(helm: Helm) -> None:
    with pytest.raises(Refused, match=r"1\.29"):
        helm.run("template", str(CHART), "--values", str(CI["default"]), "--kube-version", "1.28")


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_supported_clusters_are_accepted(each_helm: Helm, version: str) -> None:
    each_helm.run("template", str(CHART), "--values", str(CI["default"]), "--kube-version", version)

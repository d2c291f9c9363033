"""Values of fifty environments render valid resources with both versions of helm."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.chart.manifests import of_kind, only, uses_bucket, workloads
from tests.chart.rendering import Helm, Refused, Resource
from tests.chart.resources.test_rendering import CUSTOM, NEWEST, OLDEST

ENVIRONMENTS = yaml.safe_load(Path(__file__).with_name("environments.yaml").read_text())
BASE = ENVIRONMENTS.pop("base")


def values_of(name: str) -> dict[str, Any]:
    """The values of an environment, with those of every installation."""
    return merged(BASE, ENVIRONMENTS[name])


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Merges values as helm does."""
    both = {
        name: merged(below[name], above[name])
        for name in below.keys() & above.keys()
        if isinstance(below[name], dict) and isinstance(above[name], dict)
    }
    return below | above | both


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_resources_are_valid_with_both_helms(
    helm: Helm, older_helm: Helm, kubernetes_validate: ModuleType, name: str
) -> None:
    resources = helm.template(overrides=values_of(name))
    assert older_helm.template(overrides=values_of(name)) == resources
    for resource in resources:
        if resource["kind"] not in CUSTOM | {"ExternalSecret", "Route"}:
            for version in (OLDEST, NEWEST):
                assert kubernetes_validate.validate(resource, version, strict=True) == version


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_secret_that_the_release_makes_exists_before_the_migrations(helm: Helm, name: str) -> None:
    """Helm creates other objects after the hooks that a first installation begins with."""
    resources = helm.template(overrides=values_of(name))
    needed = {
        entry["valueFrom"]["secretKeyRef"]["name"]
        for each in workloads(resources)
        if each.component == "migrations"
        for container in each.containers
        for entry in container.get("env", [])
        if "secretKeyRef" in entry.get("valueFrom", {})
    }
    for one in of_kind(resources, "ExternalSecret", "SealedSecret", "Secret"):
        if one["metadata"]["name"] in needed:
            annotations = one["metadata"]["annotations"]
            hook = annotations.get("helm.sh/hook") or annotations["argocd.argoproj.io/hook"]
            assert hook in ("pre-install,pre-upgrade", "PreSync")
            assert int(annotations["helm.sh/hook-weight"]) < 0


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_indexer_reaches_a_bucket_as_the_service_does(helm: Helm, name: str) -> None:
    """Both have an identity at the cloud. The indexer writes what the service reads."""
    resources = helm.template(overrides=values_of(name))
    if not uses_bucket(resources):
        return
    accounts = {
        one["metadata"]["name"]: {key for key in one["metadata"].get("annotations", {}) if "/" in key}
        for one in of_kind(resources, "ServiceAccount")
    }
    assert accounts["shop-recommender-service"] == accounts["shop-recommender-indexer"]
    labels = {
        each.component: {key for key in each.labels if "azure" in key}
        for each in workloads(resources)
        if each.component in ("service", "indexer")
    }
    assert labels["service"] == labels["indexer"]


def test_openshift_assigns_users_itself(helm: Helm) -> None:
    for one in of_kind(helm.template(overrides=values_of("openshift-scc")), "Deployment"):
        assert (
            not {"runAsUser", "runAsGroup", "fsGroup"}
            & one["spec"]["template"]["spec"]["securityContext"].keys()
        )


def test_port_of_a_valkey_is_allowed(helm: Helm) -> None:
    policy = only(helm.template(overrides=values_of("valkey")), "NetworkPolicy", "shop-recommender-service")
    assert {"protocol": "TCP", "port": 6380} in [
        port for rule in policy["spec"]["egress"] for port in rule["ports"]
    ]


def test_large_numbers_of_settings_stay_integers(helm: Helm, older_helm: Helm) -> None:
    for each in (helm, older_helm):
        settings = service_settings(each.template(overrides=values_of("settings-odd")))
        assert settings["SERVICE_CLIENT_REQUESTS_PER_MINUTE"] == "100000000"
        assert settings["SERVICE_PROFILE_FRESH_SECONDS"] == "0.5"


@pytest.mark.parametrize("value", ["1e5", "1.5", "many"])
def test_integer_settings_that_the_service_refuses_are_rejected(helm: Helm, value: str) -> None:
    settings = {"service": {"settings": {"SERVICE_CLIENT_REQUESTS_PER_MINUTE": value}}}
    with pytest.raises(Refused, match="SERVICE_CLIENT_REQUESTS_PER_MINUTE"):
        helm.template(overrides=merged(BASE, settings))


def service_settings(resources: list[Resource]) -> dict[str, str]:
    """Settings of the service by name."""
    data: dict[str, str] = only(resources, "ConfigMap", "shop-recommender-service")["data"]
    return data

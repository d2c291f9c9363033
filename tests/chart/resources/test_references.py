"""Resources reference only objects of the release or existing ones that the values name."""

from typing import Any

import pytest

from service.routes.access import VERIFICATION
from tests.chart.conftest import Rendered
from tests.chart.manifests import Workload, is_hook, names, of_kind, only, selects, uses_bucket, workloads
from tests.chart.rendering import CI, Helm, Resource

EXISTING_SECRETS = {
    "recommender-bucket": {"access-key", "secret-key"},
    "recommender-catalog": {"secret"},
    "recommender-database": {"url", "uri"},
    "recommender-redis": {"url"},
    "recommender-signing-key": {"key", "2026-11", "2026-05"},
    "recommender-smoke": {"client-secret"},
}
EXISTING_CLAIMS = {"shared-snapshots"}
EXISTING_CONFIG_MAPS = {"shop-ca", "shop-settings"}


def config_maps(workload: Workload) -> set[str]:
    """Names of the ConfigMaps that a workload's pods use."""
    from_variables = {
        source["configMapRef"]["name"]
        for one in workload.containers
        for source in one.get("envFrom", [])
        if "configMapRef" in source
    }
    return from_variables | {
        volume["configMap"]["name"] for volume in workload.spec.get("volumes", []) if "configMap" in volume
    }


def secret_keys(workload: Workload) -> set[tuple[str, str]]:
    """Secrets that a workload's pods use, with their keys."""
    references = [
        variable["valueFrom"]["secretKeyRef"]
        for one in workload.containers
        for variable in one.get("env", [])
        if "secretKeyRef" in variable.get("valueFrom", {})
    ]
    volumes = [volume["secret"] for volume in workload.spec.get("volumes", []) if "secret" in volume]
    return {(one["name"], one["key"]) for one in references} | {
        (volume["secretName"], item["key"]) for volume in volumes for item in volume["items"]
    }


def made_before(resources: list[Resource], workload: Workload) -> list[Resource]:
    """Resources that exist when the pods start.

    For a hook, these are only hooks of the same kind with a lower weight.
    """
    if not is_hook(workload.resource):
        return [one for one in resources if not is_hook(one)]
    annotations = workload.resource["metadata"]["annotations"]
    if annotations["helm.sh/hook"] == "test":
        return [one for one in resources if not is_hook(one)]
    weight = int(annotations["helm.sh/hook-weight"])
    return [
        one
        for one in resources
        if is_hook(one)
        and one["metadata"]["annotations"]["helm.sh/hook"] == annotations["helm.sh/hook"]
        and int(one["metadata"]["annotations"]["helm.sh/hook-weight"]) < weight
    ]


def test_config_maps_exist(resources: list[Resource]) -> None:
    for workload in workloads(resources):
        missing = config_maps(workload) - names(made_before(resources, workload), "ConfigMap")
        missing -= EXISTING_CONFIG_MAPS
        assert not missing, f"{workload.name}: {missing}"


def test_secrets_exist_with_their_keys(resources: list[Resource]) -> None:
    for workload in workloads(resources):
        made = of_kind(made_before(resources, workload), "Secret")
        known = {one["metadata"]["name"]: set(one["data"]) for one in made} | EXISTING_SECRETS
        for name, key in secret_keys(workload):
            assert key in known.get(name, set()), f"{workload.name}: {name}/{key}"


def test_no_secret_is_created_if_all_exist(rendered: Rendered) -> None:
    for name in ("existing-secrets", "restricted"):
        assert not of_kind(rendered(name), "Secret")


def test_secret_values_appear_only_in_secrets(rendered: Rendered) -> None:
    for resource in rendered("default"):
        text = str(resource)
        assert resource["kind"] == "Secret" or (
            "not-a-secret" not in text and "0123456789abcdef01" not in text
        )


def test_service_accounts_exist_and_have_no_token(resources: list[Resource]) -> None:
    for workload in workloads(resources):
        accounts = of_kind(made_before(resources, workload), "ServiceAccount")
        account = only(accounts, "ServiceAccount", workload.spec["serviceAccountName"])
        assert account["automountServiceAccountToken"] is False
        assert workload.spec["automountServiceAccountToken"] is False


def test_claims_exist(resources: list[Resource]) -> None:
    known = names(resources, "PersistentVolumeClaim") | EXISTING_CLAIMS
    used = {
        volume["persistentVolumeClaim"]["claimName"]
        for workload in workloads(resources)
        for volume in workload.spec.get("volumes", [])
        if "persistentVolumeClaim" in volume
    }
    assert used <= known
    assert len(used) == (0 if uses_bucket(resources) else 1), "the indexer publishes where the service reads"


def test_mounts_match_volumes(resources: list[Resource]) -> None:
    for workload in workloads(resources):
        mounted = {mount["name"] for one in workload.containers for mount in one.get("volumeMounts", [])}
        assert mounted == {volume["name"] for volume in workload.spec.get("volumes", [])}, workload.name


def test_services_select_pods_and_name_their_ports(resources: list[Resource]) -> None:
    for service in of_kind(resources, "Service"):
        behind = [one for one in workloads(resources) if selects(service["spec"]["selector"], one.labels)]
        assert [one.component for one in behind] == ["service"]
        ports = {port["name"] for one in behind[0].containers for port in one.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_routes_expose_only_the_api(rendered: Rendered) -> None:
    ingress = only(rendered("ingress"), "Ingress")
    backends = [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert {(one["path"], one["backend"]["service"]["name"]) for one in backends} == {
        ("/v1", "shop-recommender")
    }
    service = only(rendered("ingress"), "Service", "shop-recommender")
    assert {one["backend"]["service"]["port"]["name"] for one in backends} == {
        port["name"] for port in service["spec"]["ports"]
    }
    route = only(rendered("gateway-api"), "HTTPRoute")
    assert route["spec"]["rules"] == [
        {
            "matches": [{"path": {"type": "PathPrefix", "value": "/v1"}}],
            "backendRefs": [{"name": "shop-recommender", "port": service["spec"]["ports"][0]["port"]}],
        }
    ]


def test_routes_may_lead_to_a_sidecar_alone(helm: Helm) -> None:
    backend = {"service": {"name": "shop-recommender", "port": {"name": "tls"}}}
    path = {"path": "/v1", "pathType": "Prefix", "backend": backend}
    values: dict[str, Any] = {"ingress": {"paths": [], "extraPaths": [path]}}
    (rule,) = only(helm.template(CI["ingress"], overrides=values), "Ingress")["spec"]["rules"]
    assert rule["http"]["paths"] == [path]
    values = {"gateway": {"paths": [], "extraRules": [{"backendRefs": [{"name": "a", "port": 8443}]}]}}
    route = only(helm.template(CI["gateway-api"], overrides=values), "HTTPRoute")
    assert route["spec"]["rules"] == values["gateway"]["extraRules"]


def test_external_authorization_calls_the_service(rendered: Rendered) -> None:
    annotations = only(rendered("ingress"), "Ingress")["metadata"]["annotations"]
    asked = annotations["nginx.ingress.kubernetes.io/auth-url"]
    assert asked == f"http://shop-recommender.recommendations.svc.cluster.local:8000{VERIFICATION}"
    assert annotations["nginx.ingress.kubernetes.io/proxy-body-size"] == "5m"


def test_jwt_policy_lists_every_issuer(rendered: Rendered) -> None:
    policy = only(rendered("gateway-api"), "SecurityPolicy")["spec"]
    route = only(rendered("gateway-api"), "HTTPRoute")
    assert policy["targetRefs"] == [
        {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": route["metadata"]["name"]}
    ]
    assert [(one["issuer"], one["audiences"], one["remoteJWKS"]) for one in policy["jwt"]["providers"]] == [
        ("https://id.shop.example", ["recommender"], {"uri": "https://id.shop.example/jwks"}),
        (
            "https://staff.shop.example/realms/shop",
            ["recommendations"],
            {"uri": "https://staff.shop.example:8443/realms/shop/protocol/openid-connect/certs"},
        ),
    ]
    assert len({one["name"] for one in policy["jwt"]["providers"]}) == 2


def test_service_monitor_selects_the_metrics_port(rendered: Rendered) -> None:
    resources = rendered("gateway-api")
    monitor = only(resources, "ServiceMonitor")["spec"]
    found = [
        one
        for one in of_kind(resources, "Service")
        if selects(monitor["selector"]["matchLabels"], one["metadata"]["labels"])
    ]
    assert [one["metadata"]["name"] for one in found] == ["shop-recommender-metrics"]
    assert {one["port"] for one in monitor["endpoints"]} == {
        port["name"] for port in found[0]["spec"]["ports"]
    }
    assert monitor["namespaceSelector"]["matchNames"] == [found[0]["metadata"]["namespace"]]
    assert found[0]["spec"]["publishNotReadyAddresses"] is True, (
        "RecommenderWithoutSnapshot is about such pods"
    )


@pytest.mark.parametrize(
    "override",
    [
        {"service": {"image": {"tag": "2.0.0"}}},
        {"images": {"registry": "elsewhere.example/shop"}},
        {"service": {"image": {"digest": f"sha256:{'1' * 64}"}}},
        {"service": {"image": {"tag": f"2.0.0@sha256:{'1' * 64}"}}},
    ],
)
def test_image_names_are_complete(helm: Helm, override: dict[str, Any]) -> None:
    resources = helm.template(CI["default"], overrides=override)
    service = only(resources, "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert service in {
        "recommender-service:2.0.0",
        f"recommender-service:2.0.0@sha256:{'1' * 64}",
        "elsewhere.example/shop/recommender-service:0.1.0",
        f"recommender-service@sha256:{'1' * 64}",
    }
    migrations = only(resources, "Job", "shop-recommender-migrations")
    assert migrations["spec"]["template"]["spec"]["containers"][0]["image"] == service

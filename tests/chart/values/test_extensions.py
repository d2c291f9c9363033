"""Extension points reach what they extend, with the values of `ci/`."""

from typing import Any

import pytest

from tests.chart.conftest import Rendered
from tests.chart.manifests import Workload, names, of_kind, only, workloads
from tests.chart.rendering import CI, Helm, Resource

COMMON = ("shop.example/team", "search"), ("shop.example/cost-center", "17")


@pytest.fixture(scope="module")
def extended(rendered: Rendered) -> list[Resource]:
    return rendered("extensions")


def pods(resources: list[Resource], *components: str) -> list[Workload]:
    """Workloads of these components, or all."""
    return [one for one in workloads(resources) if not components or one.component in components]


def template(workload: Workload) -> dict[str, Any]:
    """Metadata of a workload's pods."""
    spec = workload.resource.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    metadata: dict[str, Any] = spec.get("template", workload.resource)["metadata"]
    return metadata


def created_jobs(resources: list[Resource]) -> list[dict[str, Any]]:
    """Metadata of the Jobs that CronJobs create."""
    return [one["spec"]["jobTemplate"]["metadata"] for one in of_kind(resources, "CronJob")]


def test_common_labels_and_annotations_reach_all_objects_and_pods(extended: list[Resource]) -> None:
    (label, team), (annotation, center) = COMMON
    own = [one for one in extended if one["metadata"]["name"] not in ("shop-extra", "shop-recommender-text")]
    found = [one["metadata"] for one in own] + [template(one) for one in pods(extended)]
    for metadata in found + created_jobs(extended):
        assert metadata["labels"][label] == team, metadata
        assert metadata["annotations"][annotation] == center, metadata
    assert label not in str(only(extended, "Deployment")["spec"]["selector"])


def test_jobs_of_the_indexer_have_further_labels(extended: list[Resource]) -> None:
    assert len(created_jobs(extended)) == 4
    for metadata in created_jobs(extended):
        indexer = metadata["labels"]["app.kubernetes.io/component"] == "indexer"
        assert ("kueue.x-k8s.io/queue-name" in metadata["labels"]) == indexer


def test_pods_have_further_fields(extended: list[Resource]) -> None:
    for pod in pods(extended):
        context = pod.spec["securityContext"]
        assert context["supplementalGroups"] == [5555]
        assert context["fsGroupChangePolicy"] == "Always"
        assert context["seLinuxOptions"] == {"level": "s0:c123,c456"}
        assert context["seccompProfile"] == {"type": "Localhost", "localhostProfile": "shop.json"}
        assert context["runAsNonRoot"] is True
        gates = [{"conditionType": "shop.example/registered"}]
        assert (pod.spec.get("readinessGates") == gates) == (pod.component == "service")
        assert (pod.spec.get("hostUsers") is False) == (pod.component == "service")
        assert (pod.spec.get("preemptionPolicy") == "Never") == (pod.component == "indexer")
        short = pod.component in ("migrations", "retention", "smoke-test")
        assert pod.spec.get("shareProcessNamespace", False) == short


def test_containers_and_variables_are_added(extended: list[Resource]) -> None:
    (service,) = pods(extended, "service")
    assert [one["name"] for one in service.containers] == ["wait", "service", "agent"]
    for job in pods(extended, "migrations", "retention"):
        assert job.spec["initContainers"][0]["restartPolicy"] == "Always"
    for indexer in pods(extended, "indexer"):
        assert indexer.containers[0]["name"] == "wait"
        assert {"secretRef": {"name": "shop-tokens", "optional": True}} in indexer.containers[-1]["envFrom"]
    for workload in pods(extended, "service", "migrations", "retention", "smoke-test"):
        container = next(one for one in workload.containers if one["image"].count("recommender-"))
        assert {"configMapRef": {"name": "shop-settings"}} in container["envFrom"]


def test_images_come_from_the_global_registry(extended: list[Resource]) -> None:
    images = {one["image"] for pod in pods(extended) for one in pod.containers} - {
        "registry.shop.example/agent:1"
    }
    assert {image.partition("/")[0] for image in images} == {"mirror.shop.example"}
    for pod in pods(extended):
        assert pod.spec["imagePullSecrets"] == [{"name": "registry"}, {"name": "mirror"}]


def test_names_are_resolved_as_configured(extended: list[Resource]) -> None:
    for pod in pods(extended, "service", "indexer"):
        assert pod.spec["dnsConfig"] == {"options": [{"name": "ndots", "value": "2"}]}
    (service,) = pods(extended, "service")
    assert service.spec["hostAliases"] == [{"ip": "10.1.2.3", "hostnames": ["id.shop.example"]}]
    assert {pod.spec["dnsPolicy"] for pod in pods(extended, "migrations", "retention")} == {"ClusterFirst"}


def test_service_and_scaling_are_extended(extended: list[Resource]) -> None:
    service = only(extended, "Service", "shop-recommender")
    assert service["spec"]["type"] == "LoadBalancer"
    assert service["spec"]["loadBalancerClass"] == "service.k8s.aws/nlb"
    assert "service.beta.kubernetes.io/aws-load-balancer-scheme" in service["metadata"]["annotations"]
    scaler = only(extended, "HorizontalPodAutoscaler")["spec"]
    assert [one.get("resource", one.get("containerResource"))["name"] for one in scaler["metrics"]] == [
        "cpu",
        "memory",
    ]
    assert scaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 600
    assert only(extended, "PodDisruptionBudget")["spec"]["minAvailable"] == "50%"
    spec = only(extended, "Deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"]["maxSurge"] == 2
    (constraint,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert constraint["topologyKey"] == "shop.example/rack"


FIELDS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "Service",
        "shop-recommender",
        {
            "metadata": {"labels": {"shop.example/exposed": "true"}},
            "spec": {
                "ipFamilyPolicy": "PreferDualStack",
                "externalTrafficPolicy": "Local",
                "internalTrafficPolicy": "Local",
                "ports": [
                    {"name": "http", "nodePort": 30080, "appProtocol": "HTTP"},
                    {"name": "tls", "port": 8443},
                ],
            },
        },
    ),
    (
        "Deployment",
        "shop-recommender",
        {
            "metadata": {
                "annotations": {"reloader.stakater.com/auto": "true"},
                "labels": {"shop.example/tier": "1"},
            },
            "spec": {"revisionHistoryLimit": 3, "minReadySeconds": 10},
        },
    ),
    (
        "PersistentVolumeClaim",
        "shop-recommender-snapshots",
        {
            "metadata": {"labels": {"shop.example/backup": "daily"}},
            "spec": {"volumeName": "snapshots", "selector": {"matchLabels": {}}},
        },
    ),
    (
        "HorizontalPodAutoscaler",
        "shop-recommender",
        {"metadata": {"annotations": {"shop.example/reviewed": "true"}}},
    ),
    (
        "PodDisruptionBudget",
        "shop-recommender",
        {"metadata": {"annotations": {"shop.example/reviewed": "true"}}},
    ),
    (
        "Service",
        "shop-recommender-metrics",
        {"metadata": {"annotations": {"shop.example/scraped": "true"}}},
    ),
    (
        "ServiceMonitor",
        "shop-recommender",
        {
            "metadata": {"namespace": "monitoring", "annotations": {"shop.example/owner": "search"}},
            "spec": {"endpoints": [{"scheme": "https", "honorLabels": True, "port": "metrics"}]},
        },
    ),
    (
        "Ingress",
        "shop-recommender",
        {
            "metadata": {"labels": {"shop.example/exposed": "true"}},
            "spec": {"rules": [{"http": {"paths": [{"path": "/"}, {"pathType": "ImplementationSpecific"}]}}]},
        },
    ),
]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    FIELDS,
)
def test_fields_reach_their_objects(
    extended: list[Resource], kind: str, name: str, expected: dict[str, Any]
) -> None:
    assert_holds(only(extended, kind, name), expected)


def assert_holds(found: Any, expected: Any) -> None:
    """Compares what is expected, and nothing else."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert_holds(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, value in zip(found, expected, strict=True):
            assert_holds(one, value)
    else:
        assert found == expected


def test_network_policies_are_extended(extended: list[Resource]) -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind(extended, "NetworkPolicy")}
    for name in ("service", "indexer", "migrations", "retention", "smoke-test"):
        assert "10.9.0.0/24" in str(policies[f"shop-recommender-{name}"]["egress"])
    assert "probe" in str(policies["shop-recommender-service"]["ingress"])


def test_observability_is_extended(extended: list[Resource]) -> None:
    (endpoint,) = only(extended, "ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["scrapeTimeout"] == "10s"
    assert endpoint["relabelings"] == [{"targetLabel": "cluster", "replacement": "eu"}]
    assert endpoint["metricRelabelings"][0]["action"] == "drop"
    assert only(extended, "PrometheusRule")["spec"]["groups"][-1]["rules"][0]["alert"] == "ShopHasNoClicks"
    folder = only(extended, "ConfigMap", "shop-recommender-dashboards")["metadata"]["annotations"]
    assert (folder["grafana_folder"], folder["shop.example/owner"]) == ("Shop", "search")


def test_extra_objects_are_rendered(extended: list[Resource], rendered: Rendered) -> None:
    assert {"shop-extra", "shop-recommender-text"} <= names(extended, "ConfigMap")
    (scaled,) = of_kind(rendered("keda"), "ScaledObject")
    target = only(rendered("keda"), "Deployment")
    assert scaled["spec"]["scaleTargetRef"]["name"] == target["metadata"]["name"]
    assert "replicas" not in target["spec"]


def test_route_has_timeouts_and_filters(rendered: Rendered) -> None:
    rule, added = only(rendered("private-network"), "HTTPRoute")["spec"]["rules"]
    assert added["backendRefs"] == [{"name": "shop", "port": 80}]
    assert rule["timeouts"] == {"request": "10s", "backendRequest": "5s"}
    assert rule["filters"][0]["type"] == "RequestHeaderModifier"
    ingress = only(rendered("extensions"), "Ingress")["spec"]
    assert ingress["tls"] == [{"hosts": ["recommendations.shop.example"]}]


@pytest.mark.parametrize("source", ["configMap", "secret"])
def test_authority_and_proxy_reach_every_program(helm: Helm, source: str) -> None:
    bundle = {"configMap": "", "secret": "", source: "shop-ca", "key": "bundle.pem"}
    resources = helm.template(CI["private-network"], overrides={"caBundle": bundle})
    for pod in pods(resources):
        (volume,) = [one for one in pod.spec["volumes"] if one["name"] == "ca-bundle"]
        assert volume[source]["items"] == [{"key": "bundle.pem", "path": "ca.crt"}]
        for container in pod.containers:
            given = {one["name"]: one.get("value") for one in container["env"]}
            assert given["SSL_CERT_FILE"] == "/etc/recommender/authority/ca.crt"
            mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
            assert mounts["ca-bundle"] == "/etc/recommender/authority"
            assert given["HTTPS_PROXY"] == given["HTTP_PROXY"] == "http://proxy.shop.example:3128"
            direct = {"localhost", "shop-recommender", ".svc", ".cluster.local", ".shop.internal"}
            assert direct <= set(given["NO_PROXY"].split(","))
    for name in ("service", "indexer", "smoke-test"):
        policy = only(resources, "NetworkPolicy", f"shop-recommender-{name}")["spec"]["egress"]
        assert {
            "ports": [{"protocol": "TCP", "port": 3128}],
            "to": [{"ipBlock": {"cidr": "10.40.0.0/28"}}],
        } in policy


def test_pods_with_a_read_write_once_volume_share_a_node(rendered: Rendered, helm: Helm) -> None:
    resources = rendered("single-node")
    for pod in pods(resources):
        mounts = any("persistentVolumeClaim" in one for one in pod.spec["volumes"])
        assert mounts is (pod.component in ("service", "indexer"))
        assert "topologySpreadConstraints" not in pod.spec
        if mounts:
            (term,) = pod.spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            assert term["topologyKey"] == "kubernetes.io/hostname"
            assert term["labelSelector"]["matchLabels"].items() <= pod.labels.items()
            (expression,) = term["labelSelector"]["matchExpressions"]
            assert pod.labels[expression["key"]] in expression["values"], (
                "otherwise the first pod finds no node"
            )
    deployment = only(resources, "Deployment")["spec"]["template"]["spec"]
    assert "preferredDuringSchedulingIgnoredDuringExecution" in deployment["affinity"]["podAffinity"]
    assert "affinity" not in only(rendered("default"), "Deployment")["spec"]["template"]["spec"]
    bucket = {"snapshot": {"storage": "object", "object": {"url": "s3://bucket/prefix"}}}
    free = only(helm.template(CI["single-node"], overrides=bucket), "Deployment")["spec"]["template"]["spec"]
    assert "requiredDuringSchedulingIgnoredDuringExecution" not in free["affinity"]["podAffinity"]
    assert free["topologySpreadConstraints"]

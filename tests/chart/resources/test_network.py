"""Network policies allow exactly the flows that the chart's README documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.chart.conftest import Rendered
from tests.chart.manifests import Workload, of_kind, only, selects, workloads
from tests.chart.rendering import CI, Helm, Resource

ANYWHERE = "anywhere"
DNS_PEER = "namespace kube-system"

Flow = tuple[str, str, int]
"""Direction, peer, port."""


@dataclass(frozen=True)
class Peers:
    """The peers of a rule."""

    peers: Sequence[Resource] | None

    def described(self) -> list[str]:
        """Describes each peer. No list means anywhere."""
        if not self.peers:
            return [ANYWHERE]
        return [self._described(peer) for peer in self.peers]

    def _described(self, peer: Resource) -> str:
        if "ipBlock" in peer:
            return str(peer["ipBlock"]["cidr"])
        words = []
        if "namespaceSelector" in peer:
            words.append(f"namespace {self._namespaces(peer['namespaceSelector'])}")
        if "podSelector" in peer:
            labels = peer["podSelector"]["matchLabels"]
            words.append(f"pods {labels.get('app.kubernetes.io/component') or labels['app']}")
        return ", ".join(words)

    @staticmethod
    def _namespaces(selector: Resource) -> str:
        labels = dict(selector.get("matchLabels", {}))
        for expression in selector.get("matchExpressions", []):
            assert expression["operator"] == "In"
            labels[expression["key"]] = " or ".join(expression["values"])
        return str(labels.get("kubernetes.io/metadata.name", "any"))


def policies_of(resources: Sequence[Resource], workload: Workload) -> list[Resource]:
    """The policies that select a workload's pods."""
    return [
        policy
        for policy in of_kind(resources, "NetworkPolicy")
        if selects(policy["spec"]["podSelector"].get("matchLabels", {}), workload.labels)
    ]


def flows(resources: Sequence[Resource], component: str) -> set[Flow]:
    """Allowed flows of a component's pods, with resolved port names."""
    workload = next(one for one in workloads(resources) if one.component == component)
    ports = {
        port["name"]: port["containerPort"]
        for one in workloads(resources)
        for container in one.containers
        for port in container.get("ports", [])
    }
    found: set[Flow] = set()
    for policy in policies_of(resources, workload):
        for direction, side in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, []):
                assert rule["ports"], "a rule without ports lets everything pass"
                for peer in Peers(rule.get(side)).described():
                    found |= {
                        (direction, peer, ports.get(str(one["port"]), one["port"])) for one in rule["ports"]
                    }
    return found


DNS: Flow = ("egress", DNS_PEER, 53)
DATABASE: Flow = ("egress", ANYWHERE, 5432)
METRICS: Flow = ("ingress", "namespace monitoring", 9000)
SMOKE: Flow = ("ingress", "pods smoke-test", 8000)

CONTROLLERS: Flow = ("ingress", "namespace ingress-nginx or traefik or envoy-gateway-system", 8000)

DOCUMENTED: dict[tuple[str, str], set[Flow]] = {
    ("default", "service"): {
        CONTROLLERS,
        SMOKE,
        METRICS,
        DNS,
        DATABASE,
        ("egress", ANYWHERE, 6379),
        ("egress", ANYWHERE, 8100),
        ("egress", ANYWHERE, 443),
    },
    ("default", "indexer"): {DNS, ("egress", ANYWHERE, 8100)},
    ("default", "migrations"): {DNS, DATABASE},
    ("default", "retention"): {DNS, DATABASE},
    ("default", "smoke-test"): {DNS, ("egress", "pods service", 8000)},
    ("ingress", "service"): {
        ("ingress", "namespace ingress-nginx", 8000),
        SMOKE,
        METRICS,
        DNS,
        DATABASE,
        ("egress", ANYWHERE, 443),
    },
    ("gateway-api", "service"): {
        CONTROLLERS,
        SMOKE,
        METRICS,
        DNS,
        DATABASE,
        ("egress", ANYWHERE, 6379),
        ("egress", ANYWHERE, 443),
        ("egress", ANYWHERE, 8443),
        ("egress", ANYWHERE, 4318),
    },
    ("gateway-api", "indexer"): {DNS, ("egress", ANYWHERE, 443), ("egress", ANYWHERE, 4318)},
    ("existing-secrets", "indexer"): {DNS, DATABASE, ("egress", ANYWHERE, 443)},
    ("existing-secrets", "smoke-test"): {DNS, ("egress", "pods service", 8000), ("egress", ANYWHERE, 443)},
    ("restricted", "service"): {
        ("ingress", "pods storefront", 8000),
        SMOKE,
        METRICS,
        DNS,
        ("egress", "10.20.0.0/28", 5432),
        ("egress", "pods redis", 6379),
        ("egress", "namespace shop, pods catalog", 8100),
        ("egress", "10.30.0.0/28", 443),
    },
    ("restricted", "indexer"): {DNS, ("egress", "namespace shop, pods catalog", 8100)},
    ("restricted", "migrations"): {DNS, ("egress", "10.20.0.0/28", 5432)},
}


@pytest.mark.parametrize(("values", "component"), sorted(DOCUMENTED))
def test_only_documented_flows_pass(rendered: Rendered, values: str, component: str) -> None:
    assert flows(rendered(values), component) == DOCUMENTED[values, component]


def test_only_dns_uses_udp(resources: list[Resource]) -> None:
    for policy in of_kind(resources, "NetworkPolicy"):
        for rule in [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]:
            found = {(one["protocol"], one["port"]) for one in rule["ports"]}
            tcp_alone = {("TCP", port) for _, port in found}
            assert found == ({("UDP", 53), ("TCP", 53)} if ("TCP", 53) in found else tcp_alone)


def test_every_pod_denies_traffic_by_default(rendered: Rendered) -> None:
    for values in CI.keys() - {"minimal"}:
        resources = rendered(values)
        for workload in workloads(resources):
            chosen = policies_of(resources, workload)
            assert "shop-recommender-default-deny" in {one["metadata"]["name"] for one in chosen}
            assert all(set(one["spec"]["policyTypes"]) == {"Ingress", "Egress"} for one in chosen)
        deny = only(resources, "NetworkPolicy", "shop-recommender-default-deny")
        assert set(deny["spec"]) == {"podSelector", "policyTypes"}


def test_migrations_have_their_own_policy(rendered: Rendered) -> None:
    # The release's policies block migrations during an upgrade and do not exist before an installation.
    policy = only(rendered("default"), "NetworkPolicy", "shop-recommender-migrations")
    job = only(rendered("default"), "Job", "shop-recommender-migrations")
    policy_s, job_s = (one["metadata"]["annotations"] for one in (policy, job))
    assert policy_s["helm.sh/hook"] == job_s["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert int(policy_s["helm.sh/hook-weight"]) < int(job_s["helm.sh/hook-weight"])


def test_empty_list_of_callers_admits_nobody(helm: Helm) -> None:
    values = {"networkPolicy": {"apiFrom": [], "metricsFrom": []}, "smokeTest": {"enabled": False}}
    policy = only(helm.template(CI["default"], overrides=values), "NetworkPolicy", "shop-recommender-service")
    assert not policy["spec"]["ingress"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ["Only these peers can call it", "envoy-gateway-system"]),
        ({"networkPolicy": {"apiFrom": []}}, ["apiFrom is empty, so nothing can call it."]),
        (
            {"networkPolicy": {"apiFrom": []}, "ingress": {"enabled": True, "hosts": ["a.example"]}},
            ["apiFrom is empty, so nothing can call it, not even the ingress controller or gateway."],
        ),
        ({"networkPolicy": {"enabled": False}}, []),
    ],
)
def test_notes_say_who_can_call_the_api(helm: Helm, values: dict[str, Any], said: list[str]) -> None:
    notes = helm.notes(CI["default"], overrides=values)
    assert all(part in notes for part in said)
    assert ("can call it" in notes) is bool(said)


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://catalog", 80),
        ("https://catalog.example", 443),
        ("http://catalog:8100/base", 8100),
        ("https://[2001:db8::1]:9443", 9443),
        ("https://[2001:db8::1]", 443),
    ],
)
def test_catalog_flow_uses_the_port_of_its_url(helm: Helm, url: str, port: int) -> None:
    resources = helm.template(
        CI["minimal"], overrides={"catalog": {"url": url}, "networkPolicy": {"enabled": True}}
    )
    indexer = only(resources, "NetworkPolicy", "shop-recommender-indexer")["spec"]["egress"]
    assert [one["ports"] for one in indexer[1:]] == [[{"protocol": "TCP", "port": port}]]


def test_port_behind_a_service_can_be_set(helm: Helm) -> None:
    values = {"networkPolicy": {"egress": {"catalog": {"ports": [8080]}}}}
    assert ("egress", ANYWHERE, 8080) in flows(helm.template(CI["default"], overrides=values), "indexer")


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("postgresql://user:p4ss@database:6432/recommender", 6432),
        ("postgresql+asyncpg://user:a/b?c#d:1@database:6432/recommender?ssl=require", 6432),
        ("postgresql://user@[2001:db8::1]:7000/recommender", 7000),
        ("postgresql://user@[2001:db8::1]/recommender", 5432),
        ("postgresql://database/recommender:1", 5432),
    ],
)
def test_database_flow_uses_the_port_of_its_url(helm: Helm, url: str, port: int) -> None:
    resources = helm.template(CI["default"], overrides={"database": {"url": url}})
    for component in ("service", "migrations", "retention"):
        assert ("egress", ANYWHERE, port) in flows(resources, component)
    assert (("egress", ANYWHERE, 5432) in flows(resources, "migrations")) is (port == 5432)


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        ("rediss://:secret@redis:6380/0", [6380]),
        ("redis://redis:6380", [6380]),
        ("redis://redis/0", [6379]),
        ("redis+sentinel://:secret@a:26380,b/main/0", [26380, 26379, 6379]),
    ],
)
def test_redis_flow_uses_the_ports_of_its_url(helm: Helm, url: str, ports: list[int]) -> None:
    resources = helm.template(CI["default"], overrides={"redis": {"url": url}})
    for port in ports:
        assert ("egress", ANYWHERE, port) in flows(resources, "service")


@pytest.mark.parametrize(
    ("ports", "variable", "value", "allowed"),
    [
        (None, "AWS_REGION", "http://a:1", {443}),
        ([], "AWS_ENDPOINT_URL", "http://minio.minio:9000", {443, 9000}),
        ([], "AWS_ENDPOINT", "http://minio", {443, 80}),
        ([], "AZURE_STORAGE_ENDPOINT", "https://$(HOST)/a:5", {443}),
        ([8333], "AWS_ENDPOINT_URL", "http://minio:9000", {8333}),
    ],
)
def test_object_storage_flow_uses_the_port_of_its_endpoint(
    helm: Helm, ports: list[int] | None, variable: str, value: str, allowed: set[int]
) -> None:
    values = {
        "snapshot": {"storage": "object", "object": {"url": "s3://bucket"}},
        "service": {"extraEnv": [{"name": variable, "value": value}]},
        "indexer": {"extraEnvFrom": [{"configMapRef": {"name": "bucket"}}]},
        "networkPolicy": {"egress": {"objectStorage": {"ports": ports}}},
    }
    found = flows(helm.template(CI["default"], overrides=values), "indexer")
    assert {port for _, peer, port in found if peer == ANYWHERE} == allowed | {8100}


def test_dns_ports_can_be_set(helm: Helm) -> None:
    resources = helm.template(CI["default"], overrides={"networkPolicy": {"dnsPorts": [53, 5353]}})
    for policy in of_kind(resources, "NetworkPolicy"):
        if policy["spec"].get("egress"):
            assert policy["spec"]["egress"][0]["ports"] == [
                {"protocol": protocol, "port": port} for port in (53, 5353) for protocol in ("UDP", "TCP")
            ]

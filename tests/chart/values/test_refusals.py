"""Values that cannot work are rejected with a message that names them."""

import json
from typing import Any

import pytest

from tests.chart.rendering import CHART, CI, Helm, Refused

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("unknown", {"servcie": {}}, "servcie"),
    ("unknown-deep", {"service": {"replica": 3}}, "replica"),
    ("type", {"service": {"replicas": "three"}}, "replicas"),
    ("no-replicas", {"service": {"replicas": -1}}, "replicas"),
    ("port", {"service": {"port": 70000}}, "port"),
    ("log-level", {"service": {"logLevel": "LOUD"}}, "logLevel"),
    (
        "setting",
        {"service": {"settings": {"SERVICE_PROFIL_FRESH_SECONDS": 1}}},
        "SERVICE_PROFIL_FRESH_SECONDS",
    ),
    ("managed-setting", {"service": {"settings": {"SERVICE_LISTEN_PORT": 1}}}, "SERVICE_LISTEN_PORT"),
    (
        "other-program",
        {"indexer": {"settings": {"SERVICE_PROFILE_PURCHASES": 1}}},
        "SERVICE_PROFILE_PURCHASES",
    ),
    ("quantity", {"service": {"resources": {"requests": {"memory": "lots"}}}}, "memory"),
    ("cpu-percent", {"autoscaling": {"cpuPercent": 0}}, "cpuPercent"),
    ("days", {"retention": {"days": 0}}, "days"),
    ("pull-policy", {"images": {"pullPolicy": "Sometimes"}}, "pullPolicy"),
    ("digest", {"service": {"image": {"digest": "sha256:12"}}}, "digest"),
    ("access-mode", {"snapshot": {"persistence": {"accessMode": "ReadOnlyMany"}}}, "accessMode"),
    ("issuer", {"auth": {"issuers": [{"issuer": "https://id.example"}]}}, "jwksUrl"),
    (
        "issuer-field",
        {"auth": {"issuers": [{"issuer": "a", "jwksUrl": "https://a", "jwks_url": "b"}]}},
        "jwks_url",
    ),
    ("sample-ratio", {"tracing": {"sampleRatio": 2}}, "sampleRatio"),
    ("peer", {"networkPolicy": {"apiFrom": [{"pods": "all"}]}}, "pods"),
    ("empty-peer", {"networkPolicy": {"apiFrom": [{}]}}, "apiFrom"),
    ("no-dns", {"networkPolicy": {"dnsTo": []}}, "dnsTo"),
    ("no-dns-port", {"networkPolicy": {"dnsPorts": []}}, "dnsPorts"),
    ("prefix", {"networkPolicy": {"apiFrom": [{"ipBlock": {"cidr": "10.0.0.0/99"}}]}}, "cidr"),
    (
        "peer-of-two-kinds",
        {"networkPolicy": {"apiFrom": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]}},
        "apiFrom",
    ),
    ("setting-type", {"service": {"settings": {"SERVICE_MAX_IN_FLIGHT": "many"}}}, "SERVICE_MAX_IN_FLIGHT"),
    ("setting-bound", {"indexer": {"settings": {"INDEXER_RANK": 5000}}}, "INDEXER_RANK"),
    (
        "algorithm",
        {"auth": {"issuers": [{"issuer": "a", "jwksUrl": "https://a", "algorithms": ["HS256"]}]}},
        "algorithms",
    ),
    ("no-size", {"snapshot": {"persistence": {"size": "0"}}}, "size"),
    ("target", {"autoscaling": {"inFlight": {"target": "0"}}}, "target"),
    ("list-setting", {"service": {"settings": {"SERVICE_CORS_ORIGINS": "https://a,https://b"}}}, "CORS"),
    ("cluster-domain", {"clusterDomain": ""}, "clusterDomain"),
    (
        "mode",
        {"service": {"extraVolumes": [{"name": "a", "secret": {"secretName": "a", "defaultMode": "0400"}}]}},
        "defaultMode",
    ),
    ("listen-host", {"service": {"listenHost": "any host"}}, "listenHost"),
    ("label", {"service": {"podLabels": {"a": "b c"}}}, "podLabels"),
    ("toleration", {"indexer": {"tolerations": [{"effect": "Never"}]}}, "effect"),
    ("affinity", {"jobs": {"affinity": {"nodeAfinity": {}}}}, "nodeAfinity"),
    ("null-block", {"redis": None}, "redis"),
    ("null-inner-block", {"autoscaling": {"inFlight": None}}, "inFlight"),
    ("null-value", {"service": {"port": None}}, "port"),
    ("no-shards", {"indexer": {"shards": 0}}, "shards"),
    ("external-auth", {"ingress": {"externalAuth": "magic"}}, "externalAuth"),
    ("user", {"podSecurity": {"runAsUser": 0}}, "runAsUser"),
    ("seccomp", {"podSecurity": {"spec": {"seccompProfile": {"type": "Unconfined"}}}}, "RuntimeDefault"),
    ("no-profile", {"podSecurity": {"spec": {"appArmorProfile": {"type": "Localhost"}}}}, "localhostProfile"),
    ("ratio", {"metrics": {"prometheusRule": {"errorRatio": 5}}}, "errorRatio"),
    ("latency", {"metrics": {"prometheusRule": {"latencySeconds": 30}}}, "latencySeconds"),
]

CONTRADICTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("no-issuer", {"auth": {"issuers": []}}, "auth.issuers is empty"),
    ("no-catalog", {"catalog": {"url": ""}}, "catalog.url is missing"),
    ("no-database", {"database": {"url": ""}}, "database is missing"),
    ("no-key", {"snapshot": {"signingKey": {"value": ""}}}, "snapshot.signingKey is missing"),
    ("two-databases", {"database": {"existingSecret": {"name": "a"}}}, "database.url and its existingSecret"),
    ("two-redis", {"redis": {"existingSecret": {"name": "a"}}}, "redis.url and its existingSecret"),
    (
        "two-keys",
        {"snapshot": {"signingKey": {"existingSecret": {"name": "a"}}}},
        "snapshot.signingKey.value and",
    ),
    (
        "two-catalog-secrets",
        {
            "catalog": {
                "tokenUrl": "https://id/token",
                "clientId": "a",
                "clientSecret": "b",
                "existingSecret": {"name": "c"},
            }
        },
        "catalog.clientSecret and its existingSecret",
    ),
    ("token-url", {"catalog": {"tokenUrl": "https://id/token"}}, "catalog.tokenUrl needs catalog.clientId"),
    ("client", {"catalog": {"clientId": "a"}}, "need catalog.tokenUrl"),
    (
        "browsing-without-events",
        {"indexer": {"settings": {"INDEXER_BROWSING_WEIGHT": 0.2}}},
        "INDEXER_BROWSING_WEIGHT needs indexer.readEvents",
    ),
    ("replicas", {"autoscaling": {"minReplicas": 5, "maxReplicas": 4}}, "minReplicas (5) is greater than"),
    ("metric", {"autoscaling": {"inFlight": {"enabled": True, "metric": ""}}}, "autoscaling.inFlight.metric"),
    (
        "no-cpu-request",
        {"service": {"resources": {"requests": {"cpu": None}}}},
        "autoscaling needs service.resources.requests.cpu",
    ),
    (
        "memory",
        {"indexer": {"resources": {"requests": {"memory": "9000Mi"}}}},
        "indexer.resources requests more memory (9000Mi) than its limit (8Gi)",
    ),
    (
        "first-build",
        {"indexer": {"resources": {"requests": {"memory": "256Mi"}, "limits": {"memory": "256Mi"}}}},
        "indexer.firstRunRequests.memory (512Mi) is more than the limit in indexer.resources (256Mi)",
    ),
    (
        "one-node",
        {
            "service": {"spread": "DoNotSchedule"},
            "snapshot": {"persistence": {"accessMode": "ReadWriteOnce"}},
        },
        "service.spread is DoNotSchedule",
    ),
    (
        "stolen-label",
        {"indexer": {"podLabels": {"app.kubernetes.io/component": "service"}}},
        "indexer.podLabels sets app.kubernetes.io/component",
    ),
    (
        "same-issuer",
        {"auth": {"issuers": [{"issuer": "https://a", "jwksUrl": f"https://{n}.example"} for n in "ab"]}},
        "auth.issuers lists https://a twice",
    ),
    ("budget", {"podDisruptionBudget": {"maxUnavailable": 0}}, "podDisruptionBudget.maxUnavailable is 0"),
    (
        "budget-share",
        {"podDisruptionBudget": {"maxUnavailable": "0%"}},
        "podDisruptionBudget.maxUnavailable is 0",
    ),
    (
        "two-ways-in",
        {
            "ingress": {"enabled": True, "hosts": ["a.example"]},
            "gateway": {"enabled": True, "parentRefs": [{"name": "a"}]},
        },
        "ingress.enabled and gateway.enabled exclude each other",
    ),
    ("no-host", {"ingress": {"enabled": True}}, "ingress.hosts is empty"),
    ("no-metric", {"autoscaling": {"cpuPercent": None}}, "autoscaling has no metric"),
    (
        "no-path",
        {"ingress": {"enabled": True, "hosts": ["a.example"], "paths": []}},
        "ingress.paths and ingress.extraPaths are empty",
    ),
    (
        "no-rule",
        {"gateway": {"enabled": True, "parentRefs": [{"name": "a"}], "paths": []}},
        "gateway.paths and gateway.extraRules are empty",
    ),
    ("no-gateway", {"gateway": {"enabled": True}}, "gateway.parentRefs is empty"),
    (
        "five-issuers",
        {
            "auth": {"issuers": [{"issuer": str(n), "jwksUrl": "https://id.example"} for n in range(5)]},
            "gateway": {"enabled": True, "parentRefs": [{"name": "a"}]},
        },
        "gateway.jwtPolicy supports at most four issuers",
    ),
    (
        "half-configured-console",
        {"console": {"enabled": True, "clientId": "c", "tokenUrl": "https://id.example/token"}},
        "console.publicUrl is missing",
    ),
    (
        "console-behind-verification",
        {"console": {"enabled": True}, "ingress": {"enabled": True, "externalAuth": "ingress-nginx"}},
        "ingress.externalAuth and console.enabled exclude each other",
    ),
    (
        "idle-auth",
        {"ingress": {"externalAuth": "ingress-nginx"}},
        "ingress.externalAuth needs ingress.enabled",
    ),
    (
        "idle-monitor",
        {"metrics": {"enabled": False, "serviceMonitor": {"enabled": True}}},
        "need metrics.enabled",
    ),
    ("idle-rules", {"metrics": {"prometheusRule": {"enabled": True}}}, "needs metrics.serviceMonitor"),
    ("port-taken", {"metrics": {"port": 8000}}, "metrics.port is 8000"),
    ("smoke", {"smokeTest": {"tokenUrl": "https://id/token"}}, "smokeTest.tokenUrl needs smokeTest.clientId"),
    (
        "claim",
        {"snapshot": {"persistence": {"existingClaim": "a", "storageClassName": "b"}}},
        "snapshot.persistence.storageClassName has no effect",
    ),
    ("no-bucket", {"snapshot": {"storage": "object"}}, "snapshot.object.url is missing"),
    ("idle-bucket", {"snapshot": {"object": {"url": "s3://a"}}}, "snapshot.object.url has no effect"),
    (
        "idle-claim",
        {
            "snapshot": {
                "storage": "object",
                "object": {"url": "s3://a"},
                "persistence": {"existingClaim": "b"},
            }
        },
        "snapshot.persistence.existingClaim has no effect",
    ),
]


def cases(found: list[tuple[str, dict[str, Any], str]]) -> Any:
    """Parametrizes a test with the cases."""
    return pytest.mark.parametrize(
        ("values", "named"), [case[1:] for case in found], ids=[case[0] for case in found]
    )


@cases(WRONG)
def test_invalid_value_is_rejected_by_name(helm: Helm, values: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused) as refusal:
        helm.template(CI["default"], overrides=values)
    assert "values don't meet the specifications of the schema" in str(refusal.value)
    assert named in str(refusal.value)


def test_both_helm_versions_validate_the_schema(each_helm: Helm) -> None:
    for _, values, named in WRONG[::8]:
        with pytest.raises(Refused, match=named):
            each_helm.template(CI["default"], overrides=values)


@cases(CONTRADICTIONS)
def test_impossible_values_are_rejected_with_a_message(
    helm: Helm, values: dict[str, Any], named: str
) -> None:
    with pytest.raises(Refused) as refusal:
        helm.template(CI["default"], overrides=values)
    assert named in str(refusal.value).partition("These values cannot work")[2]


@pytest.mark.parametrize("nothing", [{}, {"auth": {"issuers": None}, "catalog": {"url": None}}])
def test_all_missing_values_are_reported_at_once(each_helm: Helm, nothing: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        each_helm.template(overrides=nothing)
    for name in ("auth.issuers", "catalog.url", "database", "snapshot.signingKey"):
        assert f"\n- {name} is " in str(refusal.value)


def test_schema_objects_reject_unknown_properties() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["$schema"].startswith("http://json-schema.org/draft-07")
    assert all(reference.startswith("#/") for reference in _found(schema, "$ref"))
    free = {"global"}
    assert _open_objects(schema, "") <= free


def _found(node: Any, key: str) -> list[Any]:
    if isinstance(node, list):
        return [one for item in node for one in _found(item, key)]
    if not isinstance(node, dict):
        return []
    own = [node[key]] if isinstance(node.get(key), str) else []
    return own + [one for item in node.values() for one in _found(item, key)]


def _open_objects(node: Any, name: str) -> set[str]:
    if isinstance(node, list):
        return set().union(*(_open_objects(item, name) for item in node))
    if not isinstance(node, dict):
        return set()
    own = {name} if node.get("type") == "object" and "additionalProperties" not in node else set()
    return own.union(*(_open_objects(value, key) for key, value in node.items()))

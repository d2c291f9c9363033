"""Templates in values are rendered where they name what a release has."""

from typing import Any

import pytest

from tests.chart.manifests import of_kind, only, workloads
from tests.chart.rendering import CI, RELEASE, Helm, Refused

NAME = "{{ .Release.Name }}"
SELECTOR = {"matchLabels": {"app.kubernetes.io/instance": NAME}}
CONTAINER = {"name": "wait", "image": "registry.example/wait:1", "args": [f"{NAME}-database:5432"]}
POD: dict[str, Any] = {
    "serviceAccount": {"create": False, "name": f"{NAME}-account"},
    "extraEnv": [{"name": "SIBLING", "value": f"http://{NAME}-sibling"}],
    "extraEnvFrom": [{"configMapRef": {"name": f"{NAME}-shop"}}],
    "extraVolumes": [{"name": "sibling", "secret": {"secretName": f"{NAME}-sibling"}}],
    "extraVolumeMounts": [{"name": "sibling", "mountPath": "/etc/sibling"}],
    "initContainers": [CONTAINER],
    "affinity": {
        "podAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "kubernetes.io/hostname", "labelSelector": SELECTOR}
            ]
        }
    },
}
SECRET = {"existingSecret": {"name": f"{NAME}-secret"}}
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "rack",
    "whenUnsatisfiable": "ScheduleAnyway",
    "labelSelector": SELECTOR,
}
TEMPLATED: dict[str, Any] = {
    "database": {"url": "", **SECRET},
    "redis": {"url": "", **SECRET},
    "catalog": {
        "url": f"http://{NAME}-catalog:8080",
        "tokenUrl": f"http://{NAME}-id:8080/token",
        "clientId": "a",
        **SECRET,
    },
    "auth": {"issuers": [{"issuer": f"http://{NAME}-id:8080", "jwksUrl": f"http://{NAME}-id:8080/jwks"}]},
    "tracing": {"otlpEndpoint": f"http://{NAME}-collector:4318"},
    "caBundle": {"configMap": f"{NAME}-ca"},
    "snapshot": {
        "signingKey": {"value": "", **SECRET},
        "persistence": {"existingClaim": f"{NAME}-snapshots"},
    },
    "service": POD | {"sidecars": [{**CONTAINER, "name": "agent"}], "topologySpreadConstraints": [SPREAD]},
    "indexer": POD,
    "jobs": POD,
    "smokeTest": {"tokenUrl": f"http://{NAME}-id:8080/token", "clientId": "a", **SECRET},
    "networkPolicy": {
        "apiFrom": [{"podSelector": SELECTOR}],
        "metricsFrom": [{"podSelector": SELECTOR}],
        "extraIngress": [{"from": [{"podSelector": SELECTOR}]}],
        "extraEgress": [{"to": [{"podSelector": SELECTOR}]}],
        "dnsTo": [{"podSelector": SELECTOR}],
        "egress": {
            name: {"to": [{"podSelector": SELECTOR}]}
            for name in ("database", "redis", "catalog", "issuers", "collector", "proxy", "objectStorage")
        },
    },
}
BACKEND = {"service": {"name": f"{NAME}-shop", "port": {"name": "http"}}}
INGRESS = {
    "enabled": True,
    "hosts": [f"{NAME}.example"],
    "tls": [{"hosts": [f"{NAME}.example"], "secretName": f"{NAME}-tls"}],
    "extraPaths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}],
}
GATEWAY = {
    "enabled": True,
    "hostnames": [f"{NAME}.example"],
    "parentRefs": [{"name": f"{NAME}-gateway"}],
    "extraRules": [{"backendRefs": [{"name": f"{NAME}-shop", "port": 80}]}],
}


def filled(value: Any) -> Any:
    """The value with the release's name in place of the template."""
    match value:
        case dict():
            return {name: filled(one) for name, one in value.items()}
        case list():
            return [filled(one) for one in value]
        case str():
            return value.replace(NAME, RELEASE)
    return value


BUCKET = {
    "storage": "object",
    "object": {"url": f"s3://bucket/{NAME}"},
    "persistence": {"existingClaim": ""},
    "signingKey": TEMPLATED["snapshot"]["signingKey"],
}


@pytest.mark.parametrize("traffic", [{"ingress": INGRESS}, {"gateway": GATEWAY}, {"snapshot": BUCKET}])
def test_templates_are_rendered_as_the_releases_name(each_helm: Helm, traffic: dict[str, Any]) -> None:
    values = {**TEMPLATED, **traffic}
    resources = each_helm.template(CI["default"], overrides=values)
    assert "{{" not in str(resources)
    assert resources == each_helm.template(CI["default"], overrides=filled(values))


def test_templates_of_others_stay(helm: Helm) -> None:
    kept = {"vault.example/template": '{{ with secret "database" }}{{ .Data.url }}{{ end }}'}
    rule = {"alert": "A", "expr": "up == 0", "annotations": {"summary": "{{ $labels.pod }} is down."}}
    metrics = {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True, "extraRules": [rule]}}
    values = {"service": {"podAnnotations": kept}, "metrics": metrics}
    resources = helm.template(CI["default"], overrides=values)
    assert (
        kept.items() <= only(resources, "Deployment")["spec"]["template"]["metadata"]["annotations"].items()
    )
    assert rule in only(resources, "PrometheusRule")["spec"]["groups"][-1]["rules"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"redis": {"url": "", "existingSecret": {"name": "{{ .Values.global.missing }}"}}},
            'redis.existingSecret.name is rendered as "", which is no name of an object',
        ),
        ({"caBundle": {"secret": "{{ .Chart.Name }}_ca"}}, 'caBundle.secret is rendered as "recommender_ca"'),
        ({"catalog": {"url": "{{ .Release.Name }}-catalog"}}, "catalog.url is no address"),
        (
            {"ingress": {"enabled": True, "hosts": ["{{ .Chart.Name }}_a"]}},
            "has recommender_a, which is no host",
        ),
    ],
)
def test_templates_that_render_to_no_name_are_rejected(helm: Helm, values: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        helm.template(CI["default"], overrides=values)
    assert said in str(refusal.value)


def test_service_may_lead_to_a_sidecar(helm: Helm) -> None:
    sidecar = {
        "name": "gate",
        "image": "registry.example/gate:1",
        "ports": [{"name": "gate", "containerPort": 8443}],
    }
    for port in ("gate", 8443):
        values = {"service": {"targetPort": port, "sidecars": [sidecar]}}
        resources = helm.template(CI["default"], overrides=values)
        assert only(resources, "Service", "shop-recommender")["spec"]["ports"][0]["targetPort"] == port
        admitted = [one["spec"] for one in of_kind(resources, "NetworkPolicy")]
        assert str(admitted).count(f"'port': {port!r}") == 2, "of the service, and to it from the smoke test"
        (service,) = [one for one in workloads(resources) if one.component == "service"]
        assert service.containers[0]["readinessProbe"]["httpGet"]["port"] == "http"
    with pytest.raises(Refused, match=r"service.targetPort is gate, which is the port of no container"):
        helm.template(CI["default"], overrides={"service": {"targetPort": "gate"}})

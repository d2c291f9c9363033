"""Extensions that the API server would reject are rejected before anything reaches the cluster."""

from typing import Any

import pytest

from tests.chart.rendering import CI, Helm, Refused
from tests.chart.values.test_refusals import cases

EXTENSIONS: list[tuple[str, dict[str, Any], str]] = [
    (
        "volume-twice",
        {"service": {"extraVolumes": [{"name": "a", "emptyDir": {}}] * 2}},
        "service.extraVolumes lists a twice",
    ),
    (
        "mount-of-nothing",
        {"jobs": {"extraVolumeMounts": [{"name": "a", "mountPath": "/a"}]}},
        "jobs.extraVolumeMounts mounts a, which these pods do not have (jobs.extraVolumes)",
    ),
    *(
        (
            f"mount-of-{volume}",
            {part: {"extraVolumeMounts": [{"name": volume, "mountPath": "/a"}]}},
            f"{part}.extraVolumeMounts mounts {volume}, which these pods do not have",
        )
        for part, volume in (("jobs", "snapshots"), ("service", "code"), ("indexer", "ca-bundle"))
    ),
    (
        "mount-over-code",
        {
            "development": {"syncCode": True},
            "service": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/code"}]},
        },
        "mounts /code, which is mounted already",
    ),
    (
        "mount-over-script",
        {"jobs": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/etc/recommender/smoke/"}]}},
        "mounts /etc/recommender/smoke/, which is mounted already",
    ),
    (
        "mount-over-own",
        {"indexer": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/tmp"}]}},
        "indexer.extraVolumeMounts mounts /tmp, which is mounted already",
    ),
    ("object-without-name", {"extraObjects": [{"apiVersion": "v1", "kind": "Secret"}]}, "[0] is no object"),
    ("text-of-no-object", {"extraObjects": ["a: 1\n b: 2"]}, "extraObjects[0] is no object"),
    (
        "object-twice",
        {
            "extraObjects": [
                {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "{{ .Release.Name }}-a"}},
                "---\napiVersion: v1\nkind: Secret\nmetadata: {name: shop-a, namespace: recommendations}\n---\n",
            ]
        },
        "extraObjects[1] is Secret recommendations/shop-a, which extraObjects[0] has already",
    ),
    *(
        (
            f"object-of-the-chart-{kind}",
            {"extraObjects": [{"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}]},
            f"is {kind} recommendations/{name}, which the chart has already",
        )
        for kind, name in (
            ("Deployment", "shop-recommender"),
            ("Service", "shop-recommender"),
            ("ConfigMap", "shop-recommender-service"),
            ("ConfigMap", "shop-recommender-indexer"),
            ("CronJob", "shop-recommender-indexer"),
        )
    ),
    ("no-nameserver", {"service": {"dnsPolicy": "None"}}, "service.dnsConfig.nameservers must name a server"),
    (
        "toleration-seconds",
        {"jobs": {"tolerations": [{"operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 5}]}},
        "tolerationSeconds, which needs the effect NoExecute",
    ),
    (
        "same-port",
        {"service": {"port": 8000, "extraPorts": [{"name": "a", "port": 8000, "targetPort": 9}]}},
        "name or port of another port: a, 8000",
    ),
    ("node-port", {"service": {"nodePort": 30080}}, "service.nodePort needs service.type NodePort"),
    (
        "source-ranges",
        {"service": {"loadBalancerSourceRanges": ["10.0.0.0/8"]}},
        "loadBalancerSourceRanges need service.type LoadBalancer",
    ),
    (
        "variable-twice",
        {"indexer": {"extraEnv": [{"name": "A", "value": "1"}] * 2}},
        "indexer.extraEnv lists A twice",
    ),
    (
        "container-twice",
        {
            "service": {
                "sidecars": [{"name": "p", "image": "x"}],
                "initContainers": [{"name": "p", "image": "x"}],
            }
        },
        "two containers named p",
    ),
    (
        "port-of-the-service",
        {"service": {"sidecars": [{"name": "p", "image": "x", "ports": [{"containerPort": 8000}]}]}},
        "service: the container p has the port 8000/TCP of another container",
    ),
    (
        "port-of-another-sidecar",
        {
            "jobs": {
                "initContainers": [
                    {
                        "name": name,
                        "image": "x",
                        "restartPolicy": "Always",
                        "ports": [{"containerPort": 8443, "protocol": "UDP"}],
                    }
                    for name in ("p", "q")
                ]
            }
        },
        "jobs: the container q has the port 8443/UDP of another container",
    ),
    (
        "mount-over-own-with-slash",
        {"service": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/tmp/"}]}},
        "mounts /tmp/, which is mounted already",
    ),
    (
        "no-pod-replaceable",
        {"service": {"strategy": {"rollingUpdate": {"maxSurge": 0}}}},
        "maxUnavailable and maxSurge 0, so no pod could be replaced",
    ),
    (
        "long-readiness",
        {"service": {"minReadySeconds": 3600}},
        "must be less than service.progressDeadlineSeconds",
    ),
    (
        "local-traffic",
        {"service": {"serviceSpec": {"externalTrafficPolicy": "Local"}}},
        "externalTrafficPolicy needs service.type",
    ),
    (
        "headless-balancer",
        {"service": {"type": "LoadBalancer", "serviceSpec": {"clusterIP": "None"}}},
        "clusterIP is None, which needs service.type ClusterIP",
    ),
    (
        "affinity-of-no-session",
        {"service": {"serviceSpec": {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}}}},
        "sessionAffinityConfig needs sessionAffinity ClientIP",
    ),
    (
        "two-families",
        {"service": {"serviceSpec": {"ipFamilies": ["IPv4", "IPv6"]}}},
        "two families, which need ipFamilyPolicy",
    ),
    ("memory-in-m", {"service": {"resources": {"requests": {"memory": "512m"}}}}, "thousandths of a byte"),
    (
        "slow-scrape",
        {"metrics": {"serviceMonitor": {"enabled": True, "interval": "1m", "scrapeTimeout": "61s"}}},
        "is greater than metrics.serviceMonitor.interval",
    ),
    (
        "endpoint-of-the-chart",
        {"metrics": {"serviceMonitor": {"enabled": True, "endpoint": {"interval": "5s"}}}},
        "endpoint sets interval, which the chart sets itself (metrics.serviceMonitor.interval)",
    ),
    (
        "job-without-hook",
        {"migrations": {"hookAnnotations": {"helm.sh/hook": None}}},
        "migrations.hookAnnotations has no hook",
    ),
    (
        "bucket-of-one-program",
        {
            "snapshot": {"storage": "object", "object": {"url": "s3://a"}},
            "service": {"extraEnv": [{"name": "AWS_ENDPOINT_URL", "value": "http://minio:9000"}]},
        },
        "service.extraEnv sets an endpoint of object storage, but indexer.extraEnv is empty",
    ),
    ("test-without-hook", {"smokeTest": {"hookAnnotations": None}}, "smokeTest.hookAnnotations has no hook"),
    (
        "everything-a-hook",
        {"commonAnnotations": {"helm.sh/hook": "pre-install"}},
        "would make every object a hook",
    ),
    (
        "everything-a-hook-of-argo",
        {"commonAnnotations": {"argocd.argoproj.io/hook": "Sync"}},
        "commonAnnotations sets argocd.argoproj.io/hook, which would make every object a hook",
    ),
    (
        "budget-rounded-up",
        {"podDisruptionBudget": {"minAvailable": "67%"}, "autoscaling": {"minReplicas": 3}},
        "minAvailable (67% of 3 pods) leaves no pod to evict",
    ),
    ("whole-budget", {"podDisruptionBudget": {"minAvailable": "100%"}}, "leaves no pod to evict"),
    (
        "high-budget",
        {"podDisruptionBudget": {"minAvailable": 2}},
        "minAvailable (2 of 2 pods) leaves no pod to evict",
    ),
]


@cases(EXTENSIONS)
def test_impossible_extensions_are_rejected_with_a_message(
    each_helm: Helm, values: dict[str, Any], named: str
) -> None:
    with pytest.raises(Refused) as refusal:
        each_helm.template(CI["default"], overrides=values)
    assert named in str(refusal.value).partition("These values cannot work")[2]


INVALID: list[tuple[str, dict[str, Any], str]] = [
    (
        "value-twice",
        {
            "service": {
                "extraEnv": [{"name": "A", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "a"}}}]
            }
        },
        "/service/extraEnv/0",
    ),
    (
        "key-missing",
        {"service": {"extraEnv": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a"}}}]}},
        "/service/extraEnv/0/valueFrom/secretKeyRef",
    ),
    (
        "two-sources-of-variables",
        {"jobs": {"extraEnvFrom": [{"secretRef": {"name": "a"}, "configMapRef": {"name": "b"}}]}},
        "/jobs/extraEnvFrom/0",
    ),
    (
        "secret-by-name",
        {"indexer": {"extraVolumes": [{"name": "v", "secret": {"name": "a"}}]}},
        "/indexer/extraVolumes/0/secret",
    ),
    (
        "two-sources-of-a-volume",
        {"service": {"extraVolumes": [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/a"}}]}},
        "/service/extraVolumes/0",
    ),
    (
        "toleration-value",
        {"jobs": {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]}},
        "/jobs/tolerations",
    ),
    ("toleration-of-nothing", {"jobs": {"tolerations": [{"value": "b"}]}}, "/jobs/tolerations/0"),
    (
        "tag-in-repository",
        {"service": {"image": {"repository": "shop/service:1.2"}}},
        "/service/image/repository",
    ),
    (
        "long-window",
        {"autoscaling": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}}},
        "/autoscaling/behavior/scaleDown/stabilizationWindowSeconds",
    ),
    (
        "metric-of-nothing",
        {"autoscaling": {"extraMetrics": [{"type": "Resource"}]}},
        "/autoscaling/extraMetrics/0",
    ),
    (
        "port-in-capitals",
        {"service": {"extraPorts": [{"name": "HTTPS", "port": 443}]}},
        "/service/extraPorts/0/name",
    ),
    (
        "four-nameservers",
        {"jobs": {"dnsConfig": {"nameservers": ["1.1.1.1"] * 4}}},
        "/jobs/dnsConfig/nameservers",
    ),
    ("annotation-with-space", {"service": {"podAnnotations": {"a b": "c"}}}, "a b"),
    ("label-with-space", {"service": {"serviceLabels": {"a": "b c"}}}, "/service/serviceLabels/a"),
]


@cases(INVALID)
def test_extensions_of_invalid_form_are_rejected(each_helm: Helm, values: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused) as refusal:
        each_helm.template(CI["default"], overrides=values)
    message = str(refusal.value)
    assert named in message or named.strip("/").replace("/", ".") in message

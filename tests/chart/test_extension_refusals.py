"""Extensions that the API server would reject are rejected before anything reaches the cluster."""

from typing import Any

import pytest

from tests.chart.rendering import CI, Helm, Refused
from tests.chart.test_refusals import cases

EXTENSIONS: list[tuple[str, dict[str, Any], str]] = [
    (
        "volume-twice",
        {"service": {"extraVolumes": [{"name": "a", "emptyDir": {}}] * 2}},
        "service.extraVolumes lists a twice",
    ),
    (
        "mount-of-nothing",
        {"jobs": {"extraVolumeMounts": [{"name": "a", "mountPath": "/a"}]}},
        "jobs.extraVolumeMounts mounts a, which jobs.extraVolumes does not list",
    ),
    (
        "mount-over-own",
        {"indexer": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/tmp"}]}},
        "indexer.extraVolumeMounts mounts /tmp, which is mounted already",
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
    ("whole-budget", {"podDisruptionBudget": {"minAvailable": "100%"}}, "leaves no pod to evict"),
    ("high-budget", {"podDisruptionBudget": {"minAvailable": 2}}, "minAvailable (2) leaves no pod to evict"),
]


@cases(EXTENSIONS)
def test_impossible_extensions_are_rejected_with_a_message(
    each_helm: Helm, values: dict[str, Any], named: str
) -> None:
    with pytest.raises(Refused) as refusal:
        each_helm.template(CI["default"], overrides=values)
    assert named in str(refusal.value).partition("These values cannot work")[2]


@pytest.mark.parametrize(
    "values",
    [
        {"service": {"extraVolumeMounts": [{"name": "temporary", "mountPath": "/var/cache"}]}},
        {"service": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.10"]}}},
        {"service": {"type": "NodePort", "nodePort": 30080}},
        {"podDisruptionBudget": {"minAvailable": 1}},
        {
            "podDisruptionBudget": {"minAvailable": 9},
            "service": {"replicas": None},
            "autoscaling": {"enabled": False},
        },
        {"images": {"registry": "10.0.0.5:5000/mirror/shop"}},
    ],
)
def test_possible_extensions_are_accepted(helm: Helm, values: dict[str, Any]) -> None:
    assert helm.template(CI["default"], overrides=values)

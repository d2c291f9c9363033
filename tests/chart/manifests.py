"""Queries on rendered resources."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chart.rendering import Resource

Selector = dict[str, str]


@dataclass(frozen=True)
class Workload:
    """A resource that creates pods, with their labels and specification."""

    resource: Resource
    labels: Selector
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        """Kind and name."""
        return f"{self.resource['kind']}/{self.resource['metadata']['name']}"

    @property
    def component(self) -> str:
        """Component of the application that its pods run."""
        return self.labels["app.kubernetes.io/component"]

    @property
    def containers(self) -> list[dict[str, Any]]:
        """All containers, init containers first."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def of_kind(resources: Sequence[Resource], *kinds: str) -> list[Resource]:
    """The resources of these kinds."""
    return [resource for resource in resources if resource["kind"] in kinds]


def only(resources: Sequence[Resource], kind: str, name: str | None = None) -> Resource:
    """The only resource of a kind and name."""
    found = [one for one in of_kind(resources, kind) if name is None or one["metadata"]["name"] == name]
    assert len(found) == 1, f"{kind} {name or ''}: {[one['metadata']['name'] for one in found]}"
    return found[0]


def uses_bucket(resources: Sequence[Resource]) -> bool:
    """True if service and indexer have the same bucket for snapshots."""
    settings = [one["data"] for one in of_kind(resources, "ConfigMap")]
    urls = [value for data in settings for name, value in data.items() if name.endswith("_SNAPSHOT_URL")]
    return len(urls) == 2 and len(set(urls)) == 1


def workloads(resources: Sequence[Resource]) -> Iterator[Workload]:
    """All resources that create pods."""
    for resource in resources:
        match resource["kind"]:
            case "Pod":
                yield Workload(resource, resource["metadata"]["labels"], resource["spec"])
            case "Deployment" | "StatefulSet" | "Job":
                yield _workload(resource, resource["spec"]["template"])
            case "CronJob":
                yield _workload(resource, resource["spec"]["jobTemplate"]["spec"]["template"])


def _workload(resource: Resource, template: dict[str, Any]) -> Workload:
    return Workload(resource, template["metadata"]["labels"], template["spec"])


def selects(selector: Selector, labels: Selector) -> bool:
    """True if the labels match the selector."""
    return selector.items() <= labels.items()


def is_hook(resource: Resource) -> bool:
    """True if the resource is a Helm hook."""
    return "helm.sh/hook" in resource["metadata"].get("annotations", {})


def names(resources: Sequence[Resource], kind: str) -> set[str]:
    """Names of the resources of a kind."""
    return {resource["metadata"]["name"] for resource in of_kind(resources, kind)}

"""Autoscaling, disruption budgets, spreading and rollouts are consistent."""

import pytest

from tests.chart.conftest import Rendered
from tests.chart.manifests import of_kind, only, selects, workloads
from tests.chart.rendering import CI, Helm, Resource


def test_autoscaler_target_exists(resources: list[Resource]) -> None:
    for autoscaler in of_kind(resources, "HorizontalPodAutoscaler"):
        target = autoscaler["spec"]["scaleTargetRef"]
        found = only(resources, target["kind"], target["name"])
        assert found["apiVersion"] == target["apiVersion"]
        # The autoscaler's metric is a share of the request of this container. Sidecars may have none.
        measured = autoscaler["spec"]["metrics"][0]["containerResource"]
        for container in found["spec"]["template"]["spec"]["containers"]:
            if container["name"] == measured["container"]:
                assert measured["name"] in container["resources"]["requests"]
                break
        else:
            pytest.fail("the autoscaler measures no container")


def test_replicas_are_set_only_without_an_autoscaler(resources: list[Resource]) -> None:
    deployment = only(resources, "Deployment")
    scaled = of_kind(resources, "HorizontalPodAutoscaler", "ScaledObject")
    assert bool(scaled) != ("replicas" in deployment["spec"])


def test_autoscaler_maximum_exceeds_its_minimum(resources: list[Resource]) -> None:
    for autoscaler in of_kind(resources, "HorizontalPodAutoscaler"):
        assert 1 < autoscaler["spec"]["minReplicas"] < autoscaler["spec"]["maxReplicas"]


def test_second_metric_is_disabled_by_default(rendered: Rendered) -> None:
    metrics = {
        name: only(rendered(name), "HorizontalPodAutoscaler")["spec"]["metrics"]
        for name in ("default", "gateway-api")
    }
    assert [one["type"] for one in metrics["default"]] == ["ContainerResource"]
    assert metrics["gateway-api"][1] == {
        "type": "Pods",
        "pods": {
            "metric": {"name": "requests_in_flight"},
            "target": {"type": "AverageValue", "averageValue": "8"},
        },
    }


def test_cpu_can_be_left_to_another_autoscaler(helm: Helm) -> None:
    scaling = {"cpuPercent": None, "inFlight": {"enabled": True}}
    values = {"autoscaling": scaling, "service": {"resources": {"requests": {"cpu": None}}}}
    scaler = only(helm.template(CI["default"], overrides=values), "HorizontalPodAutoscaler")
    assert [one["type"] for one in scaler["spec"]["metrics"]] == ["Pods"]


def test_autoscaler_scales_up_faster_than_down(rendered: Rendered) -> None:
    behavior = only(rendered("default"), "HorizontalPodAutoscaler")["spec"]["behavior"]
    up, down = behavior["scaleUp"], behavior["scaleDown"]
    assert up["stabilizationWindowSeconds"] == 0 < down["stabilizationWindowSeconds"]
    assert max(one["value"] / one["periodSeconds"] for one in up["policies"]) > max(
        one["value"] / one["periodSeconds"] for one in down["policies"]
    )


def test_scaling_resources_exist_unless_disabled(rendered: Rendered) -> None:
    for name in CI:
        kinds = [one["kind"] for one in rendered(name)]
        for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            absent = name == "minimal" or (name, kind) == ("keda", "HorizontalPodAutoscaler")
            assert kinds.count(kind) == (not absent), (name, kind)


def test_disruption_budget_selects_the_pods_and_is_satisfiable(resources: list[Resource]) -> None:
    pods = [one for one in workloads(resources) if one.component == "service"]
    for budget in of_kind(resources, "PodDisruptionBudget"):
        chosen = [
            one
            for one in workloads(resources)
            if selects(budget["spec"]["selector"]["matchLabels"], one.labels)
        ]
        assert chosen == pods
        assert budget["spec"].get("maxUnavailable") not in (0, "0%")
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow", "no drain waits for a sick pod"
        assert ("minAvailable" in budget["spec"]) != ("maxUnavailable" in budget["spec"])


def test_selectors_match_pods_and_do_not_change(resources: list[Resource], helm: Helm) -> None:
    deployment = only(resources, "Deployment")
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert [one.component for one in workloads(resources) if selects(selector, one.labels)] == ["service"]
    assert set(selector) == {f"app.kubernetes.io/{name}" for name in ("name", "instance", "component")}
    for constraint in deployment["spec"]["template"]["spec"].get("topologySpreadConstraints", []):
        assert constraint["labelSelector"]["matchLabels"] == selector


def test_pods_spread_over_zones_and_nodes(rendered: Rendered) -> None:
    found = {
        name: only(rendered(name), "Deployment")["spec"]["template"]["spec"]["topologySpreadConstraints"]
        for name in ("default", "restricted")
    }
    assert [one["topologyKey"] for one in found["default"]] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    assert {one["whenUnsatisfiable"] for one in found["default"]} == {"ScheduleAnyway"}
    assert {one["whenUnsatisfiable"] for one in found["restricted"]} == {"DoNotSchedule"}
    # Otherwise a cordoned node counts as empty, and the next pod waits for it.
    assert {one["nodeTaintsPolicy"] for constraints in found.values() for one in constraints} == {"Honor"}


def test_rollout_keeps_all_pods_available(resources: list[Resource]) -> None:
    strategy = only(resources, "Deployment")["spec"]["strategy"]
    assert strategy["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize(("drain", "shutdown"), [(5, 20), (30, 60)])
def test_terminating_pods_have_time_to_drain(helm: Helm, drain: int, shutdown: int) -> None:
    values = {"service": {"drainSeconds": drain, "shutdownSeconds": shutdown}}
    resources = helm.template(CI["default"], overrides=values)
    spec = only(resources, "Deployment")["spec"]["template"]["spec"]
    assert spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", str(drain)]
    settings = only(resources, "ConfigMap", "shop-recommender-service")["data"]
    assert settings["SERVICE_SHUTDOWN_SECONDS"] == str(shutdown)
    assert spec["terminationGracePeriodSeconds"] > drain + shutdown


@pytest.mark.parametrize(
    ("override", "rolls"),
    [
        ({"service": {"settings": {"SERVICE_PROFILE_FRESH_SECONDS": 30}}}, True),
        ({"redis": {"url": "redis://other:6379/0"}}, True),
        ({"metrics": {"serviceMonitor": {"enabled": True}}}, False),
        ({"indexer": {"settings": {"INDEXER_RANK": 128}}}, False),
    ],
)
def test_pods_are_replaced_when_their_settings_change(
    helm: Helm, rendered: Rendered, override: dict[str, object], rolls: bool
) -> None:
    before = only(rendered("default"), "Deployment")["spec"]["template"]
    after = only(helm.template(CI["default"], overrides=override), "Deployment")["spec"]["template"]
    assert (before != after) is rolls

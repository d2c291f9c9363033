"""`k8s/` and `skaffold.yaml` name existing things and fit the chart."""

import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from demo.issuer.guard import check_local_stack
from demo.issuer.settings import IssuerSettings
from loadtests.stages import SHAPES, length
from tests.chart.manifests import names, of_kind, only, selects, workloads
from tests.chart.rendering import ROOT, Helm, Resource
from tests.chart.resources.test_pods import restricted_findings
from tests.chart.resources.test_references import secret_keys
from tests.chart.resources.test_rendering import CUSTOM, NEWEST, OLDEST
from tests.chart.tools import Tools

K8S = ROOT / "k8s"
OVERLAYS = ("dev", "loadtest", "production")


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request: pytest.FixtureRequest, tools: Tools) -> list[Resource]:
    return kustomized(tools, request.param)


@pytest.fixture(scope="module")
def development(tools: Tools, helm: Helm) -> tuple[list[Resource], list[Resource]]:
    """The development stack, and the chart with its values."""
    return kustomized(tools, "dev"), helm.template(K8S / "dev" / "values.yaml")


@pytest.fixture(scope="module")
def skaffold() -> dict[str, Any]:
    """Configurations by name, the last one with its profile applied."""
    found = {one["metadata"]["name"]: one for one in yaml.safe_load_all((ROOT / "skaffold.yaml").read_text())}
    assert list(found) == ["stack", "chart", "loadtest"]
    return found | {"profile": found["loadtest"]["profiles"][0]}


def kustomized(tools: Tools, name: str) -> list[Resource]:
    """An overlay as `kubectl kustomize` renders it."""
    done = subprocess.run(
        [str(tools.kubectl), "kustomize", str(K8S / name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_overlays_are_valid(overlay: list[Resource], kubernetes_validate: ModuleType, version: str) -> None:
    assert overlay
    for resource in overlay:
        kubernetes_validate.validate(resource, version, strict=True)


def test_overlays_pass_pod_security_restricted(overlay: list[Resource]) -> None:
    for workload in workloads(overlay):
        assert not restricted_findings(workload), workload.name
        assert workload.spec["automountServiceAccountToken"] is False


def test_probes_of_overlays_tolerate_a_busy_node(overlay: list[Resource]) -> None:
    for workload in workloads(overlay):
        for container in workload.spec["containers"]:
            # Otherwise a slow start would be restarted forever.
            assert ("livenessProbe" in container) <= ("startupProbe" in container), workload.name
            probes = [container[name] for name in container if name.endswith("Probe")]
            started = [one for one in probes if "exec" in one]
            assert all(one.get("timeoutSeconds", 1) >= 5 for one in started), workload.name


@pytest.mark.parametrize("name", ["dev", "production"])
def test_overlay_values_render_the_chart(helm: Helm, kubernetes_validate: ModuleType, name: str) -> None:
    for resource in helm.template(K8S / name / "values.yaml"):
        if resource["kind"] not in CUSTOM:
            kubernetes_validate.validate(resource, NEWEST, strict=True)


def test_development_stack_has_every_secret(
    development: tuple[list[Resource], list[Resource]], tools: Tools
) -> None:
    stack, chart = development
    known = {(one["metadata"]["name"], key) for one in of_kind(stack, "Secret") for key in one["data"]}
    for workload in workloads([*stack, *chart, *kustomized(tools, "loadtest")]):
        assert secret_keys(workload) <= known, workload.name


def test_chart_reaches_the_development_stack(development: tuple[list[Resource], list[Resource]]) -> None:
    stack, chart = development
    ports = {
        (one["metadata"]["name"], port["port"])
        for one in of_kind(stack, "Service")
        for port in one["spec"]["ports"]
    }
    assert {("postgres", 5432), ("redis", 6379), ("catalog", 8100), ("issuer", 8200)} == ports
    policy = only(chart, "NetworkPolicy", "shop-recommender-service")["spec"]["egress"]
    assert {port["port"] for rule in policy for port in rule["ports"]} == {53, *(port for _, port in ports)}
    for service in of_kind(stack, "Service"):
        for port in service["spec"]["ports"]:
            behind = [
                one for one in workloads(stack) if service["spec"]["selector"].items() <= one.labels.items()
            ]
            containers = {
                found["name"]: found["containerPort"]
                for one in behind
                for found in one.spec["containers"][0]["ports"]
            }
            assert containers[port["targetPort"]] == port["port"], "policies see the pods' ports"


def test_demo_issuer_starts_only_in_the_development_stack(
    development: tuple[list[Resource], list[Resource]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, chart = development
    issuer = next(one for one in workloads(stack) if one.labels.get("app") == "issuer")
    for variable in issuer.spec["containers"][0]["env"]:
        monkeypatch.setenv(variable["name"], variable.get("value", "for-development-only"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    settings = IssuerSettings()
    check_local_stack(settings)
    assert settings.issuer == "http://issuer:8200"
    assert (
        f'"issuer":"{settings.issuer}"'
        in only(chart, "ConfigMap", "shop-recommender-service")["data"]["SERVICE_ISSUERS"]
    )
    production = (K8S / "production").glob("*.yaml")
    assert not [path for path in production if "ISSUER_LOCAL_STACK" in path.read_text()]


def test_code_is_synced_to_a_copy_in_development_only(
    development: tuple[list[Resource], list[Resource]], helm: Helm, skaffold: dict[str, Any]
) -> None:
    pod = only(development[1], "Deployment")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["workingDir"] == "/code"
    assert {"name": "code", "mountPath": "/code"} in container["volumeMounts"]
    assert pod["initContainers"][0]["command"] == ["cp", "-r", "/app/.", "/code"]
    synced = next(
        one for one in skaffold["chart"]["build"]["artifacts"] if one["image"] == "recommender-service"
    )
    for rule in synced["sync"]["manual"]:
        assert rule["dest"] == container["workingDir"]
        assert list(ROOT.glob(rule["src"]))
    production = only(helm.template(K8S / "production" / "values.yaml"), "Deployment")
    assert "initContainers" not in production["spec"]["template"]["spec"]
    assert "workingDir" not in production["spec"]["template"]["spec"]["containers"][0]


def test_files_named_by_skaffold_exist(skaffold: dict[str, Any], tools: Tools) -> None:
    stack, chart = skaffold["stack"], skaffold["chart"]
    assert chart["requires"] == [{"configs": [stack["metadata"]["name"]]}]
    release = chart["deploy"]["helm"]["releases"][0]
    paths = [release["chartPath"], *release["valuesFiles"], *stack["manifests"]["kustomize"]["paths"]]
    paths += skaffold["profile"]["manifests"]["kustomize"]["paths"]
    assert all((ROOT / path).exists() for path in paths)
    overlays = [*kustomized(tools, "dev"), *kustomized(tools, "loadtest")]
    services = names(overlays, "Service") | {"recommender"}
    forwarded = [*stack["portForward"], *chart["portForward"]]
    assert {one["resourceName"] for one in forwarded} <= services


def test_skaffold_builds_every_used_image(skaffold: dict[str, Any], tools: Tools) -> None:
    stack, chart = skaffold["stack"], skaffold["chart"]
    artifacts = [*stack["build"]["artifacts"], *chart["build"]["artifacts"]]
    artifacts += skaffold["profile"]["build"]["artifacts"]
    built = {one["image"] for one in artifacts}
    overlays = [*kustomized(tools, "dev"), *kustomized(tools, "loadtest")]
    used = {one["image"] for workload in workloads(overlays) for one in workload.containers}
    release = chart["deploy"]["helm"]["releases"][0]
    templates = set(release["setValueTemplates"].values())
    for image in {"recommender-service", "recommender-indexer"}:
        assert f"{{{{.IMAGE_REPO_{image.replace('-', '_')}}}}}" in templates
    assert {image for image in used if image.startswith("recommender-")} | {
        "recommender-service",
        "recommender-indexer",
    } == built
    pinned = {image for image in used if not image.startswith("recommender-")}
    assert all(image.partition(":")[2][:1].isdigit() for image in pinned)


def test_skaffold_targets_exist_in_the_dockerfile(skaffold: dict[str, Any]) -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    added = skaffold["profile"]["build"]["artifacts"]
    for artifact in [
        *skaffold["stack"]["build"]["artifacts"],
        *skaffold["chart"]["build"]["artifacts"],
        *added,
    ]:
        assert artifact["image"] == f"recommender-{artifact['docker']['target']}"
        assert artifact["docker"]["target"] in targets


def test_load_test_starts_after_the_chart_and_only_on_request(
    skaffold: dict[str, Any],
) -> None:
    loadtest = skaffold["loadtest"]
    assert loadtest["requires"] == [{"configs": ["chart"]}]
    assert skaffold["profile"]["name"] == "loadtest"
    assert not {"build", "manifests", "deploy"} & loadtest.keys()


def test_load_test_is_one_job_with_its_exit_code(tools: Tools) -> None:
    resources = kustomized(tools, "loadtest")
    master, workers = (only(resources, "Job", f"locust-{role}")["spec"] for role in ("master", "workers"))
    assert not of_kind(resources, "Deployment"), "which would begin anew when the run ends"
    for job in (master, workers):
        pod = job["template"]["spec"]
        assert (job["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
        assert job["activeDeadlineSeconds"] > max(map(length, SHAPES.values())) + 600
    told = master["template"]["spec"]["containers"][0]["args"]
    assert f"--expect-workers={workers['parallelism']}" in told
    assert workers["completions"] == workers["parallelism"]
    assert {"--master", "--headless"} <= set(told)
    service = only(resources, "Service", "locust")["spec"]
    assert service["selector"].items() <= master["template"]["metadata"]["labels"].items()
    assert "--master-host=locust" in workers["template"]["spec"]["containers"][0]["args"]


def test_load_tests_get_their_settings(tools: Tools) -> None:
    known = set(re.findall(r"LOADTEST_[A-Z_]+", (ROOT / "loadtests/settings.py").read_text()))
    resources = kustomized(tools, "loadtest")
    data = only(resources, "ConfigMap")["data"]
    given = set(data)
    for workload in workloads(resources):
        given |= {variable["name"] for variable in workload.containers[0]["env"]}
    assert {"LOADTEST_TOKEN_URL", "LOADTEST_CLIENT_SECRET", "LOCUST_HOST", "LOCUST_LOCUSTFILE"} <= given
    assert {name for name in given if name.startswith("LOADTEST_")} <= known
    assert (ROOT / data["LOCUST_LOCUSTFILE"].removeprefix("/app/")).is_file()


def test_load_tests_reach_only_their_targets(tools: Tools, helm: Helm) -> None:
    policy = only(kustomized(tools, "loadtest"), "NetworkPolicy")["spec"]
    chosen = [rule["to"][0]["podSelector"]["matchLabels"] for rule in policy["egress"][1:]]
    dev = helm.template(K8S / "dev/values.yaml", release="recommender")
    pods = [
        one.labels for one in workloads([*dev, *kustomized(tools, "dev"), *kustomized(tools, "loadtest")])
    ]
    found = [[labels for labels in pods if selects(selector, labels)] for selector in chosen]
    assert [len(one) for one in found] == [1, 1, 1]
    assert found[0][0]["app.kubernetes.io/component"] == "service"
    assert found[1][0]["app"] == "issuer"
    assert found[2][0]["role"] == "master"
    assert all("ports" in rule for rule in policy["egress"])


def test_own_images_need_no_registry(tools: Tools) -> None:
    """`kind load docker-image` suffices. Without a tag, Kubernetes would always pull."""
    for overlay in ("dev", "loadtest"):
        for workload in workloads(kustomized(tools, overlay)):
            for container in workload.containers:
                if container["image"].startswith("recommender-"):
                    assert container["imagePullPolicy"] == "IfNotPresent", workload.name


def test_kind_cluster_has_one_node() -> None:
    cluster = yaml.safe_load(Path(K8S / "kind.yaml").read_text())
    assert (cluster["kind"], len(cluster["nodes"])) == ("Cluster", 1)

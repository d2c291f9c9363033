"""Probes, Pod Security and jobs of the rendered pods."""

import pytest

import indexer.__main__
import service.__main__
from command_line.exit_codes import ExitCode
from service.routes.health import health_routes, live_probe, ready_probe
from tests.chart.conftest import Rendered
from tests.chart.manifests import Workload, of_kind, only, uses_bucket, workloads
from tests.chart.rendering import CI, ROOT, Helm, Resource

USER = 10001


def restricted_findings(workload: Workload) -> list[str]:
    """Violations of Pod Security "restricted" and of a read-only root."""
    pod = workload.spec.get("securityContext", {})
    findings = [name for name in ("hostNetwork", "hostPID", "hostIPC") if workload.spec.get(name)]
    allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
    findings += [
        one["name"] for one in workload.spec.get("volumes", []) if not (set(one) - {"name"}) <= allowed
    ]
    for container in workload.containers:
        own = {**pod, **container.get("securityContext", {})}  # a container's word counts for itself
        if own.get("runAsNonRoot") is not True or own.get("runAsUser") == 0:
            findings.append(f"{container['name']}: runAsNonRoot")
        if own.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            findings.append(f"{container['name']}: seccompProfile")
        if own.get("allowPrivilegeEscalation") is not False:
            findings.append(f"{container['name']}: allowPrivilegeEscalation")
        if own.get("capabilities") != {"drop": ["ALL"]}:
            findings.append(f"{container['name']}: capabilities")
        if own.get("readOnlyRootFilesystem") is not True or own.get("privileged"):
            findings.append(f"{container['name']}: root filesystem")
        if any("hostPort" in port for port in container.get("ports", [])):
            findings.append(f"{container['name']}: hostPort")
    return findings


def test_all_pods_pass_pod_security_restricted(resources: list[Resource]) -> None:
    found = {workload.name: restricted_findings(workload) for workload in workloads(resources)}
    assert found
    assert not {name: findings for name, findings in found.items() if findings}


def test_unrestricted_pod_is_reported() -> None:
    container = {"name": "a", "securityContext": {"privileged": True}, "ports": [{"hostPort": 1}]}
    spec = {"containers": [container], "hostNetwork": True, "volumes": [{"name": "b", "hostPath": {}}]}
    assert len(restricted_findings(Workload({}, {}, spec))) == 8


@pytest.mark.parametrize(
    "loose", [{"runAsUser": 0}, {"runAsNonRoot": False}, {"seccompProfile": {"type": "Unconfined"}}]
)
def test_unrestricted_container_is_reported(rendered: Rendered, loose: dict[str, object]) -> None:
    workload = next(workloads(rendered("default")))
    first, *others = workload.containers
    wrong = {**first, "securityContext": {**first["securityContext"], **loose}}
    spec = {**workload.spec, "containers": [wrong, *others]}
    assert len(restricted_findings(Workload(workload.resource, workload.labels, spec))) == 1


def test_user_ids_can_be_left_to_the_cluster(helm: Helm) -> None:
    values = {"podSecurity": {"runAsUser": None, "runAsGroup": None, "fsGroup": None}}
    for workload in workloads(helm.template(CI["default"], overrides=values)):
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & set(workload.spec["securityContext"])


def test_user_ids_are_numbers(resources: list[Resource]) -> None:
    for workload in workloads(resources):
        context = workload.spec["securityContext"]
        assert {context["runAsUser"], context["runAsGroup"], context["fsGroup"]} == {USER}


def test_service_links_are_disabled(resources: list[Resource]) -> None:
    """A Service called `service` would set SERVICE_PORT and the like."""
    assert all(workload.spec["enableServiceLinks"] is False for workload in workloads(resources))


def test_every_container_has_requests_and_limits(resources: list[Resource]) -> None:
    for workload in workloads(resources):
        for container in workload.containers:
            wanted = container["resources"]
            assert {"cpu", "memory"} <= set(wanted["requests"])
            assert "memory" in wanted["limits"]
            assert "cpu" not in wanted["limits"]


def test_probes_use_distinct_paths_of_the_application(resources: list[Resource]) -> None:
    container = only(resources, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    probes = {name: container[f"{name}Probe"] for name in ("startup", "readiness", "liveness")}
    ports = {port["name"] for port in container["ports"]}
    assert {one["httpGet"]["port"] for one in probes.values()} <= ports
    assert {one["httpGet"]["path"] for one in probes.values()} <= _paths_of_the_service()
    # An outage of the database or catalog must not restart pods, so only readiness checks dependencies.
    assert probes["liveness"]["httpGet"]["path"] == probes["startup"]["httpGet"]["path"] == "/health/live"
    assert probes["readiness"]["httpGet"]["path"] == "/health/ready"
    patience = {name: one["periodSeconds"] * one["failureThreshold"] for name, one in probes.items()}
    assert patience["readiness"] < patience["liveness"]


def test_startup_probe_allows_the_configured_time(helm: Helm) -> None:
    values = {"service": {"probes": {"startupSeconds": 91}}}
    deployment = only(helm.template(CI["default"], overrides=values), "Deployment")
    probe = deployment["spec"]["template"]["spec"]["containers"][0]["startupProbe"]
    assert 91 <= probe["periodSeconds"] * probe["failureThreshold"] < 100


def _paths_of_the_service() -> set[str]:
    return {health_routes.path + path for handler in (live_probe, ready_probe) for path in handler.paths}


def test_only_the_indexer_writes_shared_snapshots(resources: list[Resource]) -> None:
    local = not of_kind(resources, "PersistentVolumeClaim") and uses_bucket(resources)
    for workload in workloads(resources):
        for container in workload.containers:
            for mount in container.get("volumeMounts", []):
                if mount["name"] == "snapshots":
                    assert mount.get("readOnly", False) is (workload.component != "indexer" and not local)
                if mount["name"] in ("signing-keys", "script"):
                    assert mount["readOnly"] is True


def test_commands_exist(rendered: Rendered, capsys: pytest.CaptureFixture[str]) -> None:
    programs = {"recommender-service": service.__main__.main, "recommender-indexer": indexer.__main__.main}
    containers = [one for workload in workloads(rendered("default")) for one in workload.containers]
    commands = {(one["image"].partition(":")[0], *one["args"]) for one in containers if "args" in one}
    assert len(commands) == 7
    for image, *arguments in commands:
        with pytest.raises(SystemExit) as ended:
            programs[image]([*arguments, "--help"])
        assert ended.value.code == 0, arguments
    assert "usage" in capsys.readouterr().out


def test_retention_gets_the_configured_days(helm: Helm) -> None:
    resources = helm.template(CI["default"], overrides={"retention": {"days": 30}})
    retention = next(one for one in workloads(resources) if one.component == "retention")
    assert retention.containers[0]["args"] == ["retain", "--days", "30"]


def test_builds_do_not_overlap_and_have_a_deadline(resources: list[Resource]) -> None:
    for scheduled in of_kind(resources, "CronJob"):
        assert scheduled["spec"]["concurrencyPolicy"] == "Forbid"
        assert scheduled["spec"]["startingDeadlineSeconds"] >= 10
        assert scheduled["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] > 0
    for job in of_kind(resources, "Job"):
        assert job["spec"]["activeDeadlineSeconds"] > 0


def test_refused_build_is_not_retried(rendered: Rendered) -> None:
    job = only(rendered("default"), "CronJob", "shop-recommender-indexer")["spec"]["jobTemplate"]["spec"]
    rule = job["podFailurePolicy"]["rules"][0]
    final = [ExitCode.WRONG_USAGE, ExitCode.NOT_PUBLISHED]
    assert rule["onExitCodes"] == {"containerName": "build", "operator": "In", "values": final}
    assert rule["action"] == "FailJob"
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_old_snapshots_are_pruned_after_a_published_build(rendered: Rendered) -> None:
    pod = only(rendered("default"), "CronJob", "shop-recommender-indexer")["spec"]["jobTemplate"]["spec"]
    spec = pod["template"]["spec"]
    assert [one["args"] for one in spec["initContainers"]] == [["build"]]
    assert [one["args"] for one in spec["containers"]] == [["prune"]]


def test_refreshes_run_between_builds(helm: Helm, rendered: Rendered) -> None:
    name = "shop-recommender-refresh"
    for case in ("default", "sharded-indexing"):
        spec = only(rendered(case), "CronJob", name)["spec"]
        assert (spec["schedule"], spec["concurrencyPolicy"]) == ("*/15 * * * *", "Forbid")
        (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["refresh"]
        variables = {one["name"]: one.get("value") for one in container["env"]}
        assert variables["INDEXER_SHARDS"] == "1"
        assert "INDEXER_RUN" not in variables
    off = helm.template(CI["default"], overrides={"indexer": {"refresh": {"enabled": False}}})
    assert name not in {one["metadata"]["name"] for one in off if one["kind"] == "CronJob"}


def test_migrations_run_first(rendered: Rendered) -> None:
    job = only(rendered("default"), "Job", "shop-recommender-migrations")
    annotations = job["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    assert "before-hook-creation" in annotations["helm.sh/hook-delete-policy"]


def test_volume_claim_survives_the_release(rendered: Rendered, helm: Helm) -> None:
    claim = only(rendered("default"), "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    values = {"snapshot": {"persistence": {"keep": False}}}
    unclassed = {"snapshot": {"persistence": {"storageClassName": "-", "spec": {"volumeName": "a"}}}}
    claim = only(helm.template(CI["default"], overrides=unclassed), "PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == "", "otherwise the cluster adds its default class"
    unkept = only(helm.template(CI["default"], overrides=values), "PersistentVolumeClaim")
    assert "annotations" not in unkept["metadata"]
    assert not of_kind(rendered("existing-secrets"), "PersistentVolumeClaim")


def test_chart_version_equals_application_version() -> None:
    chart = (ROOT / "charts/recommender/Chart.yaml").read_text()
    version = (ROOT / "pyproject.toml").read_text().partition('\nversion = "')[2].partition('"')[0]
    assert f"appVersion: {version}\n" in chart


def test_local_disks_of_object_storage_may_have_a_class(helm: Helm) -> None:
    values = {
        "snapshot": {"object": {"storageClassName": "fast"}},
        "commonLabels": {"team": "search"},
        "commonAnnotations": {"cost": "17"},
    }
    found = list(workloads(helm.template(CI["object-storage"], overrides=values)))
    sizes = {}
    for workload in found:
        for volume in workload.spec["volumes"]:
            if volume["name"] == "snapshots":
                template = volume["ephemeral"]["volumeClaimTemplate"]
                assert template["metadata"]["labels"]["team"] == "search"
                assert template["metadata"]["annotations"] == {"cost": "17"}
                claim = template["spec"]
                assert (claim["accessModes"], claim["storageClassName"]) == (["ReadWriteOnce"], "fast")
                sizes[workload.component] = claim["resources"]["requests"]["storage"]
    assert sizes == {"service": "4Gi", "indexer": "8Gi"}


@pytest.mark.parametrize(("name", "said"), [("single-node", True), ("object-storage", False)])
def test_notes_warn_of_one_node_only_with_a_volume(helm: Helm, name: str, said: bool) -> None:
    mode = {"snapshot": {"persistence": {"accessMode": "ReadWriteOnce"}}}
    assert ("run on one node" in helm.notes(CI[name], overrides=mode)) == said


def test_notes_tell_that_a_paused_service_has_no_pod(helm: Helm) -> None:
    values = {"service": {"replicas": 0}, "autoscaling": {"enabled": False}}
    notes = helm.notes(CI["default"], overrides=values)
    assert ("No pod answers" in notes, "503" in notes) == (True, False)


def test_notes_name_the_namespaces_of_objects_and_of_the_release(helm: Helm) -> None:
    notes = helm.notes(CI["other-namespace"], overrides={})
    assert "http://shop-recommender.shop-search.svc:8000/v1" in notes
    assert notes.count("--namespace shop-search ") == 4
    # Helm looks for the log of a test in the namespace of the release.
    assert "helm test shop --namespace recommendations\n  kubectl --namespace shop-search logs" in notes


def test_object_storage_needs_no_claim(rendered: Rendered) -> None:
    resources = rendered("object-storage")
    assert not [one for one in resources if one["kind"] == "PersistentVolumeClaim"]
    for workload in workloads(resources):
        volumes = {volume["name"]: volume for volume in workload.spec.get("volumes", [])}
        if "snapshots" not in volumes:
            continue
        size = "4Gi" if workload.component == "service" else "8Gi"
        assert volumes["snapshots"] == {"name": "snapshots", "emptyDir": {"sizeLimit": size}}
        for container in workload.containers:
            (mount,) = [one for one in container["volumeMounts"] if one["name"] == "snapshots"]
            assert not mount.get("readOnly", False)
    for name in ("service", "indexer"):
        settings = only(resources, "ConfigMap", f"shop-recommender-{name}")["data"]
        assert settings[f"{name.upper()}_SNAPSHOT_URL"] == "s3://shop-recommender/production"
        ports = [
            port["port"]
            for rule in only(resources, "NetworkPolicy", f"shop-recommender-{name}")["spec"]["egress"]
            for port in rule["ports"]
            if "to" not in rule
        ]
        assert 443 in ports
    assert (
        int(only(resources, "ConfigMap", "shop-recommender-service")["data"]["SERVICE_SNAPSHOT_LOCAL_BYTES"])
        < 4 << 30
    )

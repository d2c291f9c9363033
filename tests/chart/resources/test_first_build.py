"""No release fails with its first build.

| tool | waits for | fails on |
| --- | --- | --- |
| Helm 3 `--wait` | hooks, Deployments, bound claims | a failed hook, a Deployment that is not available in time |
| Helm 4 `--wait` | hooks, and every object by kstatus | also a Job or Pod that failed |
| Flux helm-controller | as Helm, and by default all Jobs to complete | also a Job that runs longer than its timeout |
| Argo CD | hooks (PreSync), and every object by its health | a failed Job, since 3.2 also of a CronJob |
"""

from typing import Any

import pytest

from tests.chart.conftest import Rendered
from tests.chart.manifests import is_hook, of_kind, only
from tests.chart.rendering import CI, NAMESPACE, Helm, Refused, Resource

IGNORED = "argocd.argoproj.io/ignore-healthcheck"


def can_fail(resources: list[Resource]) -> list[Resource]:
    """Objects that a tool waits for and that may fail, besides hooks."""
    return [one for one in of_kind(resources, "Job", "Pod") if not is_hook(one)] + [
        one
        for one in of_kind(resources, "CronJob")
        if one["metadata"].get("annotations", {}).get(IGNORED) != "true"
    ]


def test_no_object_of_the_release_can_fail(resources: list[Resource]) -> None:
    assert [one["metadata"]["name"] for one in can_fail(resources)] == []


def test_objects_that_can_fail_are_reported(rendered: Rendered) -> None:
    job = only(rendered("default"), "Job")
    plain = {**job, "metadata": {"name": "first", "annotations": {}}}
    cron = {"kind": "CronJob", "metadata": {"name": "nightly"}}
    assert can_fail([plain, cron, job]) == [plain, cron]


def test_hooks_need_nothing_that_a_build_makes(resources: list[Resource]) -> None:
    for hook in filter(is_hook, resources):
        events = hook["metadata"]["annotations"]["helm.sh/hook"]
        assert events in ("pre-install,pre-upgrade", "test"), (
            "post hooks run after --wait, and fail a release"
        )
        assert "persistentVolumeClaim" not in str(hook)


def test_deployment_is_available_without_a_snapshot(helm: Helm) -> None:
    for ready in (True, False):
        resources = helm.template(CI["default"], overrides={"service": {"readyWithoutSnapshot": ready}})
        settings = only(resources, "ConfigMap", "shop-recommender-service")["data"]
        assert settings["SERVICE_READY_WITHOUT_SNAPSHOT"] == str(ready).lower()


def test_first_build_is_the_scheduled_one_if_needed(rendered: Rendered) -> None:
    first, scheduled = (
        only(rendered("default"), "CronJob", f"shop-recommender-{name}")["spec"]["jobTemplate"]["spec"]
        for name in ("first-build", "indexer")
    )
    pod, template = first["template"]["spec"], scheduled["template"]["spec"]
    (build,), (original,) = pod["initContainers"], template["initContainers"]
    assert build["args"] == ["build", "--if-needed"]
    assert build["resources"] == {**original["resources"], "requests": {"cpu": "100m", "memory": "512Mi"}}
    assert {**build, "args": original["args"], "resources": original["resources"]} == original
    assert {**pod, "initContainers": []} == {**template, "initContainers": []}
    assert {**first, "backoffLimit": 2, "template": 0} == {**scheduled, "template": 0}


@pytest.mark.parametrize(
    ("values", "said", "unsaid"),
    [
        ({}, "The first build starts by itself (*/10 * * * *)", "not ready before"),
        ({"indexer": {"firstRun": False}}, "No build starts by itself before 17 3 * * *", "The first build"),
        ({"indexer": {"suspend": True}}, "No build starts by itself", "The first build"),
        ({"service": {"readyWithoutSnapshot": False}}, "and pods are not ready before", "No build starts"),
    ],
)
def test_notes_tell_how_the_first_snapshot_is_made(
    helm: Helm, values: dict[str, Any], said: str, unsaid: str
) -> None:
    notes = helm.notes(CI["default"], overrides=values)
    assert said in notes
    assert unsaid not in notes
    create = "create job --from=cronjob/shop-recommender-indexer shop-recommender-indexer-"
    assert f"\nTo build now:\n\n  kubectl --namespace {NAMESPACE} {create}" in notes, "on lines of their own"


def test_hooks_have_the_annotations_of_the_values(helm: Helm) -> None:
    argo = {"argocd.argoproj.io/hook": "PreSync", "helm.sh/hook": None, "helm.sh/hook-delete-policy": None}
    resources = helm.template(CI["default"], overrides={"migrations": {"hookAnnotations": argo}})
    made = [one for one in resources if one["metadata"]["name"] == "shop-recommender-migrations"]
    assert {one["kind"] for one in made} == {"Job", "NetworkPolicy", "Secret", "ServiceAccount"}
    for one in made:
        weight = "0" if one["kind"] == "Job" else "-10"
        assert one["metadata"]["annotations"] == {
            "argocd.argoproj.io/hook": "PreSync",
            "helm.sh/hook-weight": weight,
        }


@pytest.mark.parametrize(("name", "used"), [("", "default"), ("existing", "existing")])
def test_jobs_may_use_an_existing_account(helm: Helm, name: str, used: str) -> None:
    values = {"jobs": {"serviceAccount": {"create": False, "name": name}}}
    resources = helm.template(CI["default"], overrides=values)
    found = {one["metadata"]["name"] for one in of_kind(resources, "ServiceAccount")}
    assert found == {"shop-recommender-service", "shop-recommender-indexer"}
    job = only(resources, "Job")["spec"]["template"]["spec"]
    retention = only(resources, "CronJob", "shop-recommender-retention")["spec"]["jobTemplate"]["spec"]
    assert (job["serviceAccountName"], retention["template"]["spec"]["serviceAccountName"]) == (used, used)


def test_accounts_of_jobs_have_annotations(helm: Helm) -> None:
    values: dict[str, Any] = {"jobs": {"serviceAccount": {"annotations": {"a": "b"}}}}
    resources = helm.template(CI["default"], overrides=values)
    for name in ("migrations", "retention"):
        account = only(resources, "ServiceAccount", f"shop-recommender-{name}")
        assert account["metadata"]["annotations"]["a"] == "b"
    values["jobs"]["serviceAccount"]["name"] = "existing"
    with pytest.raises(Refused, match=r"jobs\.serviceAccount\.name \(existing\) needs"):
        helm.template(CI["default"], overrides=values)

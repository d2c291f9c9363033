"""Parts of `make test-cluster` that need no cluster."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.chart.manifests import names, only
from tests.chart.rendering import ROOT, Helm
from tests.chart.resources.test_rendering import NEWEST, OLDEST
from tests.chart.tools import Tools

CLUSTER = ROOT / "tests/cluster"
RUN = CLUSTER / "run.sh"
VALUES = ["--values", str(ROOT / "k8s/dev/values.yaml"), "--values", str(CLUSTER / "values.yaml")]
INSTALLED = ["recommender", str(ROOT / "charts/recommender"), "--namespace", "recommender-dev", *VALUES]
KINDS = {"cronjob": "CronJob", "deployment": "Deployment"}
SCRIPTS = [RUN, ROOT / ".ci/run", ROOT / "requirements/lock.sh", ROOT / "requirements/sbom.sh"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_shell_scripts_have_no_faults(tools: Tools, script: Path) -> None:
    done = subprocess.run(
        [str(tools.shellcheck), str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_missing_programs_are_named(tmp_path: Path) -> None:
    for name in ("bash", "env", "dirname", "paste", "sed", "docker", "kubectl"):
        (tmp_path / name).symlink_to(shutil.which(name) or "/bin/true")
    variables = os.environ | {"PATH": str(tmp_path)}
    done = subprocess.run([str(RUN)], env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: make test-cluster needs helm, kind or k3d, which is not installed here."
    )


def test_existing_cluster_needs_no_docker(tmp_path: Path) -> None:
    for name in ("bash", "env", "dirname", "paste", "sed"):
        (tmp_path / name).symlink_to(shutil.which(name) or "/bin/true")
    variables = os.environ | {"PATH": str(tmp_path), "CLUSTER": "existing"}
    done = subprocess.run([str(RUN)], env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: make test-cluster needs kubectl, helm, which is not installed here."
    )


def test_existing_namespace_is_not_deleted(tmp_path: Path) -> None:
    """A kubectl that finds every namespace notes its calls."""
    calls = tmp_path / "calls"
    for name, script in (("kubectl", f'echo "$@" >> {calls}'), ("helm", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    variables = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CLUSTER": "existing"}
    done = subprocess.run([str(RUN)], env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "error: the cluster has a namespace recommender-dev" in done.stderr
    assert calls.read_text() == "get namespace recommender-dev\n"


def test_values_and_storage_are_valid(helm: Helm, older_helm: Helm, kubernetes_validate: ModuleType) -> None:
    resources, older = (
        [one for one in yaml.safe_load_all(each.run("template", *INSTALLED)) if one]
        for each in (helm, older_helm)
    )
    assert sorted(older, key=str) == sorted(resources, key=str)
    assert "replicas" not in only(resources, "Deployment", "recommender")["spec"]
    stored = list(yaml.safe_load_all((CLUSTER / "seaweedfs.yaml").read_text()))
    for resource in [*resources, *stored]:
        for version in (OLDEST, NEWEST):
            assert kubernetes_validate.validate(resource, version, strict=True) == version


def test_chart_accepts_every_value_of_the_run(helm: Helm) -> None:
    values = sorted(set(re.findall(r"--set (\S+)", RUN.read_text())))
    assert len(values) > 4
    for value in values:
        helm.run("template", *INSTALLED, "--set", value)


def test_run_names_installed_resources(helm: Helm) -> None:
    resources = [one for one in yaml.safe_load_all(helm.run("template", *INSTALLED)) if one]
    named = set(re.findall(r'"(cronjob|deployment)/\$RELEASE([\w-]*)"', RUN.read_text()))
    assert {kind for kind, _ in named} == set(KINDS)
    for kind, suffix in named:
        assert f"recommender{suffix}" in names(resources, KINDS[kind])

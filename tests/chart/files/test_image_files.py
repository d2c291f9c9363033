"""hadolint, Compose and promtool check the files of images and stack.

None of them needs a Docker engine.
"""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.monitoring.metrics import promtool
from tests.chart.rendering import CHART, ROOT
from tests.chart.tools import Tools

ONCE = {"key", "load", "migrate", "indexer"}
"""Services that end."""
SECRETS = {
    "postgresql://recommender:": {"service", "migrate"},
    "postgresql://catalog:": {"catalog", "load"},
    "POSTGRES_PASSWORD": {"postgres"},
    "/var/lib/recommender/keys": {"key", "indexer", "service"},
    "/var/lib/recommender/issuer": {"issuer", "locust"},
}
"""What is not for everyone, and whom it is for."""

Services = dict[str, dict[str, Any]]


def run(*command: str, **given: str) -> "subprocess.CompletedProcess[str]":
    """Runs a tool and returns its output."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **given}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_hadolint_passes(tools: Tools) -> None:
    done = run(str(tools.hadolint), "--failure-threshold", "warning", "--no-color", "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_hadolint_reports_faults(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN cd /tmp && sudo ls\n")
    done = run(str(tools.hadolint), "--failure-threshold", "warning", str(tmp_path / "Dockerfile"))
    assert done.returncode == 1


@pytest.fixture(scope="module")
def services(tools: Tools) -> Services:
    """The services of the stack, all profiles, as Compose reads them."""
    return configured(tools)


def configured(tools: Tools, **given: str) -> Services:
    """The same with a user's variables."""
    command = [
        str(tools.compose),
        "--file",
        "docker-compose.yml",
        "--profile",
        "*",
        "config",
        "--format",
        "json",
    ]
    done = run(*command, **given)
    assert done.returncode == 0, done.stderr
    found: Services = json.loads(done.stdout)["services"]
    return found


@pytest.mark.parametrize("profile", ["", "observability", "loadtest", "*"])
def test_compose_accepts_its_file(tools: Tools, profile: str) -> None:
    done = run(str(tools.compose), "--file", "docker-compose.yml", "--profile", profile, "config", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")


def test_every_image_is_pinned(services: Services) -> None:
    for name, service in services.items():
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", service["image"]), name


def test_every_service_is_locked_down(services: Services) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["pids_limit"] > 0, name
        assert "cap_add" not in service
        assert "privileged" not in service


def test_servers_restart_within_limits_and_jobs_do_not(services: Services) -> None:
    for name, service in services.items():
        assert (service.get("restart") == "unless-stopped") == (name not in {*ONCE, "locust"}), name
        if name not in ONCE:
            assert int(service["mem_limit"]) > 0, name


def test_services_wait_for_healthy_dependencies(services: Services) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            well = "service_completed_successfully" if needed in ONCE else "service_healthy"
            assert how["condition"] == well, f"{name} waits for {needed}"


def test_secrets_reach_only_their_services(services: Services) -> None:
    for secret, owners in SECRETS.items():
        assert {name for name, service in services.items() if secret in json.dumps(service)} == owners, secret
    for name in ("indexer", "service"):
        keys = next(one for one in services[name]["volumes"] if one["target"].endswith("/keys"))
        assert keys["read_only"], name


def test_ports_are_on_loopback_and_can_be_changed(tools: Tools) -> None:
    variables = {"ingress": "INGRESS_PORT", "issuer": "ISSUER_PORT", "locust": "LOCUST_PORT"}
    variables |= {"prometheus": "PROMETHEUS_PORT", "grafana": "GRAFANA_PORT"}
    moved = {variable: str(20_000 + n) for n, variable in enumerate(variables.values())}
    services = configured(tools, **moved)
    published = {name: one["ports"] for name, one in services.items() if "ports" in one}
    assert published.keys() == variables.keys()
    for name, ports in published.items():
        assert [(one["host_ip"], one["published"]) for one in ports] == [
            ("127.0.0.1", moved[variables[name]])
        ]


def test_users_files_are_mounted_from_the_working_folder(tools: Tools) -> None:
    mounted = configured(tools, PURCHASES="mine.csv")["load"]["volumes"]
    sources = {one["target"]: one["source"] for one in mounted if one["type"] == "bind"}
    assert sources["/input/purchases"] == str(ROOT / "mine.csv")
    assert sources["/input/products"] == "/dev/null"
    assert all(one["read_only"] for one in mounted if one["type"] == "bind")


def test_versions_and_defaults_agree(services: Services) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    defaults = dict(re.findall(r"^ARG ([A-Z_]+)=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert defaults["VERSION"] == version
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == version
    built = [service for service in services.values() if "build" in service]
    assert {service["build"]["target"] for service in built} == {
        "service",
        "indexer",
        "catalog",
        "development",
        "loadtests",
    }
    for service in built:
        assert service["image"] == f"recommender-{service['build']['target']}:{version}"
        assert service["build"]["args"]["BASE_IMAGE"] == defaults["BASE_IMAGE"]


def test_prometheus_accepts_its_configuration(tools: Tools) -> None:
    promtool(tools, "check", "config", str(ROOT / "docker/prometheus/prometheus.yml"))


def test_grafana_reaches_prometheus(services: Services) -> None:
    scraped = yaml.safe_load((ROOT / "docker/prometheus/prometheus.yml").read_text())["scrape_configs"]
    service, builds = scraped
    (source,) = service["dns_sd_configs"]
    assert source["names"] == ["service"]
    assert str(source["port"]) == services["service"]["environment"]["SERVICE_MANAGEMENT_PORT"]
    collector = yaml.safe_load((ROOT / "docker/collector/collector.yaml").read_text())
    port = collector["exporters"]["prometheus"]["endpoint"].rpartition(":")[2]
    assert builds["static_configs"] == [{"targets": [f"collector:{port}"]}]
    source = yaml.safe_load((ROOT / "docker/grafana/datasources/prometheus.yaml").read_text())["datasources"][
        0
    ]
    assert source["url"] == "http://prometheus:9090"
    folder = yaml.safe_load((ROOT / "docker/grafana/dashboards/recommender.yaml").read_text())["providers"][0]
    mounts = {one["target"]: one["source"] for one in services["grafana"]["volumes"]}
    assert mounts[folder["options"]["path"]] == str(CHART / "dashboards")
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (CHART / "dashboards" / Path(home).name).is_file()


@pytest.mark.parametrize("text", ["services: {a: {imge: b}}", "services: {a: {image: b, depends_on: [c]}}"])
def test_compose_reports_faults(tools: Tools, tmp_path: Path, text: str) -> None:
    (tmp_path / "docker-compose.yml").write_text(text)
    assert run(
        str(tools.compose), "--file", str(tmp_path / "docker-compose.yml"), "config", "--quiet"
    ).returncode

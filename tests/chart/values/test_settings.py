"""The chart sets only existing settings, and the programs start with them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from charts.generate import MANAGED_BY_VALUES
from indexer.settings import IndexerSettings
from service.settings import ServiceSettings
from tests.chart.conftest import Rendered
from tests.chart.manifests import Workload, names, only, workloads
from tests.chart.rendering import Resource

CLASSES: dict[str, type[BaseSettings]] = {"SERVICE": ServiceSettings, "INDEXER": IndexerSettings}
PLACES = {
    "SERVICE_SNAPSHOT_ROOT": "snapshots",
    "INDEXER_SNAPSHOT_ROOT": "snapshots",
    "INDEXER_EMBEDDING_CACHE": "snapshots",
    "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": "signing-keys",
    "INDEXER_SNAPSHOT_SIGNING_KEY_FILE": "signing-keys",
}
"""Settings that are paths, with their volumes."""
OTHER_VARIABLES = {
    "HF_HUB_OFFLINE",
    "HOME",
    "OPENBLAS_NUM_THREADS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
}
BUCKET_VARIABLES = {"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


BY_KUBERNETES = {
    "metadata.annotations['batch.kubernetes.io/job-completion-index']": "1",
    "metadata.labels['batch.kubernetes.io/controller-uid']": "3f0f9f4e-4f0b-4c3e-8d56-1d6a2f5a7c11",
}
"""Example of a label that Kubernetes adds to the pods of a Job."""


def program(workload: Workload) -> dict[str, Any]:
    """The container of the program, or the first of them."""
    return next(one for one in workload.containers if "/recommender-" in f"/{one['image']}")


def variables(resources: list[Resource], workload: Workload) -> dict[str, str]:
    """Variables of the program's container, with example values for references."""
    container = program(workload)
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        name = source.get("configMapRef", {}).get("name")
        if name in names(resources, "ConfigMap"):
            found |= only(resources, "ConfigMap", name)["data"]
    for variable in container.get("env", []):
        found[variable["name"]] = variable["value"] if "value" in variable else example(variable["valueFrom"])
    return found


DATABASE = "postgresql://user@host/database"


def example(source: Mapping[str, dict[str, str]]) -> str:
    """Example value of a referenced source."""
    (kind,) = source
    if kind == "fieldRef":
        return BY_KUBERNETES[source[kind]["fieldPath"]]
    return (
        "redis://host"
        if source[kind].get("key") == "redis-url" or "redis" in source[kind]["name"]
        else DATABASE
    )


def test_every_variable_is_a_setting(resources: list[Resource]) -> None:
    known = {f"{prefix}_{name.upper()}" for prefix, cls in CLASSES.items() for name in cls.model_fields}
    for workload in workloads(resources):
        given = set(variables(resources, workload)) - OTHER_VARIABLES - BUCKET_VARIABLES
        assert {name for name in given if not name.startswith("SMOKE_")} <= known, workload.name


def test_programs_accept_their_settings(
    resources: list[Resource], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for workload in workloads(resources):
        if workload.component in ("service", "indexer"):
            with monkeypatch.context() as environment:
                for name, value in variables(resources, workload).items():
                    environment.setenv(name, value)
                CLASSES[workload.component.upper()]()


def test_ports_and_paths_match_the_pod(resources: list[Resource]) -> None:
    for workload in workloads(resources):
        if workload.component.upper() not in CLASSES:
            continue
        given, container = variables(resources, workload), program(workload)
        ports = {port["name"]: str(port["containerPort"]) for port in container.get("ports", [])}
        settings = {"http": "SERVICE_LISTEN_PORT", "metrics": "SERVICE_MANAGEMENT_PORT"}
        assert ports == {name: given[setting] for name, setting in settings.items() if setting in given}
        mounts = {mount["name"]: Path(mount["mountPath"]) for mount in container["volumeMounts"]}
        for setting, mount in PLACES.items():
            places = given.get(setting, "[]")
            for place in json.loads(places) if places.startswith("[") else [places]:
                assert Path(place).is_relative_to(mounts[mount]), setting


def test_managed_settings_cannot_be_overridden() -> None:
    schema = json.loads(
        (Path(__file__).resolve().parents[3] / "charts/recommender/values.schema.json").read_text()
    )
    for prefix, cls in CLASSES.items():
        names = {f"{prefix}_{name.upper()}" for name in cls.model_fields}
        free = set(schema["definitions"][f"{prefix.lower()}Settings"]["properties"])
        assert MANAGED_BY_VALUES[prefix] < names, "a setting is gone"
        assert free == names - MANAGED_BY_VALUES[prefix]


def test_every_managed_setting_is_set(rendered: Rendered) -> None:
    set_somewhere: set[str] = set()
    for name in (
        "default",
        "existing-secrets",
        "gateway-api",
        "sharded-indexing",
        "object-storage",
        "console",
    ):
        for workload in workloads(rendered(name)):
            set_somewhere |= variables(rendered(name), workload).keys()
    of_no_use_in_a_pod = {"INDEXER_METRICS_HOST", "INDEXER_METRICS_PORT", "INDEXER_RECIPE_FILE"}
    assert set.union(*MANAGED_BY_VALUES.values()) - of_no_use_in_a_pod <= set_somewhere


def test_service_gets_issuers_in_its_own_format(rendered: Rendered) -> None:
    data = only(rendered("gateway-api"), "ConfigMap", "shop-recommender-service")["data"]
    issuers = json.loads(data["SERVICE_ISSUERS"])
    assert issuers[0] == {"issuer": "https://id.shop.example", "jwks_url": "https://id.shop.example/jwks"}
    assert issuers[1]["client_id_claims"] == ["azp"]
    assert issuers[1]["required_claims"] == {"typ": "Bearer"}


def test_signing_keys_are_shared_and_rotate(rendered: Rendered) -> None:
    resources = rendered("existing-secrets")
    service = only(resources, "ConfigMap", "shop-recommender-service")["data"]
    indexer = only(resources, "ConfigMap", "shop-recommender-indexer")["data"]
    keys = json.loads(service["SERVICE_SNAPSHOT_SIGNING_KEY_FILES"])
    assert keys == [f"/etc/recommender/signing-keys/{name}" for name in ("2026-11", "2026-05")]
    assert indexer["INDEXER_SNAPSHOT_SIGNING_KEY_FILE"] == keys[0]
    for workload in workloads(resources):
        for volume in workload.spec["volumes"]:
            if volume["name"] == "signing-keys":
                assert [item["path"] for item in volume["secret"]["items"]] == ["2026-11", "2026-05"]
    assert service["SERVICE_SNAPSHOT_ROOT"] == indexer["INDEXER_SNAPSHOT_ROOT"]


def test_settings_keep_their_types(rendered: Rendered) -> None:
    restricted = only(rendered("restricted"), "ConfigMap", "shop-recommender-service")["data"]
    assert restricted["SERVICE_PROFILE_FRESH_SECONDS"] == "30"
    existing = only(rendered("existing-secrets"), "ConfigMap", "shop-recommender-indexer")["data"]
    assert existing["INDEXER_BROWSING_WEIGHT"] == "0.2"

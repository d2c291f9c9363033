"""Text stays text if it looks like a number, boolean or null in YAML."""

from types import ModuleType
from typing import Any

import pytest

from tests.chart.manifests import of_kind, only
from tests.chart.rendering import CHART, CI, Helm, Refused
from tests.chart.resources.test_rendering import CUSTOM, NEWEST

SECRET = {"name": "123", "key": "1e5"}
NUMBERS: dict[str, Any] = {
    "database": {"url": "", "existingSecret": SECRET},
    "redis": {"url": "", "existingSecret": SECRET},
    "catalog": {"tokenUrl": "https://id.example/token", "clientId": "12", "existingSecret": SECRET},
    "snapshot": {
        "signingKey": {"value": "", "existingSecret": {"name": "1e3", "keys": ["20261101", "2026_11"]}},
        "persistence": {"storageClassName": "12", "size": "1"},
    },
    "images": {"pullSecrets": ["123"]},
    "service": {
        "image": {"repository": "7", "tag": "8"},
        "serviceAccount": {"name": "1"},
        "priorityClassName": "2",
        "podLabels": {"a": "true"},
        "podAnnotations": {"a": "null"},
    },
    "indexer": {"image": {"repository": "7"}, "serviceAccount": {"name": "2"}, "temporarySize": "1000000"},
    "ingress": {"enabled": True, "className": "3", "hosts": ["1.2"], "tls": [{"secretName": "4"}]},
    "smokeTest": {"tokenUrl": "https://id.example/token", "clientId": "1", "existingSecret": SECRET},
    "tracing": {"otlpEndpoint": "http://1:2"},
}


@pytest.mark.parametrize("release", ["123", "true", "null", "1e5", "0x1f", "no"])
def test_names_that_look_like_other_types_stay_text(
    helm: Helm, kubernetes_validate: ModuleType, release: str
) -> None:
    for fullname in ("", release) if release[0].isalpha() else (f"r{release}",):
        values = {**NUMBERS, "fullnameOverride": fullname}
        for resource in helm.template(CI["default"], overrides=values, release=release, namespace="2026"):
            metadata = resource["metadata"]
            assert isinstance(metadata["name"], str)
            assert metadata["namespace"] == "2026"
            assert metadata["labels"]["app.kubernetes.io/instance"] == release
            assert all(isinstance(text, str) for text in metadata.get("annotations", {}).values())
            if resource["kind"] not in CUSTOM:
                kubernetes_validate.validate(resource, NEWEST, strict=True)


@pytest.mark.parametrize("release", ["123", "shop.v2"])
def test_release_that_cannot_name_a_service_is_rejected(each_helm: Helm, release: str) -> None:
    with pytest.raises(Refused, match=rf"- {release}-recommender, from the names of release and chart"):
        each_helm.template(CI["default"], release=release)
    assert each_helm.template(CI["default"], release=release, overrides={"fullnameOverride": "shop"})


def test_existing_names_are_used_unchanged(helm: Helm) -> None:
    resources = helm.template(CI["default"], overrides=NUMBERS)
    pod = only(resources, "Deployment")["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "123"}]
    assert pod["serviceAccountName"] == "1"
    keys = next(volume["secret"] for volume in pod["volumes"] if volume["name"] == "signing-keys")
    assert keys["secretName"] == "1e3"
    assert [item["key"] for item in keys["items"]] == ["20261101", "2026_11"]
    assert not of_kind(resources, "Secret")


def test_package_contains_the_readme(each_helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("package")
    each_helm.run("package", str(CHART), "--destination", str(folder))
    (package,) = folder.iterdir()
    assert each_helm.run("show", "readme", str(package)).strip() == (CHART / "README.md").read_text().strip()

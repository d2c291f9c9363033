"""Images are small, contain no build tools, and run unprivileged on a read-only root."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.containers.compose import ROOT, default_base
from tests.containers.conftest import BUILD_ARGUMENTS, TARGETS, say
from tests.containers.engine import CommandFailed, Tools

LARGEST = {"service": 400e6, "indexer": 1.8e9}
"""Unpacked sizes in bytes."""
MODULES = {
    "service": "service.asgi",
    "indexer": "indexer.build.pipeline",
    "catalog": "catalog.app",
    "development": "demo.issuer.app",
}
_LOCKED_DOWN = ["--rm", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]


def run(tools: Tools, target: str, *command: str) -> str:
    """Runs a program in a locked-down image without a network."""
    options = [*_LOCKED_DOWN, "--network=none", f"--entrypoint={command[0]}"]
    return tools.run(["docker", "run", *options, f"recommender-{target}:0.1.0", *command[1:]], 180)


def inspected(tools: Tools, target: str) -> dict[str, Any]:
    """The engine's description of an image."""
    found: list[dict[str, Any]] = json.loads(
        tools.run(["docker", "image", "inspect", f"recommender-{target}:0.1.0"], 30)
    )
    return found[0]


@pytest.mark.parametrize("target", LARGEST)
def test_images_are_small(built: Tools, target: str) -> None:
    size = inspected(built, target)["Size"]
    say(f"recommender-{target}: {size / 1e6:.0f} MB unpacked, at most {LARGEST[target] / 1e6:.0f}")
    assert size < LARGEST[target]


@pytest.mark.parametrize("target", TARGETS)
def test_images_run_as_a_numeric_user_without_build_tools(built: Tools, target: str) -> None:
    assert inspected(built, target)["Config"]["User"] == "10001:10001"
    assert run(built, target, "id", "-u").strip() == "10001"
    look = "import shutil; print([p for p in ('gcc', 'cc', 'g++', 'c++', 'as', 'ld') if shutil.which(p)])"
    assert run(built, target, "python", "-c", look).strip() == "[]"
    with pytest.raises(CommandFailed, match="No module named 'pip'"):
        run(built, target, "python", "-c", "import pip")
    # The base has a Python of its own.
    others = "find /opt /usr/local -name pip -o -name 'pip-*' -o -name 'pip3*' -o -name ensurepip"
    assert run(built, target, "sh", "-c", others) == ""


@pytest.mark.parametrize("target", TARGETS)
def test_only_mounts_are_writable(built: Tools, target: str) -> None:
    own = "import os, sys; print([p for p in sys.argv[1:] if os.access(p, os.W_OK)])"
    places = ("/", "/app", "/opt/venv", "/etc/passwd", "/var/lib/recommender", "/tmp")
    assert run(built, target, "python", "-c", own, *places).strip() == "['/tmp']"
    owned = (
        "find / -xdev -user 10001 -not -path '/var/lib/recommender*' -not -path '/tmp*' 2>/dev/null || true"
    )
    assert run(built, target, "sh", "-c", owned) == ""


@pytest.mark.parametrize("target", TARGETS)
def test_build_and_test_files_are_removed(built: Tools, target: str) -> None:
    look = "cd /opt/venv/lib && find . -name tests -o -name '*.pyi' -o -name '*.map' -o -name '*.pyx'"
    assert run(built, target, "sh", "-c", look) == ""
    has_setuptools = "import importlib.util as u; print(u.find_spec('setuptools') is not None)"
    # torch needs it.
    assert run(built, target, "python", "-c", has_setuptools).strip() == str(target == "indexer")


def test_stripped_package_works(built: Tools) -> None:
    """Litestar creates examples with Faker, of which few languages stay."""
    program = (
        "from faker import Faker; from litestar._openapi.schema_generation.examples import ExampleFactory;"
        "print(Faker().name(), Faker().sentence(), ExampleFactory.build())"
    )
    assert "Example(" in run(built, "service", "python", "-c", program)


@pytest.mark.parametrize("target", ["service", "indexer"])
def test_production_images_hold_neither_demo_nor_installer(built: Tools, target: str) -> None:
    folders = set(run(built, target, "ls", "/app").split())
    assert target in folders
    assert not folders & {"demo", "tools", "tests", "docker", "requirements"}
    look = "import importlib.util as u; print([name for name in ('demo', 'tools') if u.find_spec(name)])"
    assert run(built, target, "python", "-c", look).strip() == "[]"


@pytest.mark.parametrize(("target", "module"), MODULES.items())
def test_entry_modules_are_compiled(built: Tools, target: str, module: str) -> None:
    program = f"import {module} as m; print(m.__file__, m.__cached__)"
    file, compiled = run(built, target, "python", "-c", program).split()
    assert file.startswith("/app/")
    run(built, target, "python", "-c", f"import pathlib; assert pathlib.Path({compiled!r}).is_file()")


@pytest.mark.parametrize("target", ["service", "indexer", "catalog"])
def test_entry_point_runs_the_deployable(built: Tools, target: str) -> None:
    config = inspected(built, target)["Config"]
    assert config["Entrypoint"] == ["python", "-m", target]
    assert config["Cmd"] == ["build" if target == "indexer" else "serve"]


@pytest.mark.parametrize("target", TARGETS)
def test_images_have_labels_and_a_health_check(built: Tools, target: str) -> None:
    config = inspected(built, target)["Config"]
    labels = {
        name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert labels["version"] == project["version"]
    assert labels["licenses"] == project["license"]
    assert labels["title"] == f"recommender-{target}"
    for name in ("revision", "source", "created"):
        assert labels[name] == BUILD_ARGUMENTS[name.upper()]
    assert labels["base.name"] == default_base()
    assert labels["description"]
    assert config["Healthcheck"]["Test"][0] == ("NONE" if target in {"indexer", "loadtests"} else "CMD")


@pytest.mark.parametrize("target", TARGETS)
def test_history_contains_no_build_arguments(built: Tools, target: str) -> None:
    history = built.run(["docker", "history", "--no-trunc", f"recommender-{target}:0.1.0"], 30)
    assert "TORCH_WHEEL" not in history
    assert "127.0.0.1" not in history.replace("http://127.0.0.1:8200", "")


@pytest.mark.parametrize("target", TARGETS)
def test_bill_of_materials_lists_the_packages(built: Tools, target: str) -> None:
    bill = json.loads(run(built, target, "cat", "/opt/venv/sbom.cdx.json"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    places = {component["purl"] for component in bill["components"]}
    installed = "from importlib.metadata import distributions as d; print(*{x.metadata['Name'] for x in d()})"
    python = run(built, target, "python", "-c", installed).lower().replace("_", "-").split()
    assert {place.split("/")[1].split("@")[0] for place in places if place.startswith("pkg:pypi/")} >= {
        name.replace(".", "-") for name in python
    }
    version = run(built, target, "python", "-c", "import platform; print(platform.python_version())").strip()
    assert f"pkg:generic/python@{version}" in places
    assert any(place.startswith("pkg:deb/debian/libc6@") for place in places)
    assert not any(place.startswith("pkg:deb/debian/g%2B%2B") for place in places)


def test_service_contains_no_training_packages(built: Tools) -> None:
    bill = run(built, "service", "cat", "/opt/venv/sbom.cdx.json")
    assert "pkg:pypi/annoy@" in bill
    assert "pkg:pypi/torch@" not in bill


def test_annoy_uses_only_baseline_instructions(built: Tools) -> None:
    """An index that needs wider registers fails with SIGILL on older CPUs."""
    disassemble = "objdump -d /opt/venv/lib/python3*/site-packages/annoy/*.so"
    said = built.run(["docker", "run", "--rm", "--network=none", "builder", "sh", "-c", disassemble], 120)
    assert "%xmm" in said or "aarch64" in said
    assert "%ymm" not in said


def test_encoder_works_offline(built: Tools) -> None:
    program = (
        "from indexer.embedding.encoder import DEFAULT_MODEL, load_encoder;"
        "print(load_encoder(DEFAULT_MODEL).encode(['green tea', 'black tea']).shape)"
    )
    assert run(built, "indexer", "python", "-c", program).strip().endswith("(2, 384)")


def test_sample_is_written_to_its_mount(built: Tools) -> None:
    program = (
        "from pathlib import Path; from demo import complete_journey as sample;"
        "files = sample.prepare(sample.package_data(), Path('/tmp/sample'));"
        "assert all(file.stat().st_size > 100_000 for file in files)"
    )
    run(built, "development", "python", "-c", program)


def test_dockerfile_passes_lint(python_tools: Path, tools: Tools) -> None:
    tools.run([str(python_tools / "hadolint"), str(ROOT / "Dockerfile")], 60)

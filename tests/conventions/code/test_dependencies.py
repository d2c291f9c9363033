"""Imported packages are declared, locked with hashes and justified in the docs."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import grimp
import pytest

from tests.conventions.source_files import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OURS = (
    "service",
    "indexer",
    "adapters",
    "recommender",
    "catalog",
    "command_line",
    "demo",
    "purchase_files",
    "tools",
)
TRAINING = {"torch", "scipy", "scikit-learn", "sentence-transformers", "transformers", "pandas"}


def canonical(requirement: str) -> str:
    """Name of a requirement such as `SQLAlchemy[asyncio]>=2`, normalized as registries do."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def declared(extra: str) -> set[str]:
    """Names of the packages that an extra declares."""
    return {canonical(requirement) for requirement in PYPROJECT["project"]["optional-dependencies"][extra]}


def locked(deployable: str) -> set[str]:
    """Names of all packages in a deployable's lock file."""
    text = (ROOT / "requirements" / f"{deployable}.txt").read_text()
    return {canonical(line) for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)}


OPTIONAL = {"indexer": declared("baselines")}
"""Packages that a deployable uses only if they are installed."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        return grimp.build_graph(*OURS, include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("deployable", ["service", "indexer", "catalog", "demo"])
def test_imported_packages_are_declared(graph: grimp.ImportGraph, deployable: str) -> None:
    reached = graph.find_upstream_modules(deployable, as_package=True)
    external = {name for name in reached if "." not in name} - set(OURS) - set(sys.stdlib_module_names)
    owners = packages_distributions()
    known = declared(deployable) | OPTIONAL.get(deployable, set())
    undeclared = {
        module for module in external if not {canonical(owner) for owner in owners.get(module, [])} & known
    }
    assert undeclared == set()
    assert external


def test_service_contains_no_training_packages() -> None:
    packages = locked("service")
    assert "litestar" in packages
    assert TRAINING & packages == set()


@pytest.mark.parametrize("deployable", ["service", "indexer", "catalog", "demo", "dev", "loadtests", "audit"])
def test_lock_files_have_hashes_and_all_declared_packages(deployable: str) -> None:
    text = (ROOT / "requirements" / f"{deployable}.txt").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    pinned = [block for block in blocks if re.match(r"[A-Za-z0-9]", block)]
    assert [block for block in pinned if "==" not in block or "--hash=sha256:" not in block] == []
    assert declared(deployable) - locked(deployable) == set()


def test_build_tools_of_images_are_locked_with_hashes() -> None:
    build = (ROOT / "requirements" / "build.txt").read_text()
    blocks = re.split(r"\n(?=[a-z])", build.strip())
    assert [block.partition("==")[0] for block in blocks] == ["cython", "setuptools"]
    dev = (ROOT / "requirements" / "dev.txt").read_text()
    assert all("--hash=sha256:" in block and block in dev for block in blocks)
    dockerfile = (ROOT / "Dockerfile").read_text()
    installs = re.findall(r"pip install (.*?--requirement \S+)", dockerfile)
    assert len(installs) >= 7
    for options in installs:
        assert "--require-hashes --no-deps" in options
        assert "--no-build-isolation" in options or options.endswith((" pip.txt", " build.txt"))


@pytest.mark.parametrize("deployable", ["service", "indexer", "catalog", "demo", "dev"])
def test_torch_is_never_locked(deployable: str) -> None:
    """Torch comes from an index of CPU builds.

    A lock would add the GPU libraries.
    """
    assert "torch" not in locked(deployable)
    assert {name for name in locked(deployable) if name.startswith(("nvidia-", "triton"))} == set()


def test_every_direct_dependency_is_justified() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]
    justified = [canonical(row[0]) for row in rows[2:]]
    extras = PYPROJECT["project"]["optional-dependencies"]
    assert justified == sorted(set().union(*(declared(extra) for extra in extras)))
    assert all(len(row) == 3 and all(row) for row in rows)

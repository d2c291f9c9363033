"""Fixtures: the tools, and the chart rendered with each file of example values."""

import functools
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.chart.rendering import CI, Helm, Resource
from tests.chart.tools import Tools, provide
from tests.support.fetched_tools import ToolMissing

Rendered = Callable[[str], list[Resource]]


@pytest.fixture(scope="session")
def tools() -> Tools:
    try:
        return provide()
    except ToolMissing as error:
        pytest.fail(f"The chart cannot be tested here. {error}", pytrace=False)


@pytest.fixture(scope="session", params=["helm-4", "helm-3"])
def each_helm(request: pytest.FixtureRequest, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Each supported version of helm."""
    return Helm(tools.helm[request.param], tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def helm(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """The newest helm."""
    return Helm(tools.helm["helm-4"], tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def older_helm(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """The oldest helm."""
    return Helm(tools.helm["helm-3"], tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session", params=sorted(CI))
def resources(request: pytest.FixtureRequest, rendered: Rendered) -> list[Resource]:
    """The chart rendered with each file of example values."""
    return rendered(request.param)


@pytest.fixture(scope="session")
def rendered(helm: Helm) -> Rendered:
    """Renders the chart with a file of example values, by its name."""
    return functools.cache(lambda name: helm.template(CI[name]))


@pytest.fixture(scope="session")
def kubernetes_validate(tools: Tools) -> ModuleType:
    """The package `kubernetes_validate` with cached schemas."""
    sys.path.append(str(tools.packages))
    module = importlib.import_module("kubernetes_validate.utils")
    module.schema_contents = functools.cache(module.schema_contents)
    assert Path(str(module.__file__)).is_relative_to(tools.packages)
    return module

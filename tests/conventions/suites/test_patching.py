"""Tests use and replace public names only."""

import ast
from collections.abc import Iterator

from tests.conventions.source_files import dotted, faults, nodes_of, python_files, tree_of

ACCESSORS = {"setattr", "delattr", "getattr", "hasattr"}
PATCHERS = {"setattr", "delattr"}
MOCKS = {"patch", "patch.object"}
OWN = {"self", "cls"}
NAMED_TUPLE = {"_replace", "_asdict", "_fields", "_make"}
"""Public in spite of the underscore."""

EXAMPLES = {
    'monkeypatch.setattr(module, "_clock", clock)': "1: patches _clock",
    'monkeypatch.setattr("service.app._clock", clock)': "1: patches _clock",
    'monkeypatch.setattr(module, "LIMIT", 3)': "1: patches LIMIT",
    'monkeypatch.setattr("service.app.LIMIT", 3)': "1: patches LIMIT",
    'monkeypatch.delattr(module, "_clock")': "1: patches _clock",
    'setattr(module, "_clock", clock)': "1: patches _clock",
    'getattr(module, "_clock")': "1: patches _clock",
    'mock.patch("service.app._clock")': "1: patches _clock",
    'mock.patch.object(module, "_clock")': "1: patches _clock",
    'patch("service.app.LIMIT", 3)': "1: patches LIMIT",
    "service._clock = clock": "1: uses service._clock",
    "print(module.service._clock())": "1: uses module.service._clock",
    "from service.app import _clock": "1: imports _clock",
    "import httpx._types": "1: imports _types",
}


def is_private(name: str) -> bool:
    """True for a leading underscore, except in names such as `__init__`."""
    return name.startswith("_") and not name.endswith("__") and name not in NAMED_TUPLE


def patched(call: ast.Call) -> Iterator[str]:
    """Private names and constants that a call replaces or reads by name."""
    function = dotted(call.func)
    method = function.rpartition(".")[2]
    is_mock = any(function == mock or function.endswith(f".{mock}") for mock in MOCKS)
    if not (is_mock or method in ACCESSORS):
        return
    for argument in call.args[:2]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            *_, name = argument.value.split(".")
            if is_private(name) or (name.isupper() and (is_mock or method in PATCHERS)):
                yield f"{call.lineno}: patches {name}"


def patching_faults(tree: ast.AST) -> Iterator[str]:
    """Uses of private names and replaced constants, each as `line: fault`."""
    for node in nodes_of(tree):
        if isinstance(node, ast.Call):
            yield from patched(node)
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in OWN):
                yield f"{node.lineno}: uses {ast.unparse(node)}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names]
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names = (name for module in modules for name in module.split("."))
            yield from (f"{node.lineno}: imports {name}" for name in names if is_private(name))


def test_tests_use_public_names_only() -> None:
    paths = python_files(["tests"])
    assert faults(paths, lambda path: patching_faults(tree_of(path))) == []


def test_every_kind_of_fault_is_found() -> None:
    found = {example: list(patching_faults(ast.parse(example))) for example in EXAMPLES}
    assert found == {example: [fault] for example, fault in EXAMPLES.items()}


def test_public_names_are_accepted() -> None:
    accepted = 'self._clock = cls._clock\nkept._replace(a=1)\nmonkeypatch.setattr(Kind, "__call__", f)\n'
    assert list(patching_faults(ast.parse(f'{accepted}monkeypatch.setenv("LIMIT", "1")'))) == []

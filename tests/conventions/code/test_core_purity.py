"""The core uses no clock, no random numbers, no input and no output."""

import ast

from tests.conventions.source_files import faults, python_files

ALLOWED_IMPORTS = {
    "bisect", "collections", "contextlib", "dataclasses", "difflib", "enum", "functools", "heapq", "itertools", "json",
    "math", "numpy", "operator", "recommender", "typing", "unicodedata", "zlib",
}  # fmt: skip
FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"}
FORBIDDEN_NUMPY = {
    "random",
    "load",
    "save",
    "savez",
    "loadtxt",
    "savetxt",
    "fromfile",
    "tofile",
    "memmap",
    "dump",
}

IMPURE = (
    "import time",
    "import os.path",
    "from datetime import datetime",
    "import random",
    "import litestar",
    "def f():\n    import httpx",
    "import numpy.random",
    "from numpy import random",
    "from numpy.random import default_rng",
    "import numpy as np\nnp.random.default_rng()",
    "import numpy as np\nnp.load('x')",
    "open('x')",
    "print('x')",
)


def impurities(source: str) -> list[str]:
    """Forbidden imports and calls in a module of the core, with line numbers."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node, f"import {a.name}") for a in node.names if _root(a.name) not in ALLOWED_IMPORTS]
            found += [(node, f"import {a.name}") for a in node.names if a.name.startswith("numpy.random")]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = {f"{module}.{alias.name}" for alias in node.names}
            if _root(module) not in ALLOWED_IMPORTS or any(name.startswith("numpy.random") for name in names):
                found.append((node, f"from {module} import …"))
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_NUMPY:
            if isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy"):
                found.append((node, f"numpy.{node.attr}"))
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
        ):
            found.append((node, f"{node.func.id}()"))
    return [f"line {node.lineno}: {fault}" for node, fault in found]


def _root(module: str) -> str:
    return module.partition(".")[0]


def test_core_is_pure() -> None:
    core = python_files(["recommender"])
    assert core
    assert faults(core, lambda path: impurities(path.read_text())) == []


def test_impurities_are_found() -> None:
    assert [source for source in IMPURE if not impurities(source)] == []

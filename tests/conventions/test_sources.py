"""What is asked of every source file: size, names, docstrings, where settings and the environment are read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("adapters", "catalog", "demo", "indexer", "recommender", "service", "tools")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
AROUND = ("benchmarks", "charts", "docker", "docs", "loadtests", "requirements", "tests")
REST = [
    path
    for folder in AROUND
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "node_modules" not in path.parts
]

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
MAX_HANDLER_LINES = 25
BAD_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
COMPOSITION_ROOTS = {"app.py", "asgi.py", "wiring.py", "__main__.py", "settings.py"}
COMMANDS = ROOT / "indexer" / "commands"
DEPLOYABLES = ("service", "indexer", "catalog")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def every_file(function: object) -> object:
    """Runs a test once per source file."""
    return pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))(function)


def every_file_around_too(function: object) -> object:
    """Runs a test once per Python file of the repository."""
    paths = [*FILES, *REST]
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))(function)


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions and methods, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lines_of(node: Function) -> int:
    """Lines from `def` (or its first decorator) to the end."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return (node.end_lineno or node.lineno) - first + 1


def undocumented(tree: ast.Module) -> list[str]:
    """Public names without a docstring; the module itself counts."""
    missing = [] if ast.get_docstring(tree) else ["the module"]
    return missing + [name for name, node in _public(tree, "") if not ast.get_docstring(node)]


def _public(parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, Definition]]:
    for node in parent.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{node.name}.")


def imports(tree: ast.AST) -> set[str]:
    """Every module that is imported, and every name from one, with its dots."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reads_environment(tree: ast.AST) -> bool:
    """Whether `os.environ` or `os.getenv` is used."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return bool({"environ", "environb", "getenv"} & attributes or {"os.environ", "os.getenv"} & imports(tree))


@every_file_around_too
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_FILE_LINES


@every_file_around_too
def test_functions_are_short(path: Path) -> None:
    long = {node.name: lines_of(node) for node in functions(ast.parse(path.read_text()))}
    assert {name: lines for name, lines in long.items() if lines > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "service/routes").glob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_handlers_are_thin(path: Path) -> None:
    handlers = [node for node in functions(ast.parse(path.read_text())) if node.decorator_list]
    bodies = {node.name: (node.end_lineno or 0) - node.body[0].lineno + 1 for node in handlers}
    assert {name: lines for name, lines in bodies.items() if lines > MAX_HANDLER_LINES} == {}


@every_file
def test_everything_public_has_a_docstring(path: Path) -> None:
    assert undocumented(ast.parse(path.read_text())) == []


@every_file_around_too
def test_names_say_what_is_inside(path: Path) -> None:
    assert not BAD_NAMES & {path.stem, *path.relative_to(ROOT).parent.parts}


@every_file
def test_only_settings_read_the_environment(path: Path) -> None:
    # The demo starts programs, and hands them an environment.
    if path.relative_to(ROOT).parts[0] in ("demo", "tools") or path.name == "settings.py":
        return
    assert not reads_environment(ast.parse(path.read_text()))


@every_file
def test_only_composition_roots_import_settings(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    if package == "demo" or path.name in COMPOSITION_ROOTS or path.parent == COMMANDS:
        return
    settings = {f"{deployable}.settings" for deployable in DEPLOYABLES}
    assert not settings & imports(ast.parse(path.read_text()))


def test_all_packages_are_looked_at() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found - {"tests", "docs", "benchmarks", "loadtests"} == set(PACKAGES)
    assert {path.relative_to(ROOT).parts[0] for path in REST} == set(AROUND)


def test_what_the_checks_look_for_is_found() -> None:
    source = '''"""A module."""
import os
from service.settings import ServiceSettings
class Public:
    """Documented."""
    def method(self): return os.environ["A"]
    def _private(self): pass
@decorated
def function():
    """Documented."""
'''
    tree = ast.parse(source)
    assert undocumented(tree) == ["Public.method"]
    assert undocumented(ast.parse("")) == ["the module"]
    assert reads_environment(tree)
    assert not reads_environment(ast.parse("environment = 1"))
    assert "service.settings" in imports(tree)
    assert [lines_of(node) for node in functions(tree) if node.name == "function"] == [3]

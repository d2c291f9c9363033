"""Rules for source files: size, names, docstrings, access to settings and environment."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conventions.source_files import (
    ALL_FILES,
    OTHER_FOLDERS,
    OTHER_SOURCES,
    PACKAGES,
    ROOT,
    SOURCES,
    faults,
    imports,
    nodes_of,
    tree_of,
)

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
MAX_HANDLER_LINES = 25
BAD_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
COMPOSITION_ROOTS = {"app.py", "asgi.py", "__main__.py", "settings.py"}
COMPOSITION_FOLDERS = {
    ROOT / "indexer" / "commands",
    ROOT / "indexer" / "wiring",
    ROOT / "service" / "wiring",
}
SETTINGS = {f"{deployable}.settings" for deployable in ("service", "indexer", "catalog")}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions and methods, nested ones included."""
    return (node for node in nodes_of(tree) if isinstance(node, Function))


def line_count(node: Function) -> int:
    """Lines from the first decorator or `def` to the end."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return (node.end_lineno or node.lineno) - first + 1


def undocumented(tree: ast.Module) -> list[str]:
    """Public names without a docstring, including the module."""
    missing = [] if ast.get_docstring(tree) else ["the module"]
    return missing + [name for name, node in _public(tree, "") if not ast.get_docstring(node)]


def _public(parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, Definition]]:
    for node in parent.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{node.name}.")


def reads_environment(tree: ast.AST) -> bool:
    """True if the code uses `os.environ` or `os.getenv`."""
    attributes = {node.attr for node in nodes_of(tree) if isinstance(node, ast.Attribute)}
    return bool({"environ", "environb", "getenv"} & attributes or {"os.environ", "os.getenv"} & imports(tree))


def long_functions(path: Path) -> Iterator[str]:
    """Functions with too many lines."""
    for node in functions(tree_of(path)):
        if line_count(node) > MAX_FUNCTION_LINES:
            yield f"{node.name} has {line_count(node)} lines"


def thick_handlers(path: Path) -> Iterator[str]:
    """Route handlers whose body has too many lines."""
    for node in functions(tree_of(path)):
        lines = (node.end_lineno or 0) - node.body[0].lineno + 1
        if node.decorator_list and lines > MAX_HANDLER_LINES:
            yield f"{node.name} has {lines} lines"


def environment_reads(path: Path) -> Iterator[str]:
    """A use of the environment outside settings."""
    # The demo and the installer start programs and pass them an environment.
    allowed = path.relative_to(ROOT).parts[0] in ("demo", "tools") or path.name == "settings.py"
    # It sets a variable that numpy reads when it is imported.
    allowed |= path == ROOT / "service" / "__init__.py"
    if not allowed and reads_environment(tree_of(path)):
        yield "reads the environment"


def settings_imports(path: Path) -> Iterator[str]:
    """Settings that are imported outside composition roots."""
    in_demo = path.relative_to(ROOT).parts[0] == "demo"
    if not (in_demo or path.name in COMPOSITION_ROOTS or path.parent in COMPOSITION_FOLDERS):
        yield from SETTINGS & imports(tree_of(path))


def test_files_are_short() -> None:
    paths = [*ALL_FILES, *OTHER_SOURCES]
    lines = {path: len(path.read_text().splitlines()) for path in paths}
    long = [path for path in paths if lines[path] > MAX_FILE_LINES]
    assert faults(long, lambda path: [f"{lines[path]} lines"]) == []


def test_functions_are_short() -> None:
    assert faults(ALL_FILES, long_functions) == []


def test_handlers_are_thin() -> None:
    handlers = sorted((ROOT / "service" / "routes").rglob("*.py"))
    assert handlers
    assert faults(handlers, thick_handlers) == []


def test_public_names_have_docstrings() -> None:
    assert faults(SOURCES, lambda path: undocumented(tree_of(path))) == []


def test_file_names_describe_their_content() -> None:
    assert faults(ALL_FILES, lambda path: BAD_NAMES & {path.stem, *path.relative_to(ROOT).parts[:-1]}) == []


def test_only_settings_read_the_environment() -> None:
    assert faults(SOURCES, environment_reads) == []


def test_only_composition_roots_import_settings() -> None:
    assert faults(SOURCES, settings_imports) == []


def test_every_folder_with_code_is_checked() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "docs", "benchmarks", "loadtests"} == set(PACKAGES)
    assert {path.relative_to(ROOT).parts[0] for path in ALL_FILES} == {*PACKAGES, *OTHER_FOLDERS}


def test_checks_find_faults() -> None:
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
    assert [line_count(node) for node in functions(tree) if node.name == "function"] == [3]

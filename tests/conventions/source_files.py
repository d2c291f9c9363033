"""The repository's sources, as the convention tests read them."""

import ast
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "adapters",
    "catalog",
    "command_line",
    "demo",
    "indexer",
    "purchase_files",
    "recommender",
    "service",
    "tools",
)
OTHER_FOLDERS = ("benchmarks", "charts", "docker", "docs", "loadtests", "requirements", "tests")
OTHER_LANGUAGES = (".css", ".html", ".js", ".pxd", ".pyi", ".pyx", ".sh", ".tpl")


def files_of(folders: Iterable[str], *endings: str) -> list[Path]:
    """Files below top-level folders whose names end so, sorted."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")))
    return [path for path in paths if path.suffix in endings and "node_modules" not in path.parts]


def python_files(folders: Iterable[str]) -> list[Path]:
    """Python files below top-level folders, sorted."""
    return files_of(folders, ".py")


SOURCES = python_files(PACKAGES)
ALL_FILES = [*SOURCES, *python_files(OTHER_FOLDERS)]
OTHER_SOURCES = files_of((*PACKAGES, *OTHER_FOLDERS), *OTHER_LANGUAGES)


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes of a tree, which many checks visit."""
    return tuple(ast.walk(tree))


def dotted(node: ast.AST) -> str:
    """A name with dots, such as `np.load`.

    Anything else is an empty text, or begins with a dot.
    """
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def relative(path: Path) -> str:
    """The file's path below the repository's root."""
    return str(path.relative_to(ROOT))


def faults(paths: Iterable[Path], check: Callable[[Path], Iterable[str]]) -> list[str]:
    """The faults that `check` finds in each file, as `path: fault`."""
    return [f"{relative(path)}: {fault}" for path in paths for fault in check(path)]


def imports(tree: ast.AST) -> set[str]:
    """Names of all imported modules, and of everything imported from them, with dots."""
    found: set[str] = set()
    for node in nodes_of(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found

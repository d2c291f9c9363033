"""Load tests know the API alone."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = {"adapters", "benchmarks", "catalog", "demo", "indexer", "recommender", "service", "tests", "tools"}


def test_load_tests_import_nothing_of_ours() -> None:
    files = sorted((ROOT / "loadtests").rglob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not OURS & {name.partition(".")[0] for name in names}, file

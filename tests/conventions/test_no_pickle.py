"""Nothing that runs what it reads: no pickle, nor what is made of it, nor text that is executed."""

import ast
from pathlib import Path

import pytest

from tests.conventions.test_sources import FILES, ROOT, imports

FORBIDDEN = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
}
EXECUTES = {"eval", "exec", "compile", "__import__"}


def executing(tree: ast.AST) -> list[str]:
    """Calls that run, or may run, what they are given."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        unsafe_array = name in ("np.load", "numpy.load") and options.get("allow_pickle") != "False"
        unsafe_model = name == "torch.load" and options.get("weights_only") != "True"
        unsafe_yaml = name in ("yaml.load", "yaml.unsafe_load", "yaml.full_load")
        if (
            name in EXECUTES
            or unsafe_array
            or unsafe_model
            or unsafe_yaml
            or options.get("allow_pickle") == "True"
        ):
            found.append(f"line {node.lineno}: {name}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_runs_what_it_reads(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not {name.partition(".")[0] for name in imports(tree)} & FORBIDDEN
    assert executing(tree) == []


@pytest.mark.parametrize(
    "source",
    ["np.load(p)", "np.load(p, allow_pickle=True)", "eval(x)", "exec(x)", "torch.load(p)", "yaml.load(x)",
     "np.save(p, a, allow_pickle=True)"],
)  # fmt: skip
def test_what_the_check_looks_for_is_found(source: str) -> None:
    assert executing(ast.parse(source))


def test_a_safe_call_passes() -> None:
    assert executing(ast.parse("np.load(p, mmap_mode='r', allow_pickle=False)")) == []

"""The code executes no input: no pickle, no library built on it, no `eval`."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conventions.source_files import SOURCES, dotted, faults, imports, nodes_of, tree_of

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
UNSAFE = """\
np.load(p)
np.load(p, allow_pickle=True)
np.save(p, a, allow_pickle=True)
eval(x)
exec(x)
torch.load(p)
yaml.load(x)
"""


def executing_calls(tree: ast.AST) -> list[str]:
    """Calls that execute, or may execute, their argument."""
    found = []
    for node in nodes_of(tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        options = {
            keyword.arg: ast.unparse(keyword.value)
            for keyword in node.keywords
            if keyword.arg in ("allow_pickle", "weights_only")
        }
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


def unsafe_reads(path: Path) -> Iterator[str]:
    """Forbidden imports and executing calls of a file."""
    tree = tree_of(path)
    yield from FORBIDDEN & {name.partition(".")[0] for name in imports(tree)}
    yield from executing_calls(tree)


def test_no_source_executes_its_input() -> None:
    assert faults(SOURCES, unsafe_reads) == []


def test_unsafe_calls_are_found() -> None:
    assert len(executing_calls(ast.parse(UNSAFE))) == len(UNSAFE.splitlines())


def test_safe_calls_pass() -> None:
    assert executing_calls(ast.parse("np.load(p, mmap_mode='r', allow_pickle=False)")) == []

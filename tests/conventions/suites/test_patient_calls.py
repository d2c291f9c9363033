"""Tests wait for answers longer than a busy machine takes."""

import ast

from tests.conventions.source_files import nodes_of, python_files, relative, tree_of

FOLDERS = ("tests/contract", "tests/integration", "tests/support", "tests/system", "tests/unit")
CALLS = {
    "AsyncClient",
    "Client",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "request",
    "stream",
}


def impatient_calls(tree: ast.AST) -> list[str]:
    """Calls and clients of httpx with its default timeout, which is 5 s.

    A transport, or arguments from elsewhere, may not need one.
    """
    return [
        f"line {node.lineno}: {ast.unparse(node.func)}"
        for node in nodes_of(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "httpx"
        and node.func.attr in CALLS
        and not {"timeout", "transport", None} & {keyword.arg for keyword in node.keywords}
    ]


def test_calls_of_tests_name_their_timeout() -> None:
    assert impatient_calls(ast.parse("httpx.get(url)\nhttpx.Client(timeout=60)")) == ["line 1: httpx.get"]
    files = python_files(FOLDERS)
    assert len(files) > 300
    found = {relative(path): impatient_calls(tree_of(path)) for path in files}
    assert {path: calls for path, calls in found.items() if calls} == {}

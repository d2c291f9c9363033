"""Finds what the code logs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conventions.source_files import dotted, nodes_of, tree_of

_LEVELS = ("debug", "info", "warning", "error", "critical", "exception")


@dataclass(frozen=True)
class LogCall:
    """One call of a logger.

    Attributes:
        logger: name of the logger, None if it is not a literal.
        events: names that it may log, empty if they are not literals.
        fields: names of its keyword arguments. `exception` stands for a traceback, None for `**`.
    """

    path: Path
    line: int
    logger: str | None
    events: tuple[str, ...]
    level: str
    fields: frozenset[str | None]


def log_calls(path: Path) -> Iterator[LogCall]:
    """The calls of structlog's loggers in a file."""
    tree = tree_of(path)
    named = dict(_named_loggers(tree))
    for node in nodes_of(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS:
            target = node.func.value
            own = named.get(target.id) if isinstance(target, ast.Name) else None
            logger = target if _is_logger(target) else own
            if logger is not None:
                yield _call(path, node, node.func.attr, logger)


def _call(path: Path, node: ast.Call, method: str, logger: ast.expr) -> LogCall:
    fields = {{"exc_info": "exception"}.get(keyword.arg or "", keyword.arg) for keyword in node.keywords}
    if method == "exception":
        method, fields = "error", fields | {"exception"}
    name = logger.args[0] if isinstance(logger, ast.Call) and logger.args else None
    return LogCall(
        path,
        node.lineno,
        name.value if isinstance(name, ast.Constant) else None,
        tuple(_literals(node.args[0])) if node.args else (),
        method,
        frozenset(fields),
    )


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _is_logger(node: ast.expr) -> bool:
    """True for `structlog.get_logger(…)`."""
    return isinstance(node, ast.Call) and dotted(node.func) == "structlog.get_logger"


def _named_loggers(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names that stand for a logger, also of `log, other = …`."""
    for node in nodes_of(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                for name, value in pairs:
                    if isinstance(name, ast.Name) and _is_logger(value):
                        yield name.id, value

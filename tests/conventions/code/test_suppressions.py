"""Every suppressed finding of a linter has a reason beside it."""

import re
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from tests.conventions.source_files import ALL_FILES, faults

WITH_REASON = re.compile(r"# (noqa: [A-Z0-9, ]+ - |type: ignore\[[a-z-]+\]  # )\S")
SUPPRESSION = re.compile(r"#\s*(noqa\b|type:\s*ignore\b|ruff\b|pragma\b)")


def unreasoned(source: str) -> Iterator[str]:
    """Suppressions in comments that say no code or no reason, each as `line: comment`."""
    if not SUPPRESSION.search(source):
        return  # Few files have any, and splitting all others into tokens takes most of a minute.
    for token in tokenize.generate_tokens(StringIO(source).readline):
        is_suppression = token.type == tokenize.COMMENT and SUPPRESSION.match(token.string)
        if is_suppression and not WITH_REASON.match(token.string):
            yield f"{token.start[0]}: {token.string}"


def test_suppressions_have_reasons() -> None:
    def check(path: Path) -> Iterator[str]:
        return unreasoned(path.read_text(encoding="utf-8"))

    assert faults(ALL_FILES, check) == []


@pytest.mark.parametrize(
    "comment",
    [
        "noqa",
        "noqa: S311",
        "noqa: S311 spread",
        "type: ignore",
        "type: ignore[arg-type]",
        "ruff: noqa",
    ],
)
def test_suppression_without_a_reason_is_found(comment: str) -> None:
    assert list(unreasoned(f"x = 1  # {comment}\n")) == [f"1: # {comment}"]


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: S311 - spread",
        "x = 1  # type: ignore[a-b]  # untyped",
        's = "# noqa"',
        "# The types: ignored.",
    ],
)
def test_reasons_and_other_texts_are_accepted(line: str) -> None:
    assert list(unreasoned(line + "\n")) == []

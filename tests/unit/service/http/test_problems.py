"""Bounds of problem documents."""

import msgspec
import pytest

from service.http.problems import (
    MAX_ERRORS,
    InvalidParameter,
    InvalidValues,
    MalformedBody,
    ProblemError,
    ProblemException,
    UnknownProduct,
    UnsupportedMediaType,
    problem_of,
)

LONG = "\N{PILE OF POO}" * 1_000_000


@pytest.mark.parametrize(
    "problem",
    [
        InvalidParameter(LONG, LONG),
        InvalidValues([ProblemError(LONG, LONG, LONG)] * 100_000),
        MalformedBody(LONG),
        UnknownProduct(LONG),
        UnsupportedMediaType(LONG),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_problem_with_long_texts_is_short(problem: ProblemException) -> None:
    assert len(msgspec.json.encode(problem_of(problem, f"/v1/products/{LONG}"))) < 400_000


def test_first_errors_are_listed_and_all_are_counted() -> None:
    problem = InvalidValues([ProblemError(str(number)) for number in range(1_000)])
    assert [error.detail for error in problem.errors] == [str(number) for number in range(MAX_ERRORS)]
    assert problem.detail == f"1,000 values are invalid. The first {MAX_ERRORS} are in `errors`."


def test_ordinary_texts_are_not_cut() -> None:
    error = ProblemError("x" * 500, "/" + "p" * 499)
    assert (len(error.detail), len(error.pointer or "")) == (500, 500)

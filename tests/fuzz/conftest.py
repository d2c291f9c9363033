"""Fuzzing uses the stack of the system tests."""

from tests.system.conftest import stack

__all__ = ["stack"]

"""Fuzzing uses the stack of the system tests."""

from tests.system.conftest import collector, stack

__all__ = ["collector", "stack"]

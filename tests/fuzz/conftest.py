"""The stack that is fuzzed is the one of the end-to-end tests."""

from tests.e2e.conftest import stack

__all__ = ["stack"]

"""The stack that is fuzzed is the one of the end-to-end tests."""

from tests.system.conftest import stack

__all__ = ["stack"]

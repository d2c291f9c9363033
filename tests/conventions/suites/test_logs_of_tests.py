"""Logs of one test do not reach the next one."""

import logging
import sys
from typing import TextIO

import pytest


class Left(logging.StreamHandler[TextIO]):
    """A handler that a program leaves when it ends."""


@pytest.mark.parametrize("number", [1, 2])
def test_handlers_and_level_of_a_test_are_gone_before_the_next(number: int) -> None:
    root = logging.getLogger()
    assert not any(isinstance(handler, Left) for handler in root.handlers), number
    assert root.level == logging.WARNING
    root.addHandler(Left(sys.stderr))
    root.setLevel(logging.INFO)

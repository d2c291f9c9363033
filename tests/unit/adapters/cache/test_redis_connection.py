"""Reasons of failures of Redis."""

import pytest
from redis.exceptions import MovedError, ResponseError

from adapters.cache.redis_connection import reason_of

STORED = "Command # 1 (SET p:7 of pipeline caused error: b) of pipeline caused error: ('out of memory.',)"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MovedError("3999 127.0.0.1:6381"), "Redis runs in cluster mode, which is not supported"),
        (ResponseError(STORED), "out of memory"),
        (TimeoutError(), "no answer in time"),
    ],
)
def test_a_reason_names_no_key_and_no_slot(error: Exception, reason: str) -> None:
    assert reason_of(error).partition(". ")[0] == reason

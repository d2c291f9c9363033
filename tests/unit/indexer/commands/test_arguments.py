import argparse
from datetime import UTC, datetime

import pytest

from indexer.commands.arguments import moment


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T04:00", datetime(2026, 11, 22, 4, tzinfo=UTC)),
        ("2026-11-22T04:00:30Z", datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)),
        ("2026-11-22T04:00+02:00", datetime(2026, 11, 22, 2, tzinfo=UTC)),
    ],
)
def test_time_without_a_zone_is_in_utc(text: str, found: datetime) -> None:
    assert moment(text) == found
    assert moment(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "22.11.2026", "2026-13-01", "0001-01-01T00:00+14:00"])
def test_text_that_is_no_time_is_rejected_with_an_example(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 2026-11-22"):
        moment(text)

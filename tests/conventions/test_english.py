"""The check for plain English accepts plain sentences and reports the rest."""

import pytest

from tests.conventions.english import faults, first_line_faults, name_faults, spelling_faults

PLAIN_LINES = (
    "",
    "Backfills short pages with popular items.",
    "Rejects unauthenticated requests before routing.",
    "Invalidation counter of `key`.",
)
FAULTY_LINES = (
    "What pages are filled up with.",
    "Whether the change feed was polled.",
    "A pod that is full; retry shortly.",
    "A line that goes on and on with one thing after another until nobody remembers its beginning.",
)
PLAIN_NAMES = (
    "test_invalid_shard_marker_is_ignored",
    "test_unknown_key_causes_one_fetch",
    "test_empty_page_is_backfilled",
)
FAULTY_NAMES = (
    "test_what_is_no_marker_is_no_sign_of_life",
    "test_it_ends",
    "test_redis",
    "test_a_pod_knows_what_another_hears",
)
SOURCE = '''
"""A module."""
def test_redis():
    """Items that were asked for of late."""
    # Retried in vain.
'''


def test_plain_first_lines_pass() -> None:
    assert [line for line in PLAIN_LINES if [*first_line_faults(line)]] == []


def test_faulty_first_lines_are_reported() -> None:
    assert [line for line in FAULTY_LINES if not [*first_line_faults(line)]] == []


def test_names_that_state_a_behavior_pass() -> None:
    assert [name for name in PLAIN_NAMES if [*name_faults(name)]] == []


def test_names_without_a_behavior_are_reported() -> None:
    assert [name for name in FAULTY_NAMES if not [*name_faults(name)]] == []


def test_faults_are_reported_with_their_lines() -> None:
    assert [line for line, _ in faults(SOURCE, tests=True)] == [3, 3, 5]
    assert [line for line, _ in faults(SOURCE, tests=False)] == [3, 5]


@pytest.mark.parametrize(
    "text",
    ["Normalises it.", "def in_colour() -> None:", "BEHAVIOUR = 1", "class FactorisedModel:", "# a licence"],
)
def test_british_spellings_are_reported(text: str) -> None:
    assert [line for line, _ in spelling_faults(f"\n{text}")] == [2]


@pytest.mark.parametrize(
    "text", ["Normalizes a color.", "raise", "a promise, otherwise noise", "personalised"]
)
def test_other_spellings_pass(text: str) -> None:
    assert spelling_faults(text) == []

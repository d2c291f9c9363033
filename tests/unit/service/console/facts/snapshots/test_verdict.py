"""The sentence about the last build."""

from typing import Any

import pytest

from adapters.snapshots.build_history import BuildEntry
from service.console.facts.snapshots.published import SnapshotsView
from service.console.facts.snapshots.snapshot_lines import SnapshotLine
from service.console.facts.snapshots.verdict import verdict_of
from tests.support.builders.published_snapshots import START

PASSED = BuildEntry(1.0, "published", "build", "2")


def line(
    version: str, ndcg: float | None, refresh_of: str | None = None, *, live: bool = False
) -> SnapshotLine:
    metrics = {} if ndcg is None else {"ndcg_at_20": ndcg, "popularity_ndcg_at_20": 0.1}
    return SnapshotLine(version, START, live, None, refresh_of, metrics=metrics)


@pytest.mark.parametrize(
    ("now", "then", "answer", "text", "numbers"),
    [
        (
            0.22,
            0.2,
            "better",
            "Yes",
            "It has a quality (NDCG@20) of 0.2200, 10 % above the 0.2000 of the build before and 2.2 times",
        ),
        (
            0.18,
            0.2,
            "worse",
            "No",
            "It has a quality (NDCG@20) of 0.1800, 10 % below the 0.2000 of the build before and 1.8 times",
        ),
        (
            0.202,
            0.2,
            "same",
            "It is about as good",
            "It has a quality (NDCG@20) of 0.2020, 1 % above the 0.2000 of the build before",
        ),
        (
            0.1001,
            0.095,
            "better",
            "Yes",
            "It has a quality (NDCG@20) of 0.1001, 5 % above the 0.0950 of the build before and "
            "like the 0.1000 of popular products for everyone.",
        ),
        (
            0.2,
            0.2,
            "same",
            "It is about as good",
            "It has a quality (NDCG@20) of 0.2000, like the 0.2000 of the build before",
        ),
        (None, 0.2, "unknown", "That is not known", "It was not measured, because"),
        (
            0.2,
            None,
            "unknown",
            "That is not known",
            "It has a quality (NDCG@20) of 0.2000, 2.0 times that of popular products for everyone. The build before",
        ),
    ],
)
def test_answer_has_the_numbers_of_both_builds_and_the_baseline(
    now: float | None, then: float | None, answer: str, text: str, numbers: str
) -> None:
    found = verdict_of([line("2", now, live=True), line("1", then)], [PASSED])
    assert found is not None
    assert (found.version, found.before, found.answer) == ("2", "1", answer)
    assert found.text.startswith(text)
    assert found.details[0].startswith(numbers)
    passed = "passed its index, and had no quality to check" if now is None else "passed it"
    assert found.details[1:] == [f"The quality gate {passed}."]


def test_refresh_is_compared_with_the_build_before_its_own() -> None:
    lines = [line("3", 0.3, "2", live=True), line("2", 0.3), line("1", 0.2)]
    found = verdict_of(lines, [PASSED])
    assert found is not None
    assert (found.before, found.answer) == ("1", "better")
    first = verdict_of(lines[:2], [PASSED])
    assert first is not None
    assert (first.before, first.text) == (None, "It is the first build.")


def test_after_a_rollback_the_last_build_and_the_live_one_are_told_apart() -> None:
    rolled_back = [BuildEntry(3.0, "rolled back", version="1", by="ann"), PASSED]
    found = verdict_of([line("2", 0.3), line("1", 0.2, live=True)], rolled_back)
    assert found is not None
    assert (found.version, found.answer, found.text) == ("1", "better", "Yes, it is better. It is not live.")
    assert found.details == [
        "The last build has a quality (NDCG@20) of 0.3000, 50 % above the 0.2000 of the build before and "
        "3.0 times that of popular products for everyone.",
        "The live one has a quality (NDCG@20) of 0.2000, 2.0 times that of popular products for everyone.",
        "ann rolled back to it.",
        "1 newer version is published, and not live.",
    ]
    from_refresh = verdict_of([line("2", 0.2, "1"), line("1", 0.2, live=True)], rolled_back)
    assert from_refresh is not None
    assert (from_refresh.answer, from_refresh.text) == ("first", "It is the first build.")


@pytest.mark.parametrize(
    ("what", "text"),
    [("refused", "No, the quality gate refused it."), ("failed", "No, it failed.")],
)
def test_latest_build_that_did_not_become_live_is_the_answer(what: Any, text: str) -> None:
    lines = [line("2", 0.2, live=True), line("1", 0.1)]
    lost = BuildEntry(2.0, what, "build", reasons=("pages lose 9 %.",))
    found = verdict_of(lines, [BuildEntry(3.0, "failed", "refresh"), lost, PASSED])
    assert found is not None
    assert (found.answer, found.version) == (what, "2")
    assert found.text == f"{text} An earlier one stays live."
    assert found.details[0] == "Pages lose 9 %."
    assert found.details[1].startswith("The live one has a quality (NDCG@20) of 0.2000, 100 % above")
    assert found.refused == (["pages lose 9 %."] if what == "refused" else [])


def test_details_name_rollbacks_and_forced_builds() -> None:
    lines = [line("2", 0.2, live=True), line("1", 0.2)]
    found = verdict_of(lines, [BuildEntry(3.0, "rolled back", version="2", by="ann"), PASSED])
    assert found is not None
    assert found.details[-1] == "ann rolled back to it."
    forced = verdict_of(
        lines, [BuildEntry(1.0, "published", "build", "2", reasons=("published with --force",))]
    )
    assert forced is not None
    assert (forced.details[-1], forced.refused) == ("Published with --force.", [])
    assert verdict_of([line("1", 0.2)], []) is None


@pytest.mark.parametrize(
    ("version", "before"), [("4", "3"), ("3", "1"), ("2", "1"), ("1", "1"), ("0", "0"), ("9", "4")]
)
def test_version_is_compared_with_the_build_before_its_own(version: str, before: str) -> None:
    lines = [line("4", 0.4, live=True), line("3", 0.3, "2"), line("2", 0.3), line("1", 0.2)]
    assert SnapshotsView("4", version, None, lines, []).before(version) == before


def test_unusable_and_only_refreshed_builds_have_a_version_before() -> None:
    unusable = SnapshotLine("2", START, live=False, problem="unsigned")
    lines = [line("4", 0.4, "1", live=True), line("3", 0.3, "1"), unusable, line("1", 0.2)]
    assert SnapshotsView("4", "4", None, lines, []).before("4") == "3"

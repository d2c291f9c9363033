"""The sentence about the last build."""

import pytest

from adapters.snapshots.build_history import BuildEntry
from service.console.facts.snapshot_lines import SnapshotLine
from service.console.facts.snapshots import SnapshotsView
from service.console.facts.verdict import verdict_of
from tests.support.builders.published_snapshots import START

PASSED = BuildEntry(1.0, "published", "build", "2")


def line(
    version: str, ndcg: float | None, refresh_of: str | None = None, *, live: bool = False
) -> SnapshotLine:
    metrics = {} if ndcg is None else {"ndcg_at_20": ndcg, "popularity_ndcg_at_20": 0.1}
    return SnapshotLine(version, START, live, None, refresh_of, metrics=metrics)


@pytest.mark.parametrize(
    ("now", "then", "answer", "sentence"),
    [
        (
            0.22,
            0.2,
            "better",
            "Yes, it is better: NDCG@20 is 0.2200, 10 % above the 0.2000 of the build before and",
        ),
        (
            0.18,
            0.2,
            "worse",
            "No, it is worse: NDCG@20 is 0.1800, 10 % below the 0.2000 of the build before and 1.8",
        ),
        (
            0.202,
            0.2,
            "same",
            "It is about as good as the one before: NDCG@20 is 0.2020, 1 % above the 0.2000 of",
        ),
        (0.2, 0.2, "same", "It is about as good as the one before: NDCG@20 is 0.2000, like the 0.2000 of"),
        (
            None,
            0.2,
            "unknown",
            "That is not known: it was not measured, because the shop has too few shoppers or",
        ),
        (
            0.2,
            None,
            "unknown",
            "That is not known: NDCG@20 is 0.2000, 2.0 times that of popularity; the build before was not measured",
        ),
    ],
)
def test_sentence_has_the_numbers_of_both_builds_and_the_baseline(
    now: float | None, then: float | None, answer: str, sentence: str
) -> None:
    found = verdict_of([line("2", now, live=True), line("1", then)], [PASSED])
    assert found is not None
    assert (found.version, found.before, found.answer) == ("2", "1", answer)
    assert found.text.startswith(sentence)
    assert found.text.endswith("; the quality gate passed it.")


def test_refresh_is_compared_with_the_build_before_its_own() -> None:
    lines = [line("3", 0.3, "2", live=True), line("2", 0.3), line("1", 0.2)]
    found = verdict_of(lines, [PASSED])
    assert found is not None
    assert (found.before, found.answer) == ("1", "better")
    first = verdict_of(lines[:2], [PASSED])
    assert first is not None
    assert (first.before, first.text[:28]) == (None, "It is the first build: NDCG@")


def test_sentence_names_rollbacks_forced_builds_and_later_refusals() -> None:
    lines = [line("2", 0.2, live=True), line("1", 0.2)]
    back = BuildEntry(3.0, "rolled back", version="2", by="ann")
    refused = BuildEntry(2.0, "refused", "build", reasons=("NDCG@20 is 0.01",))
    found = verdict_of(lines, [back, refused, PASSED])
    assert found is not None
    assert found.text.endswith("; ann rolled back to it.")
    assert found.refused == ["NDCG@20 is 0.01"]
    forced = verdict_of(
        lines, [BuildEntry(1.0, "published", "build", "2", reasons=("published with --force",))]
    )
    assert forced is not None
    assert forced.text.endswith("; published with --force.")
    assert forced.refused == []
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

"""Ids of shared and personal answers."""

from service.signed.recommendation_ids import RecommendationIds, Recommended
from tests.support.builders.published_snapshots import KEY

IDS = RecommendationIds(KEY)


def test_shared_lists_have_the_same_id_for_the_same_arguments() -> None:
    assert IDS.shared("popular", "v1", "x") == IDS.shared("popular", "v1", "x")
    assert IDS.shared("popular", "v1", "x") != IDS.shared("popular", "v1", "y")
    assert IDS.shared("popular", "v1", "x") != IDS.shared("popular", "v2", "x")


def test_personal_ids_are_unique() -> None:
    assert IDS.personal("for-you", "v1", 1) != IDS.personal("for-you", "v1", 1)


def test_content_of_an_id_is_read_back() -> None:
    assert IDS.read(IDS.personal("for-you", "v1", 7)) == Recommended("for-you", "v1", 7)
    assert IDS.read(IDS.shared("popular", "v1", "x")) == Recommended("popular", "v1", None)

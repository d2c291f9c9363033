"""Ids of shared and personal answers."""

from recommender.product_ids import short_hashes
from service.signed.recommendation_ids import MAX_PRODUCTS, SALT, RecommendationIds, products_of
from service.signed.signer import TokenSigner
from tests.support.builders.published_snapshots import KEY

IDS = RecommendationIds([KEY], lambda: 0.007)


def named(*product_ids: str) -> bytes:
    """Products as ids hold them."""
    return products_of(short_hashes(product_ids))


def test_shared_lists_have_the_same_id_for_the_same_arguments_and_products() -> None:
    assert IDS.shared("popular", "v1", b"x", named("p")) == IDS.shared("popular", "v1", b"x", named("p"))
    assert IDS.shared("popular", "v1", b"x", named("p")) != IDS.shared("popular", "v1", b"y", named("p"))
    assert IDS.shared("popular", "v1", b"x", named("p")) != IDS.shared("popular", "v2", b"x", named("p"))
    assert IDS.shared("popular", "v1", b"x", named("p")) != IDS.shared("popular", "v1", b"x", named("q"))


def test_personal_ids_are_unique() -> None:
    assert IDS.personal("for-you", "v1", "ana") != IDS.personal("for-you", "v1", "ana")


def test_content_of_an_id_is_read_back() -> None:
    read = IDS.read(IDS.personal("for-you", "v1", "ana", named("p", "q")))
    assert read is not None
    assert (read.scenario, read.version, read.milliseconds) == ("for-you", "v1", 7)
    assert (read.is_of("ana"), read.is_of("ben")) == (True, False)
    assert (read.has("p"), read.has("q"), read.has("r")) == (True, True, False)
    shared = IDS.read(IDS.shared("popular", "v1", b"x"))
    assert shared is not None
    assert (shared.milliseconds, shared.is_of("ana")) == (0, True)


def test_id_of_the_longest_answer_is_read() -> None:
    products = [f"p{number}" for number in range(500)]
    ids = RecommendationIds([KEY], lambda: 1e10)
    read = ids.read(ids.personal("bought-together", "20260101T000000000Z-00000000", "ana", named(*products)))
    assert read is not None
    assert all(map(read.has, products[:MAX_PRODUCTS]))


def test_ids_of_earlier_releases_are_unknown() -> None:
    assert IDS.read(TokenSigner([KEY], SALT).sign(b"for-you.v1.7.0a1b2c3d")) is None

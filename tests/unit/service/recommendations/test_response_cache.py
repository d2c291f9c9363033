"""Bounds of the answers that are kept."""

from typing import Any, cast

from recommender.entities import Profile
from service.recommendations.response_cache import Key, ResponseCache
from service.recommendations.responses import ListResponse, RecommendationsView
from service.shoppers.profiles.loaded_profile import LoadedProfile
from service.snapshots.live import Serving

NOBODY = LoadedProfile(Profile(""))


class Live:
    """A snapshot that is served."""

    def __init__(self) -> None:
        nothing = cast("Any", None)
        self.loaded = Serving(nothing, nothing, nothing)
        self.feed_is_down = False


def answered(live: Live, degraded: list[str] | None = None, loaded: LoadedProfile = NOBODY) -> ListResponse:
    view = RecommendationsView(
        recommendation_id="",
        user_id=None,
        scenario="popular",
        strategy="popular",
        degraded=degraded or [],
        snapshot_version="v1",
        items=[],
    )
    return ListResponse(view, live.loaded, None, loaded)


def cache_of(live: Live, max_bytes: int = 103) -> ResponseCache[str]:
    return ResponseCache(cast("Any", live), cast("Any", None), max_bytes)


def key(name: str) -> Key:
    return name.encode(), b"", None


def test_least_recently_used_answers_are_dropped_first() -> None:
    live = Live()
    cache = cache_of(live)
    for name in "abc":
        cache.keep(key(name), name, 30, answered(live))
    assert cache.find(key("a")) == "a"
    cache.keep(key("d"), "d", 35, answered(live))
    cache.keep(key("a"), "A", 30, answered(live))  # replaces
    assert [cache.find(key(name)) for name in "abcd"] == ["A", None, "c", "d"]
    cache.keep(key("e"), "e", 103, answered(live))
    assert [cache.find(key(name)) for name in "acde"] == [None] * 4


def test_answers_of_an_earlier_snapshot_or_of_an_outage_are_not_kept() -> None:
    live = Live()
    cache, before = cache_of(live), answered(live)
    cache.keep(key("a"), "a", 10, before)
    live.loaded = Live().loaded
    cache.keep(key("b"), "b", 10, before)
    cache.keep(key("c"), "c", 10, answered(live, ["redis"]))
    assert [cache.find(key(name)) for name in "abc"] == [None] * 3


def test_answers_leave_with_their_profile() -> None:
    live = Live()
    cache, shopper = cache_of(live), LoadedProfile(Profile("u"))
    cache.keep(key("a"), "a", 40, answered(live))
    cache.keep(key("b"), "b", 60, answered(live, loaded=shopper))
    assert cache.find(key("b")) == "b"
    del shopper
    assert cache.find(key("b")) is None
    cache.keep(key("c"), "c", 60, answered(live))
    assert [cache.find(key(name)) for name in "ac"] == ["a", "c"], "there is room for both"


def test_long_addresses_count_in_the_memory() -> None:
    live = Live()
    cache = cache_of(live, 10_000)
    names = [f"{number:01000}" for number in range(20)]
    for name in names:
        cache.keep(key(name), name, 100, answered(live))
    assert [cache.find(key(name)) is not None for name in names] == [False] * 11 + [True] * 9

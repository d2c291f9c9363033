"""A product is hidden until the shopper unhides it, in whatever order that arrives."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest

from recommender.entities import Preferences
from tests.support.builders.profile_shops import Shop
from tests.support.builders.recorded_events import an_event

pytestmark = pytest.mark.anyio

HIDE, UNHIDE, AGAIN = ("hide", 1), ("unhide", 2), ("hide", 3)


async def hidden(shop: Shop) -> set[str]:
    profile = (await shop.reader.read("u")).profile
    return {one.product_id for one in profile.interactions if one.kind == "hide"} | set(
        profile.preferences.hidden_products
    )


async def change(shop: Shop, kind: str, seconds: float, product_id: str = "p") -> None:
    at = datetime.fromtimestamp(shop.clock(), UTC) + timedelta(seconds=seconds)
    await shop.events.add([an_event(f"{kind} {seconds}", kind=kind, product_id=product_id, occurred_at=at)])
    await shop.profiles.invalidate(["u"])


@pytest.mark.parametrize("arrivals", [(HIDE, UNHIDE), (UNHIDE, HIDE)])
async def test_an_unhide_ends_an_older_hide(shop: Shop, arrivals: list[tuple[str, float]]) -> None:
    await change(shop, "hide", 0, "other")
    for kind, seconds in arrivals:
        await change(shop, kind, seconds)
    assert await hidden(shop) == {"other"}


@pytest.mark.parametrize("arrivals", [*permutations((HIDE, UNHIDE, AGAIN))])
async def test_the_latest_hide_or_unhide_counts(shop: Shop, arrivals: list[tuple[str, float]]) -> None:
    for kind, seconds in arrivals:
        await change(shop, kind, seconds)
    assert await hidden(shop) == {"p"}


@pytest.mark.parametrize("kinds", [("hide", "unhide"), ("unhide", "hide")])
async def test_an_unhide_counts_of_two_changes_at_the_same_time(shop: Shop, kinds: list[str]) -> None:
    for kind in kinds:
        await change(shop, kind, 0)
    assert await hidden(shop) == set()


async def test_an_unhide_ends_an_older_preference_and_a_newer_one_hides_again(shop: Shop) -> None:
    own = msgspec.msgpack.encode(Preferences(hidden_products=("p", "q")))
    await change(shop, "unhide", -1)
    await shop.store.save_preferences("u", own)
    assert await hidden(shop) == {"p", "q"}
    await change(shop, "unhide", 0)
    assert await hidden(shop) == {"q"}
    shop.clock.now += 1
    await shop.store.save_preferences("u", own)
    await shop.profiles.invalidate(["u"])
    assert await hidden(shop) == {"p", "q"}

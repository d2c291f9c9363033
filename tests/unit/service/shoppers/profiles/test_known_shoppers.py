"""Profiles that a process keeps: only current ones, and as many as fit."""

import pytest

from recommender.entities import Interaction, Preferences, Profile
from service.shoppers.profiles.known_shoppers import KnownShopper, KnownShoppers
from service.shoppers.profiles.loaded_profile import LoadedProfile
from service.shoppers.profiles.profile_cache import profile_key


def loaded(user_id: str, *product_ids: str) -> LoadedProfile:
    return LoadedProfile(Profile(user_id, tuple(Interaction(each, 1.0) for each in product_ids)))


@pytest.fixture
def known() -> KnownShoppers:
    shoppers = KnownShoppers(100_000)
    shoppers.start()
    return shoppers


def kept(known: KnownShoppers, user_id: str) -> LoadedProfile | None:
    found = known.get(user_id)
    return found and found.loaded


def test_an_equal_profile_is_the_same_object(known: KnownShoppers) -> None:
    first = known.keep(loaded("u", "p1"), 1.0, known.now())
    again = known.keep(loaded("u", "p1"), 60.0, known.now())
    assert again is first is kept(known, "u")
    assert (found := known.get("u"))
    assert found.read_at == 60.0
    changed = known.keep(loaded("u", "p1", "p2"), 61.0, known.now())
    assert changed is not first
    assert kept(known, "u") is changed


@pytest.mark.parametrize("change", ["drop", "stop"])
def test_a_profile_that_was_read_before_a_change_is_not_kept(known: KnownShoppers, change: str) -> None:
    since = known.now()
    if change == "drop":
        known.drop([profile_key("u")])
    else:
        known.stop()
        known.start()
    read = loaded("u", "p1")
    assert known.keep(read, 1.0, since) is read
    assert kept(known, "u") is None


def test_a_change_replaces_the_profile_that_it_was_made_from_only(known: KnownShoppers) -> None:
    known.keep(loaded("u", "p1"), 1.0, known.now())
    first = known.get("u")
    assert first is not None
    since = known.now()
    second = KnownShopper(loaded("u", "p1", "p2"), 1.0)
    known.replace(first, second)
    assert known.get("u") is second
    known.keep(loaded("u", "p1"), 1.0, since)
    assert known.get("u") is second, "the other one was read before the change"
    known.replace(first, KnownShopper(loaded("u", "p3"), 1.0))
    assert known.get("u") is None, "changed by two at once"
    known.replace(second, second)
    assert known.get("u") is None, "dropped meanwhile"


def test_a_profile_that_was_read_before_the_start_is_not_kept() -> None:
    shoppers = KnownShoppers(100_000)
    since = shoppers.now()
    shoppers.start()
    shoppers.keep(loaded("u"), 1.0, since)
    assert kept(shoppers, "u") is None
    shoppers.start()
    shoppers.keep(loaded("u"), 1.0, since := shoppers.now())
    shoppers.start()
    shoppers.keep(loaded("v"), 1.0, since)
    assert None not in (kept(shoppers, "u"), kept(shoppers, "v")), "another start changes nothing"


def test_dropped_profiles_are_gone_and_others_stay(known: KnownShoppers) -> None:
    for user_id in ("u", "v"):
        known.keep(loaded(user_id), 1.0, known.now())
    known.drop([profile_key("u")])
    assert kept(known, "u") is None
    assert kept(known, "v") is not None
    known.stop()
    assert kept(known, "v") is None


def test_nothing_is_kept_before_the_start_or_without_memory() -> None:
    nothing = KnownShoppers(0)
    nothing.start()
    for shoppers in (KnownShoppers(100_000), nothing):
        shoppers.keep(loaded("u"), 1.0, shoppers.now())
        assert kept(shoppers, "u") is None


def test_the_least_recently_used_leave_when_the_memory_is_full(known: KnownShoppers) -> None:
    for number in range(40):
        user_id = f"u{number}"
        known.keep(loaded(user_id), 1.0, known.now())
        known.get("u0")
    known.measure("u39", 60_000)
    assert kept(known, "u0") is not None
    assert kept(known, "u39") is not None
    assert sum(kept(known, f"u{number}") is not None for number in range(40)) == 20, "u39 and 19 others"
    known.measure("u39", 200_000)
    assert not any(kept(known, f"u{number}") for number in range(40)), "larger than all the memory"


@pytest.mark.parametrize(
    "profile",
    [
        Profile("long", (), Preferences(hidden_products=tuple(f"{number:🛒>200}" for number in range(150)))),
        Profile("long", (), Preferences(liked_brands=tuple("b" * 500 for _ in range(300)))),
        Profile("long", tuple(Interaction(f"{number:🛒>200}", 1.0) for number in range(150))),
    ],
)
def test_all_texts_of_a_profile_count_in_the_memory(known: KnownShoppers, profile: Profile) -> None:
    known.keep(loaded("u"), 1.0, known.now())
    known.keep(LoadedProfile(profile), 1.0, known.now())
    assert kept(known, "u") is None

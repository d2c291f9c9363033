"""Events and stored preferences are merged with the catalog's."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters.catalog import Preferences as CatalogPreferences
from adapters.catalog import Purchase, UserRecord
from adapters.database import StoredContent, StoredShopper
from recommender.entities import Preferences
from service.shoppers.profiles.merging import merge_preferences
from service.shoppers.profiles.records import CatalogRecord, PurchaseRecord
from service.shoppers.responses import build_export
from tests.support.builders.profile_shops import Shop
from tests.support.builders.recorded_events import an_event

pytestmark = pytest.mark.anyio


async def interactions(shop: Shop) -> list[tuple[str, str]]:
    loaded = await shop.reader.read("u")
    return sorted((one.product_id, one.kind) for one in loaded.profile.interactions)


def at(shop: Shop, **ago: float) -> datetime:
    return datetime.fromtimestamp(shop.clock(), UTC) - timedelta(**ago)


async def test_events_join_the_purchases_after_an_invalidation(shop: Shop) -> None:
    assert await interactions(shop) == [("a", "purchase")]
    events = [
        an_event(kind, product_id=f"of {kind}", kind=kind, occurred_at=at(shop, hours=1))
        for kind in ("view", "hide", "purchase")
    ]
    await shop.events.add(events)
    assert await interactions(shop) == [("a", "purchase")]
    await shop.profiles.invalidate(["u"])
    joined = [
        ("a", "purchase"),
        ("of hide", "hide"),
        ("of purchase", "purchase"),
        ("of view", "view"),
    ]
    assert await interactions(shop) == joined
    assert shop.catalog.calls == 1  # The catalog record is stored and still fresh.
    shop.catalog.down = True
    shop.clock.now += 3500
    await shop.profiles.invalidate(["u"])
    loaded = await shop.reader.read("u")
    assert len(loaded.profile.interactions) == 4
    assert loaded.degraded == ("catalog",)


async def test_a_purchase_from_the_catalog_and_an_event_counts_once(shop: Shop) -> None:
    bought = [("1", "a", at(shop, days=9)), ("2", "b", at(shop, days=5)), ("3", "d", at(shop, days=5))]
    shop.catalog.purchases = [
        Purchase(id=id_, user_id="u", product_id=p, purchased_at=when, order_id=f"o{id_}")
        for id_, p, when in bought
    ]
    events = [
        ("1", "a", at(shop, days=7), None),  # same id
        ("x", "b", at(shop, days=5, seconds=-1), None),  # same product on the same day
        ("y", "b", at(shop, days=3), "o9"),  # bought again
        ("z", "c", at(shop, days=-9), None),  # a clock ahead of ours
        ("v", "d", at(shop, days=6), "o3"),  # same product in the same order
        ("w", "c", at(shop, days=6), "o3"),  # another product of that order
    ]
    await shop.events.add(
        [
            an_event(id_, product_id=p, kind="purchase", occurred_at=when, order_id=order)
            for id_, p, when, order in events
        ]
    )
    assert await interactions(shop) == [(p, "purchase") for p in ("a", "b", "b", "c", "c", "d")]
    loaded = await shop.reader.read("u")
    assert max(one.at for one in loaded.profile.interactions) == shop.clock()


async def test_own_preferences_win_over_the_catalogs(shop: Shop) -> None:
    from_catalog = CatalogPreferences(
        liked_categories=("Tea", "Toys"), disliked_categories=("Fish",), liked_brands=("B",), price_max=9.0
    )
    shop.catalog.record = UserRecord(id="u", preferences=from_catalog)
    loaded = await shop.reader.read("u")
    assert loaded.profile.preferences.liked_categories == ("Tea", "Toys")
    own = Preferences(
        liked_categories=("fish",), disliked_categories=("toys",), hidden_products=("x",), price_min=1
    )
    await shop.store.save_preferences("u", msgspec.msgpack.encode(own))
    await shop.profiles.invalidate(["u"])
    preferences = (await shop.reader.read("u")).profile.preferences
    assert preferences.liked_categories == ("fish", "Tea")
    assert preferences.disliked_categories == ("toys",)
    assert preferences.liked_brands == ("B",)
    assert preferences.hidden_products == ("x",)
    assert (preferences.price_min, preferences.price_max) == (1, 9)


async def test_an_own_category_holds_for_all_below_it(shop: Shop) -> None:
    from_catalog = CatalogPreferences(
        liked_categories=("Toys > Wood", "Tea"), disliked_categories=("tea>Black",), liked_brands=(" b",)
    )
    shop.catalog.record = UserRecord(id="u", preferences=from_catalog)
    own = Preferences(
        liked_categories=("Tea > Black > Assam",), disliked_categories=("Toys",), disliked_brands=("B",)
    )
    await shop.store.save_preferences("u", msgspec.msgpack.encode(own))
    preferences = (await shop.reader.read("u")).profile.preferences
    assert preferences.liked_categories == ("Tea > Black > Assam", "Tea")
    assert preferences.disliked_categories == ("Toys", "tea>Black")
    assert (preferences.liked_brands, preferences.disliked_brands) == ((), ("B",))


async def test_a_profile_loaded_before_an_event_is_not_cached(shop: Shop) -> None:
    shop.catalog.gate.clear()
    early = asyncio.create_task(interactions(shop))
    while not shop.catalog.calls:
        await asyncio.sleep(0.001)
    await shop.events.add([an_event(product_id="new", occurred_at=at(shop, hours=1))])
    await shop.profiles.invalidate(["u"])
    late = asyncio.create_task(interactions(shop))
    await asyncio.sleep(0.05)
    shop.catalog.gate.set()
    assert ("new", "view") in await late
    await early
    assert ("new", "view") in await interactions(shop)


async def test_refunded_purchase_counts_neither_by_the_catalog_nor_by_its_event(shop: Shop) -> None:
    bought = Purchase(user_id="u", product_id="a", purchased_at=at(shop, days=3), quantity=2)
    refund = msgspec.structs.replace(bought, purchased_at=at(shop, days=1), quantity=-2)
    shop.catalog.purchases = [refund, bought, msgspec.structs.replace(bought, product_id="b")]
    await shop.events.add([an_event("e", product_id="a", kind="purchase", occurred_at=bought.purchased_at)])
    assert await interactions(shop) == [("b", "purchase")]


def test_deep_categories_are_merged_in_linear_time() -> None:
    deep = "a>" * 200_000
    catalog = Preferences(liked_categories=(deep, "b"))
    own = Preferences(disliked_categories=("a > a > a", "b"))
    assert merge_preferences(catalog, own).liked_categories == ()
    own = Preferences(disliked_categories=("a > b", ">"))
    assert merge_preferences(catalog, own).liked_categories == (deep, "b")


def test_stored_purchase_of_the_year_1_does_not_break_the_export() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    record = CatalogRecord(
        [PurchaseRecord("1", "a", -62_135_647_200.0), PurchaseRecord("2", "b", now.timestamp())]
    )
    stored = StoredShopper(catalog_record=StoredContent(msgspec.msgpack.encode(record), now))
    assert [one.product_id for one in build_export("u", stored, now).purchases] == ["b"]

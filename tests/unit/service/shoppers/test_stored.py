"""Profiles: what is stored of a shopper joins what the catalog says."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.catalog import Preferences, Purchase, UserRecord
from adapters.database import open_engine
from service.shoppers.records import PreferencesView
from tests.support.builders.profile_shops import BrokenCache, Shop
from tests.support.builders.recorded_events import an_event

pytestmark = pytest.mark.anyio


async def interactions(shop: Shop) -> list[tuple[str, str]]:
    loaded = await shop.reader.read("u")
    return sorted((one.product_id, one.kind) for one in loaded.profile.interactions)


def at(shop: Shop, **ago: float) -> datetime:
    return datetime.fromtimestamp(shop.clock(), UTC) - timedelta(**ago)


async def test_events_join_the_catalog_s_purchases_from_the_next_reading_on(shop: Shop) -> None:
    assert await interactions(shop) == [("a", "purchase")]
    events = [
        an_event(kind, product_id=f"of {kind}", kind=kind, occurred_at=at(shop, hours=1))
        for kind in ("view", "hide", "purchase")
    ]
    await shop.events.add(events)
    assert await interactions(shop) == [("a", "purchase")]
    await shop.reader.forget(["u"])
    joined = [
        ("a", "purchase"),
        ("of hide", "hide"),
        ("of purchase", "purchase"),
        ("of view", "view"),
    ]
    assert await interactions(shop) == joined
    assert shop.catalog.calls == 1  # what the catalog said a moment ago is stored
    shop.catalog.down = True
    shop.clock.now += 3500
    await shop.reader.forget(["u"])
    loaded = await shop.reader.read("u")
    assert len(loaded.profile.interactions) == 4
    assert loaded.degraded == ("catalog",)


async def test_a_purchase_known_as_event_and_from_the_catalog_counts_once(shop: Shop) -> None:
    bought = [("1", "a", at(shop, days=9)), ("2", "b", at(shop, days=5)), ("3", "d", at(shop, days=5))]
    shop.catalog.purchases = [
        Purchase(id=id_, user_id="u", product_id=p, purchased_at=when, order_id=f"o{id_}")
        for id_, p, when in bought
    ]
    events = [
        ("1", "a", at(shop, days=7), None),  # the same id
        ("x", "b", at(shop, days=5, seconds=-1), None),  # the same product on the same day
        ("y", "b", at(shop, days=3), "o9"),  # bought again
        ("z", "c", at(shop, days=-9), None),  # a clock that is ahead
        ("v", "d", at(shop, days=6), "o3"),  # the same product in the same order
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


async def test_preferences_set_here_win_over_the_catalog_s(shop: Shop) -> None:
    told = Preferences(
        liked_categories=("Tea", "Toys"), disliked_categories=("Fish",), liked_brands=("B",), price_max=9.0
    )
    shop.catalog.record = UserRecord(id="u", preferences=told)
    loaded = await shop.reader.read("u")
    assert loaded.profile.preferences.liked_categories == ("Tea", "Toys")
    own = PreferencesView(
        liked_categories=["fish"], disliked_categories=["toys"], hidden_products=["x"], price_min=1
    )
    await shop.store.put_preferences("u", msgspec.msgpack.encode(own))
    await shop.reader.forget(["u"])
    preferences = (await shop.reader.read("u")).profile.preferences
    assert preferences.liked_categories == ("fish", "Tea")
    assert preferences.disliked_categories == ("toys",)
    assert preferences.liked_brands == ("B",)
    assert preferences.hidden_products == ("x",)
    assert (preferences.price_min, preferences.price_max) == (1, 9)


async def test_what_is_set_here_of_a_category_holds_for_all_below_it(shop: Shop) -> None:
    told = Preferences(
        liked_categories=("Toys > Wood", "Tea"), disliked_categories=("tea>Black",), liked_brands=(" b",)
    )
    shop.catalog.record = UserRecord(id="u", preferences=told)
    own = PreferencesView(
        liked_categories=["Tea > Black > Assam"], disliked_categories=["Toys"], disliked_brands=["B"]
    )
    await shop.store.put_preferences("u", msgspec.msgpack.encode(own))
    preferences = (await shop.reader.read("u")).profile.preferences
    assert preferences.liked_categories == ("Tea > Black > Assam", "Tea")
    assert preferences.disliked_categories == ("Toys", "tea>Black")
    assert (preferences.liked_brands, preferences.disliked_brands) == ((), ("B",))


async def test_what_is_read_while_something_happens_is_not_kept(shop: Shop) -> None:
    shop.catalog.gate.clear()
    early = asyncio.create_task(interactions(shop))
    while not shop.catalog.calls:
        await asyncio.sleep(0.001)
    await shop.events.add([an_event(product_id="new", occurred_at=at(shop, hours=1))])
    await shop.reader.forget(["u"])
    late = asyncio.create_task(interactions(shop))
    await asyncio.sleep(0.05)
    shop.catalog.gate.set()
    assert ("new", "view") in await late
    await early
    assert ("new", "view") in await interactions(shop)


async def test_purchases_from_before_an_erasure_are_not_used(shop: Shop) -> None:
    await shop.products()
    receipt = await shop.store.erase("u")
    await shop.reader.bury("u", receipt.erased_at.timestamp())
    assert await interactions(shop) == []
    await shop.store.keep_profile("u", b"\x90", at(shop))  # as a reader would that began before
    assert (await shop.store.read("u", 1)).profile is None
    shop.catalog.record = UserRecord(id="u", preferences=Preferences(liked_brands=("B",)))
    shop.clock.now += 700
    assert (await shop.reader.read("u")).profile.preferences.liked_brands == ()
    assert (await shop.store.erase("u")).profiles == 0  # nothing was there to be kept


async def broken(engine: AsyncEngine) -> None:
    """Makes the database's file no database any more."""
    await engine.dispose()
    await asyncio.to_thread(Path(str(engine.url.database)).write_bytes, b"not a database" * 1000)


async def test_without_the_database_the_catalog_s_purchases_serve_and_it_is_said(
    shop: Shop, engine: AsyncEngine
) -> None:
    receipt = await shop.store.erase("erased")
    await shop.reader.bury("erased", receipt.erased_at.timestamp())
    await broken(engine)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            loaded = await shop.reader.read("u")
            assert [one.product_id for one in loaded.profile.interactions] == ["a"]
            assert loaded.degraded == ("database",)
        assert (await shop.reader.read("erased")).profile.interactions == ()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
        "answers go without the database"
    ]


async def test_without_database_and_cache_nothing_is_known_of_erasures_so_nothing_is_used(
    engine: AsyncEngine,
) -> None:
    await broken(engine)
    loaded = await Shop(engine, BrokenCache()).reader.read("u")
    assert loaded.profile.interactions == ()
    assert loaded.degraded == ("redis", "database")


async def test_a_known_shopper_keeps_events_while_the_database_is_down(
    shop: Shop, engine: AsyncEngine
) -> None:
    await shop.events.add([an_event(product_id="seen", occurred_at=at(shop, hours=1))])
    before = await interactions(shop)
    await broken(engine)
    assert (await shop.reader.read("u")).degraded == ()
    shop.clock.now += 700
    loaded = await shop.reader.read("u")
    assert sorted((one.product_id, one.kind) for one in loaded.profile.interactions) == before
    assert loaded.degraded == ("database",)


async def test_in_a_database_without_tables_nobody_is_erased(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    loaded = await Shop(engine, BrokenCache()).reader.read("u")
    assert len(loaded.profile.interactions) == 1
    assert loaded.degraded == ("redis", "database")
    await engine.dispose()

"""Profiles during an outage of the database, and after an erasure."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.catalog import Preferences, UserRecord
from adapters.database import DatabaseRejected, DatabaseUnavailable, open_engine
from recommender.entities import Preferences as CorePreferences
from recommender.interactions import Interactions
from service.shoppers.profiles.profile_cache import CachedProfile, bound_value, profile_key
from tests.support.builders.profile_shops import BrokenCache, Shop
from tests.support.builders.recorded_events import an_event

pytestmark = pytest.mark.anyio


def at(shop: Shop, **ago: float) -> datetime:
    return datetime.fromtimestamp(shop.clock(), UTC) - timedelta(**ago)


async def test_purchases_before_an_erasure_are_ignored(shop: Shop) -> None:
    await shop.products()
    receipt = await shop.store.erase("u")
    await shop.profiles.write_tombstone("u", receipt.erased_at.timestamp())
    assert await shop.products() == []
    await shop.store.save_catalog_record("u", b"\x90", at(shop))  # as by a refresh that began before
    assert (await shop.store.read("u", 1)).catalog_record is None
    shop.catalog.record = UserRecord(id="u", preferences=Preferences(liked_brands=("B",)))
    shop.clock.now += 700
    assert (await shop.reader.read("u")).profile.preferences.liked_brands == ()
    assert (await shop.store.erase("u")).profiles == 0  # The empty record of an erased shopper is not stored.


async def corrupt(engine: AsyncEngine) -> None:
    """Overwrites the file of the database."""
    await engine.dispose()
    await asyncio.to_thread(Path(str(engine.url.database)).write_bytes, b"not a database" * 1000)


async def test_the_catalogs_purchases_are_served_as_degraded_without_the_database(
    shop: Shop, engine: AsyncEngine
) -> None:
    receipt = await shop.store.erase("erased")
    await shop.profiles.write_tombstone("erased", receipt.erased_at.timestamp())
    await shop.events.add([an_event(kind="hide", product_id="hidden"), an_event(user_id="erased")])
    for user_id in ("u", "erased"):
        await shop.products(user_id)
    shop.clock.now += 3601  # The profiles expire.
    await corrupt(engine)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            loaded = await shop.reader.read("u")
            assert [one.product_id for one in loaded.profile.interactions] == ["a"]
            assert loaded.profile.preferences.hidden_products == ("hidden",)
            assert (loaded.degraded, loaded.hides_known) == (("database",), True)
        shop.catalog.down = True
        shop.clock.now += 3
        without_both = await shop.reader.read("u")
        assert without_both.profile.preferences.hidden_products == ("hidden",)
        assert (without_both.degraded, without_both.hides_known) == (("catalog", "database"), True)
        assert (await shop.reader.read("erased")).profile.interactions == ()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
        "serving without the database"
    ]


async def test_concurrent_reads_and_saves_log_an_outage_once(shop: Shop, engine: AsyncEngine) -> None:
    reader = shop.components.shopper_reader
    with structlog.testing.capture_logs() as logs:
        with pytest.raises(DatabaseRejected):
            await reader.read("\ud800")  # No text of a database, which goes on.
        await corrupt(engine)
        reads = (reader.read(f"u{number}") for number in range(5))
        failures = await asyncio.gather(*reads, return_exceptions=True)
        assert {type(each) for each in failures} == {DatabaseUnavailable}
        await asyncio.gather(*(reader.save_catalog_record(f"u{n}", b"\x90", at(shop)) for n in range(5)))
    assert [entry["event"] for entry in logs if entry["event"] != "profile not cached"] == [
        "stored shopper not read",
        "serving without the database",
        "catalog record not stored",
    ]


async def test_hides_of_a_shopper_who_was_never_read_are_unknown_without_the_database(
    shop: Shop, engine: AsyncEngine
) -> None:
    await corrupt(engine)
    loaded = await shop.reader.read("u")
    assert (loaded.profile.interactions, loaded.degraded) == ((), ("database",))
    assert not loaded.hides_known


async def test_hidden_products_read_before_a_change_are_not_cached_after_it(shop: Shop) -> None:
    early = await shop.profiles.hidden_epoch("u")
    await shop.profiles.invalidate(["u"], ["u"])
    await shop.profiles.set_hidden("u", [], early)
    assert await shop.profiles.hidden("u") is None
    await shop.profiles.set_hidden("u", ["b", "a"], await shop.profiles.hidden_epoch("u"))
    await shop.profiles.invalidate(["u"])
    assert await shop.profiles.hidden("u") == ("a", "b")
    await shop.profiles.write_tombstone("u", shop.clock())
    assert await shop.profiles.hidden("u") is None


@pytest.mark.parametrize("damaged", [b"", b"\xff", b"\xa1\xff", b"\x91\xa1\xff", b"\x91\x01"])
async def test_damaged_hidden_products_are_unknown(shop: Shop, damaged: bytes) -> None:
    await shop.cache.set("hidden:1:u", bound_value("hidden:1:u", damaged), 60)
    assert await shop.profiles.hidden("u") is None


@pytest.mark.parametrize("of_another", [bound_value("hidden:1:v", b"\x91\xa1a"), b"\x91\xa1a"])
async def test_hidden_products_of_another_shopper_are_unknown(shop: Shop, of_another: bytes) -> None:
    await shop.cache.set("hidden:1:u", of_another, 60)
    assert await shop.profiles.hidden("u") is None


async def test_a_profile_of_another_shopper_is_a_miss(shop: Shop) -> None:
    await shop.profiles.set("v", CachedProfile(1.0, Interactions.of([]), CorePreferences()), 60, b"0")
    assert await shop.profiles.get("v") is not None
    moved = await shop.cache.get(profile_key("v"))
    assert moved is not None
    await shop.cache.set(profile_key("u"), moved, 60)
    assert await shop.profiles.get("u") is None


async def test_no_purchases_are_used_while_tombstones_cannot_be_read(
    engine: AsyncEngine,
) -> None:
    await corrupt(engine)
    loaded = await Shop(engine, BrokenCache()).reader.read("u")
    assert loaded.profile.interactions == ()
    assert loaded.degraded == ("redis", "database")
    assert not loaded.hides_known


async def test_a_cached_profile_keeps_its_events_without_the_database(
    shop: Shop, engine: AsyncEngine
) -> None:
    await shop.events.add([an_event(product_id="seen", occurred_at=at(shop, hours=1))])
    before = sorted(await shop.products())
    await corrupt(engine)
    assert (await shop.reader.read("u")).degraded == ()
    shop.clock.now += 700
    loaded = await shop.reader.read("u")
    assert sorted(one.product_id for one in loaded.profile.interactions) == before
    assert loaded.degraded == ("database",)


async def test_nobody_counts_as_erased_in_a_database_without_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    loaded = await Shop(engine, BrokenCache()).reader.read("u")
    assert len(loaded.profile.interactions) == 1
    assert (loaded.degraded, loaded.hides_known) == (("redis", "database"), True)
    await engine.dispose()

"""Components of the service that a caller may replace."""

from collections.abc import Callable, Sequence
from typing import TypedDict

from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.cache import Cache, QuotaStore
from adapters.database import EventStore, ShopperStore
from adapters.snapshots import SigningKey, SnapshotStorage
from adapters.telemetry import ServiceMetrics, Telemetry
from service.auth import TokenVerifier
from service.background import Work
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.directory import PurchaseFeed
from service.console.login import Login
from service.limits import RateLimits
from service.recommendations.service import Recommendations
from service.shoppers.attribution import Attribution
from service.shoppers.catalog_reader import CatalogReader, PurchaseSource
from service.shoppers.invalidation import ProfileInvalidator
from service.shoppers.known_shoppers import KnownShoppers
from service.shoppers.profile_cache import ProfileCache
from service.shoppers.profile_reader import ProfileReader
from service.shoppers.service import ShopperService
from service.shoppers.shopper_reader import ShopperReader
from service.signed.cursors import Cursors
from service.signed.recommendation_ids import RecommendationIds
from service.snapshots.live import LiveSnapshot
from service.snapshots.overlay_poller import ChangeFeed, OverlayPoller
from service.snapshots.watcher import SnapshotWatcher


class Overrides(TypedDict, total=False):
    """Components that a caller may replace. `Components` documents each under the same name."""

    clock: Callable[[], float]
    signing_keys: Sequence[SigningKey]
    verifier: TokenVerifier
    telemetry: Telemetry
    metrics: ServiceMetrics
    cache: Cache
    profile_cache: ProfileCache
    quotas: QuotaStore
    rate_limits: RateLimits
    engine: AsyncEngine
    event_store: EventStore
    shopper_store: ShopperStore
    shopper_reader: ShopperReader
    profile_catalog: PurchaseSource
    catalog_reader: CatalogReader
    known_shoppers: KnownShoppers
    profiles: ProfileReader
    profile_invalidator: ProfileInvalidator
    feed_catalog: ChangeFeed
    purchase_feed: PurchaseFeed
    live: LiveSnapshot
    snapshot_storage: SnapshotStorage
    snapshot_watcher: SnapshotWatcher
    overlay_poller: OverlayPoller
    recommendation_ids: RecommendationIds
    cursors: Cursors
    recommendations: Recommendations
    attribution: Attribution
    shoppers: ShopperService
    facts: ConsoleFacts
    login: Login | None
    background: Sequence[Work]
    routes: Sequence[ControllerRouterHandler]

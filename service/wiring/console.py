"""The console's facts and logins, from components of the service."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from opentelemetry.metrics import NoOpMeter
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import ShopperListing
from adapters.snapshots import SigningKey, SnapshotStorage
from adapters.telemetry import ServiceMetrics, SilentStages
from service.auth import TokenVerifier
from service.console.facts.catalog_map import MapFacts
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.data import DataFacts
from service.console.facts.live import LiveFacts
from service.console.facts.long_questions import LongQuestions
from service.console.facts.product import ProductFacts
from service.console.facts.search import ProductSearch
from service.console.facts.shoppers.audience import AudienceFacts
from service.console.facts.shoppers.directory import PurchaseFeed, ShopperDirectory
from service.console.facts.shoppers.guest import GuestFacts
from service.console.facts.shoppers.shopper import ShopperFacts
from service.console.facts.snapshots.comparison import SnapshotComparison
from service.console.facts.snapshots.published import SnapshotFacts
from service.console.login import CodeExchange, Login, LoginConfig, Sessions
from service.recommendations.service import Recommendations
from service.settings import ServiceSettings
from service.snapshots.other_versions import OtherVersions


def console_facts(
    recommendations: Recommendations,
    engine: AsyncEngine,
    purchases: PurchaseFeed,
    storage: SnapshotStorage,
    keys: Sequence[SigningKey],
) -> ConsoleFacts:
    """The facts.

    They come from the API's own answers, which no metric counts as sent.
    """
    unmeasured = replace(recommendations, metrics=ServiceMetrics(NoOpMeter("console")), stages=SilentStages())
    questions, live = LongQuestions(), recommendations.live
    directory = ShopperDirectory(ShopperListing(engine), purchases, live)
    return ConsoleFacts(
        directory,
        ShopperFacts(unmeasured),
        GuestFacts(unmeasured),
        MapFacts(live),
        ProductFacts(unmeasured),
        AudienceFacts(unmeasured, directory, questions),
        ProductSearch(live),
        SnapshotFacts(storage, keys, live),
        SnapshotComparison(unmeasured, directory, questions, OtherVersions(storage, keys, live)),
        DataFacts(live),
        LiveFacts(recommendations.metrics),
    )


def console_login(
    settings: ServiceSettings,
    keys: Sequence[SigningKey],
    verifier: TokenVerifier,
    clock: Callable[[], float],
) -> Login:
    """Logins of the console at its issuer.

    The settings are complete where the console is turned on.
    """
    config = LoginConfig(
        str(settings.console_public_url),
        settings.path_prefix,
        str(settings.console_client_id),
        str(settings.console_authorization_url),
        settings.console_scopes,
    )
    sessions = Sessions(keys, clock, secure=config.public_url.startswith("https://"))
    return Login(config, sessions, CodeExchange(str(settings.console_token_url)), verifier, clock)

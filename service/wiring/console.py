"""The console's facts, from components of the service."""

from dataclasses import replace

from opentelemetry.metrics import NoOpMeter
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import ShopperListing
from adapters.telemetry import ServiceMetrics, SilentStages
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.directory import PurchaseFeed, ShopperDirectory
from service.console.facts.shopper import ShopperFacts
from service.recommendations.service import Recommendations


def console_facts(
    recommendations: Recommendations, engine: AsyncEngine, purchases: PurchaseFeed
) -> ConsoleFacts:
    """The facts.

    They come from the API's own answers, which no metric counts as sent.
    """
    unmeasured = replace(recommendations, metrics=ServiceMetrics(NoOpMeter("console")), stages=SilentStages())
    return ConsoleFacts(
        ShopperDirectory(ShopperListing(engine), purchases, recommendations.live), ShopperFacts(unmeasured)
    )

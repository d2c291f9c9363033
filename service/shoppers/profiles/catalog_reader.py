"""Reads a shopper's purchases and preferences from the catalog."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

import structlog

from adapters.catalog import CatalogCircuitOpen, CatalogError, Purchase, UserRecord
from adapters.telemetry import ServiceMetrics
from recommender.entities import Preferences
from service.shoppers.profiles.records import CatalogRecord, catalog_preferences, purchase_records


class PurchaseSource(Protocol):
    """The part of the catalog that knows shoppers. Every method raises CatalogError."""

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        """Returns the latest purchases, newest first, or None for an unknown user."""
        ...

    async def user(self, user_id: str) -> UserRecord | None:
        """Returns one user with preferences, or None for an unknown user."""
        ...


@dataclass(slots=True)
class CatalogReader:
    """Reads shoppers from the catalog. It logs an outage once.

    Attributes:
        purchase_limit: how many of a shopper's latest purchases are read.
    """

    source: PurchaseSource
    metrics: ServiceMetrics
    purchase_limit: int
    _is_down: bool = False

    async def read(self, user_id: str, known: CatalogRecord | None) -> tuple[CatalogRecord, bool]:
        """Returns what the catalog says now, and whether that is complete.

        Preferences are missing or old if the catalog cannot return the user.

        If the catalog returns the maximum number of purchases, it may have earlier ones. The latest earlier ones of
        `known` are then kept, up to the same number.

        Args:
            user_id: shopper to read.
            known: last record. Its preferences are kept while the catalog cannot return users.

        Raises:
            CatalogError: the purchases cannot be read.
        """
        purchases, user = await asyncio.gather(
            self.source.user_purchases(user_id, self.purchase_limit),
            self.source.user(user_id),
            return_exceptions=True,
        )
        if isinstance(user, CatalogCircuitOpen) and not isinstance(purchases, BaseException):
            # The purchases were the trial call of a circuit that is closed now.
            (user,) = await asyncio.gather(self.source.user(user_id), return_exceptions=True)
        if isinstance(purchases, CatalogError):
            self._note_failure(purchases)
        if isinstance(purchases, BaseException):
            raise purchases
        if isinstance(user, CatalogError):
            # A shop without user records loses preferences, not recommendations.
            self.metrics.catalog_failed("user", type(user).__name__)
            preferences = known.preferences if known else Preferences()
        elif isinstance(user, BaseException):
            raise user
        else:
            preferences = catalog_preferences(user)
        self._is_down = False
        records = purchase_records(purchases or [])
        if known and len(records) >= self.purchase_limit:
            oldest = min(purchase.at for purchase in records)
            earlier = [purchase for purchase in known.purchases if purchase.at < oldest]
            records += sorted(earlier, key=lambda purchase: -purchase.at)[: self.purchase_limit]
        return CatalogRecord(records, preferences), not isinstance(user, CatalogError)

    def _note_failure(self, error: CatalogError) -> None:
        self.metrics.catalog_failed("user_purchases", type(error).__name__)
        if not self._is_down:  # Once per outage, because the metric counts every failure.
            structlog.get_logger("service").warning("profiles are not refreshed", reason=str(error))
        self._is_down = True

"""Catalog records of shoppers, and how they are stored."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from adapters.catalog import EARLIEST, LATEST, Purchase, UserRecord
from adapters.database import StoredShopper, erased_digest
from recommender.entities import Preferences
from recommender.normalization import normalize

_EARLIEST, _LATEST = EARLIEST.timestamp(), LATEST.timestamp()
_Stored = TypeVar("_Stored")

MAX_EPOCH_SECONDS = 1e11

EpochSeconds = Annotated[float, msgspec.Meta(ge=-MAX_EPOCH_SECONDS, le=MAX_EPOCH_SECONDS)]
"""A time. The decoder refuses infinity and NaN."""


class PurchaseRecord(msgspec.Struct, array_like=True, frozen=True):
    """One purchase from the catalog.

    `at` is in epoch seconds, and may be in the future. A negative quantity is a refund.
    """

    id: str | None
    product_id: str
    at: EpochSeconds
    order_id: str | None = None
    quantity: float = 1.0

    def key(self, user_id: str) -> str:
        """Identifies the purchase among all that an erasure remembers."""
        return f"{user_id}/catalog/{self.product_id}/{self.id or self.order_id or self.at}"


class CatalogRecord(msgspec.Struct, array_like=True, frozen=True):
    """Purchases and preferences of a shopper, as last read from the catalog."""

    purchases: list[PurchaseRecord] = []
    preferences: Preferences = Preferences()

    def after_erasure(
        self, user_id: str, erased_at: datetime | None, erased_digests: Collection[str] = ()
    ) -> "CatalogRecord":
        """Returns what may be used of a shopper erased at `erased_at`: later purchases only.

        `erased_digests` are those of purchases that were erased although they are dated later.
        """
        if erased_at is None:
            return self
        later = [purchase for purchase in self.purchases if purchase.at > erased_at.timestamp()]
        if erased_digests:
            later = [one for one in later if erased_digest(one.key(user_id)) not in erased_digests]
        return CatalogRecord(later)


EMPTY_RECORD = msgspec.msgpack.encode(CatalogRecord())
"""The record of a shopper whom the catalog does not know, as it is stored."""


def purchase_records(purchases: Iterable[Purchase]) -> list[PurchaseRecord]:
    """Converts purchases of the catalog."""
    return [
        PurchaseRecord(
            id=purchase.id,
            product_id=purchase.product_id,
            at=purchase.purchased_at.timestamp(),
            order_id=purchase.order_id,
            quantity=purchase.quantity,
        )
        for purchase in purchases
    ]


def catalog_preferences(user: UserRecord | None) -> Preferences:
    """Converts the preferences of a catalog user. An unknown user has none."""
    return Preferences(**msgspec.structs.asdict(user.preferences)) if user else Preferences()


def decode_stored(content: bytes, kind: type[_Stored]) -> _Stored | None:
    """Decodes msgpack from the database or the cache.

    None stands for damaged bytes, and for a form that another release wrote.
    """
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (ValueError, OverflowError, RecursionError):
        return None


def stored_catalog_record(stored: StoredShopper) -> CatalogRecord | None:
    """Decodes the stored catalog record, if there is a readable one.

    Omits purchases with a time that an earlier release stored, and that no calendar has.
    """
    if stored.catalog_record is None:
        return None
    record = decode_stored(stored.catalog_record.content, CatalogRecord)
    if record is None:
        return None
    purchases = [purchase for purchase in record.purchases if _EARLIEST <= purchase.at <= _LATEST]
    return CatalogRecord(purchases, record.preferences)


def stored_preferences(stored: StoredShopper) -> Preferences | None:
    """Decodes the stored preferences, if there are readable ones."""
    if stored.preferences is None:
        return None
    found = decode_stored(stored.preferences.content, Preferences)
    if found is None:
        return None
    # An earlier release stored ids as they were sent.
    return replace(found, hidden_products=tuple(map(normalize, found.hidden_products)))

"""What goes over the wire, as msgspec structs; field names and defaults are the contract's."""

import math
from datetime import datetime
from typing import Annotated, Any

import msgspec

from catalog.ids import check_id, check_order_id
from catalog.instants import to_micros

Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*\Z")]
"""Text as PostgreSQL can hold it: without NUL."""

PURCHASES_PER_CALL = 10_000
"""The most purchases that one POST may bring."""


class Product(msgspec.Struct, frozen=True):
    """A product as it is read."""

    id: str
    title: str
    description: str | None
    category: str | None
    brand: str | None
    price: float | None
    currency: str | None
    in_stock: bool
    image_url: str | None
    created_at: datetime | None
    updated_at: datetime
    attributes: msgspec.Raw
    deleted_at: datetime | None


class Purchase(msgspec.Struct, frozen=True):
    """A purchase as it is read."""

    id: str
    user_id: str
    product_id: str
    purchased_at: datetime
    quantity: float
    unit_price: float | None
    order_id: str | None
    recorded_at: datetime


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a user likes and dislikes, and the prices asked for."""

    liked_categories: list[str] = []
    disliked_categories: list[str] = []
    liked_brands: list[str] = []
    disliked_brands: list[str] = []
    price_min: Annotated[float, msgspec.Meta(ge=0)] | None = None
    price_max: Annotated[float, msgspec.Meta(ge=0)] | None = None


class User(msgspec.Struct, frozen=True):
    """A user as it is read."""

    id: str
    preferences: Preferences
    created_at: datetime | None
    locale: str | None


class ProductBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body that puts a product.

    What the catalog itself decides, `updated_at` and `deleted_at`, is accepted and left aside, so that a product
    can be sent back as it was read.
    """

    title: Text
    id: str | None = None
    description: Text | None = None
    category: Text | None = None
    brand: Text | None = None
    price: Annotated[float, msgspec.Meta(ge=0)] | None = None
    currency: Text | None = None
    in_stock: bool = True
    image_url: Text | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    attributes: dict[str, Any] = {}
    deleted_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.price is not None:
            _finite("price", self.price)
        if self.created_at is not None:
            to_micros(self.created_at)


class PurchaseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One purchase that a POST brings; `recorded_at` is accepted and left aside."""

    user_id: str
    product_id: str
    purchased_at: datetime
    id: str | None = None
    quantity: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    unit_price: Annotated[float, msgspec.Meta(ge=0)] | None = None
    order_id: str | None = None
    recorded_at: datetime | None = None

    def __post_init__(self) -> None:
        check_id(self.user_id)
        check_id(self.product_id)
        if self.id is not None:
            check_id(self.id)
        if self.order_id is not None:
            check_order_id(self.order_id)
        to_micros(self.purchased_at)
        _finite("quantity", self.quantity)
        if self.unit_price is not None:
            _finite("unit_price", self.unit_price)


class PurchasesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several purchases at once."""

    purchases: Annotated[list[PurchaseBody], msgspec.Meta(min_length=1, max_length=PURCHASES_PER_CALL)]


class Recorded(msgspec.Struct, frozen=True):
    """The answer to a POST: how many purchases were new, and how many were known already."""

    recorded: int
    known: int


class ProductPage(msgspec.Struct, frozen=True):
    """A page of products; `next_cursor` is None on the last."""

    items: list[Product]
    next_cursor: str | None


class PurchasePage(msgspec.Struct, frozen=True):
    """A page of purchases; `next_cursor` is None on the last."""

    items: list[Purchase]
    next_cursor: str | None


def _finite(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} is not a finite number")

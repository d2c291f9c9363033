"""Bodies of requests and responses.

Field names and defaults follow the contract.
"""

import math
from datetime import datetime
from typing import Annotated, Any

import msgspec

from catalog.ids import check_id, check_order_id
from catalog.instants import to_micros

Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*\Z")]
"""Text without NUL characters, which PostgreSQL cannot store."""

MAX_PURCHASES_PER_CALL = 10_000
"""Maximum number of purchases in one POST."""


class Product(msgspec.Struct, frozen=True):
    """A product in a response."""

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
    """A purchase in a response. A guest's has no user."""

    id: str
    user_id: str | None
    product_id: str
    purchased_at: datetime
    quantity: float
    unit_price: float | None
    order_id: str | None
    recorded_at: datetime


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Likes, dislikes and price range of a user."""

    liked_categories: list[str] = []
    disliked_categories: list[str] = []
    liked_brands: list[str] = []
    disliked_brands: list[str] = []
    price_min: Annotated[float, msgspec.Meta(ge=0)] | None = None
    price_max: Annotated[float, msgspec.Meta(ge=0)] | None = None


class User(msgspec.Struct, frozen=True):
    """A user in a response."""

    id: str
    preferences: Preferences
    created_at: datetime | None
    locale: str | None


class ProductBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of a PUT of a product.

    The fields `updated_at` and `deleted_at` are accepted but ignored, so that a product can be sent back unchanged.
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
            _check_finite("price", self.price)
        if self.created_at is not None:
            to_micros(self.created_at)


class PurchaseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A purchase in a POST. A negative quantity is a refund.

    The `user_id` of a guest is None, which must be written, and the order tells the guests apart. The purchase's
    `recorded_at` is accepted but ignored.
    """

    user_id: str | None
    product_id: str
    purchased_at: datetime
    id: str | None = None
    quantity: float = 1.0
    unit_price: Annotated[float, msgspec.Meta(ge=0)] | None = None
    order_id: str | None = None
    recorded_at: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("user_id", "product_id", "id"):
            value = getattr(self, name)
            if value is not None:
                msgspec.structs.force_setattr(self, name, check_id(value))
        if self.order_id is not None:
            msgspec.structs.force_setattr(self, "order_id", check_order_id(self.order_id))
        elif self.user_id is None:
            raise ValueError("a purchase without user_id is a guest's and needs an order_id")
        to_micros(self.purchased_at)
        _check_finite("quantity", self.quantity)
        if self.quantity == 0:
            raise ValueError("quantity is 0")
        if self.unit_price is not None:
            _check_finite("unit_price", self.unit_price)


class PurchasesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several purchases in one POST."""

    purchases: Annotated[list[PurchaseBody], msgspec.Meta(min_length=1, max_length=MAX_PURCHASES_PER_CALL)]


class Recorded(msgspec.Struct, frozen=True):
    """Numbers of new and of already known purchases in a POST."""

    recorded: int
    known: int


class ProductPage(msgspec.Struct, frozen=True):
    """A page of products. `next_cursor` is None on the last page."""

    items: list[Product]
    next_cursor: str | None


class PurchasePage(msgspec.Struct, frozen=True):
    """A page of purchases. `next_cursor` is None on the last page."""

    items: list[Purchase]
    next_cursor: str | None


class LoadedFile(msgspec.Struct, frozen=True):
    """A file of a load.

    Attributes:
        name: its name without folders. A sheet or member of an archive follows after a colon.
        role: what it lists: purchases, orders, products or users.
        format: such as "CSV".
        rows: its rows, with those that were left out.
    """

    name: str
    role: str
    format: str
    rows: int


class LeftOutRows(msgspec.Struct, frozen=True):
    """Rows of files of purchases that a load left out for one reason.

    Attributes:
        reason: the reason, in a few words.
        rows: number of rows.
        examples: file and line of the first three. Their text is not kept, because it may hold personal data.
        unreadable: whether the rows are faulty.
    """

    reason: str
    rows: int
    examples: list[str]
    unreadable: bool


class Load(msgspec.Struct, frozen=True):
    """Facts about a load of files, as its preview had them.

    Attributes:
        loaded_at: time of the load.
        files: the files.
        skipped_files: files of folders and archives that were not used, with the reason.
        rows: rows of the files of purchases. They are `purchases` and those left out.
        purchases: rows that are purchases. Those that repeat a purchase are counted.
        left_out: rows that were left out, by reason.
        noticed: what is notable in rows, with numbers.
        unused_columns: columns that were not used.
        hints: what would improve the recommendations.
    """

    loaded_at: datetime
    files: list[LoadedFile]
    skipped_files: list[str]
    rows: int
    purchases: int
    left_out: list[LeftOutRows]
    noticed: list[str]
    unused_columns: list[str]
    hints: list[str]


class LoadList(msgspec.Struct, frozen=True):
    """The latest loads, newest first."""

    items: list[Load]


def _check_finite(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} is not a finite number")

"""Structures of the catalog's responses, as the contract has them.

All are frozen. Times have a time zone, and amounts are finite.
"""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

T = TypeVar("T")

Time = Annotated[datetime, Meta(tz=True)]
Amount = Annotated[float, Meta(ge=0)]
Cursor = Annotated[str, Meta(min_length=1, max_length=4096)]


class Product(Struct, frozen=True, kw_only=True):
    """A product. `category` is a path such as `Pantry > Pasta`."""

    id: str
    updated_at: Time
    title: str = ""
    description: str | None = None
    category: str | None = None
    brand: str | None = None
    price: Amount | None = None
    currency: str | None = None
    in_stock: bool = True
    image_url: str | None = None
    created_at: Time | None = None
    attributes: dict[str, object] = {}
    deleted_at: Time | None = None


class Purchase(Struct, frozen=True, kw_only=True):
    """A purchase of one product by one user or guest.

    The catalog recorded it at `recorded_at`. A negative quantity is a refund. A guest has no `user_id`, and the
    purchases of one `order_id` are one guest's.
    """

    product_id: str
    purchased_at: Time
    user_id: str | None = None
    id: str | None = None
    quantity: float = 1.0
    order_id: str | None = None
    recorded_at: Time | None = None


class Preferences(Struct, frozen=True, kw_only=True):
    """A user's stated likes, dislikes and price range in the shop's currency."""

    liked_categories: tuple[str, ...] = ()
    disliked_categories: tuple[str, ...] = ()
    liked_brands: tuple[str, ...] = ()
    disliked_brands: tuple[str, ...] = ()
    price_min: Amount | None = None
    price_max: Amount | None = None


class UserRecord(Struct, frozen=True, kw_only=True):
    """A user without purchases."""

    id: str
    preferences: Preferences = Preferences()


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a feed. The last page has no cursor."""

    items: list[T]
    next_cursor: Cursor | None = None


class LoadedFile(Struct, frozen=True, kw_only=True):
    """A file of a load. Its role is what it lists."""

    name: str
    role: str = ""
    format: str = ""
    rows: int = 0


class LeftOutRows(Struct, frozen=True, kw_only=True):
    """Rows that a load left out for one reason.

    Examples are names of files with numbers of lines.
    """

    reason: str
    rows: int
    examples: list[str] = []
    unreadable: bool = False


class Load(Struct, frozen=True, kw_only=True):
    """Facts about files that the catalog loaded."""

    loaded_at: Time
    rows: int
    purchases: int
    files: list[LoadedFile] = []
    skipped_files: list[str] = []
    left_out: list[LeftOutRows] = []
    noticed: list[str] = []
    unused_columns: list[str] = []
    hints: list[str] = []


class LoadList(Struct, frozen=True, kw_only=True):
    """The latest loads, newest first."""

    items: list[Load] = []

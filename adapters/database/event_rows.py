"""Events, and their form as rows."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta
from sqlalchemy import RowMapping

from adapters.database.tables import events, stored_time
from recommender.normalization import normalize

EventKind = Literal["purchase", "view", "cart", "impression", "click", "hide", "unhide"]

PERMANENT_KINDS = ("purchase", "hide")
"""Kinds, as stored, that bind for good: they are neither deleted by age nor replaced by other events."""

RECENT_KINDS = (("view", "cart", "click"), ("impression",))
"""Kinds that are evidence of taste. Of each group only a shopper's latest events are kept."""

_KINDS = frozenset(get_args(EventKind))


class Event(msgspec.Struct, frozen=True):
    """One interaction of a shopper with a product.

    Attributes:
        id: client's id of the event, unique for its shopper.
        user_id: shopper.
        product_id: product.
        kind: kind of interaction.
        occurred_at: time of the interaction, timezone-aware.
        quantity: number of pieces, if any.
        price: price of one piece in the shop's currency.
        recommendation_id: id of the answer that showed the product, if any.
        order_id: order of a purchase, by the catalog's id.

    Raises:
        ValueError: unknown kind, or a time without a time zone.
    """

    id: str
    user_id: str
    product_id: str
    kind: EventKind
    occurred_at: Annotated[datetime, Meta(tz=True)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    price: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    recommendation_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.=-]{1,1000}$")] | None = None
    order_id: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(
                f"{self.kind!r} is not a kind of event; the kinds are {', '.join(sorted(_KINDS))}"
            )
        if self.occurred_at.tzinfo is None:
            raise ValueError(f"{self.occurred_at.isoformat()} has no time zone")


_FIELDS = Event.__struct_fields__
COLUMNS = [*(events.c[name] for name in _FIELDS), events.c.unhidden]
"""Columns that `event_of` reads."""


def key_of(event: Event) -> str:
    """Primary key of an event's row.

    Ids contain no slash. Two shoppers therefore never share a key, nor is it that of an earlier release's row, whose
    key is the id alone.
    """
    return f"{event.user_id}/{event.id}"


def row_of(event: Event, recorded_at: datetime) -> dict[str, Any]:
    """The row of an event.

    An `unhide` is a marked `hide`, because earlier releases cannot read further kinds.
    """
    row = content_of(event)
    row.update(id=key_of(event), recorded_at=recorded_at, unhidden=None)
    if event.kind == "unhide":
        row.update(kind="hide", unhidden=True)
    return row


def event_of(row: RowMapping) -> Event:
    """The event of a row with `COLUMNS`, of any release.

    An earlier release stored the ids of products as they were sent.
    """
    ids = {"id": row["id"].removeprefix(f"{row['user_id']}/"), "product_id": normalize(row["product_id"])}
    fields = {name: row[name] for name in _FIELDS} | ids | {"occurred_at": stored_time(row["occurred_at"])}
    return Event(**fields | {"kind": "unhide"} if row["unhidden"] else fields)


def content_of(event: Event) -> dict[str, Any]:
    """The fields of an event. Two events are the same if these are equal."""
    return msgspec.structs.asdict(event)

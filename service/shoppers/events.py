"""Events as shops send them: a batch, each entry judged by itself."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from adapters.catalog import MAX_ID_CHARACTERS, id_fault
from adapters.database import Event, EventKind
from service.auth import WRITE_EVENTS, AuthorizationError, OtherShopper, Principal, authorize
from service.http.ids import EventId, ProductId, UserId
from service.http.json_bodies import decoded_body, finding
from service.http.problems import ProblemError
from service.http.refusals import InvalidValues

MOST_EVENTS = 500
EVENTS_PER_UNIT = 50
"""Events that count as much as one request where requests are limited."""

CLOCK_MARGIN = timedelta(minutes=10)
"""How far a shop's clock may be ahead of this one."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class EventBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing a shopper did with one product.

    Attributes:
        id: the shop's own; an event that comes again with it is the same event and counts once.
        user_id: the shopper.
        product_id: the product.
        kind: what was done.
        occurred_at: when, RFC 3339 with a time zone.
        quantity: pieces, where that has a meaning.
        price: of one piece, in the shop's currency.
        recommendation_id: the answer in which the product was shown, where it was.
        order_id: of a purchase, the order that it belongs to, as the catalog names it.
    """

    id: EventId
    user_id: UserId
    product_id: ProductId
    kind: EventKind
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    price: Annotated[float, msgspec.Meta(ge=0, le=1e12)] | None = None
    recommendation_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.=-]{1,1000}$")] | None = None
    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)] | None = None

    @classmethod
    def of(cls, event: Event) -> "EventBody":
        """A stored event."""
        return cls(**dataclasses.asdict(event))

    def event(self) -> Event:
        """As it is stored."""
        return Event(**msgspec.structs.asdict(self))


class EventsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of events."""

    events: Annotated[list[EventBody], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


class EntryView(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event: 202 stored or known already, 403 of another shopper, 422 not acceptable."""

    id: str | None
    status: int
    errors: list[ProblemError] = []


class EventsView(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a batch.

    Attributes:
        accepted: events that are stored now and were not before.
        duplicates: events that were known by their id.
        ignored: events from before their shopper was erased.
        results: one per event, in their order, when some were refused.
    """

    accepted: int
    duplicates: int
    ignored: int = 0
    results: list[EntryView] = []


class _Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


_BATCH = msgspec.json.Decoder(_Batch)
_EVENT = msgspec.json.Decoder(EventBody)


@dataclass(frozen=True, slots=True)
class JudgedEvents:
    """A batch, judged: what may be stored, and the verdict on every entry in its order."""

    good: tuple[Event, ...]
    entries: list[EntryView]

    @property
    def all_good(self) -> bool:
        """Whether nothing was refused."""
        return len(self.good) == len(self.entries)


def units_of(body: bytes) -> int:
    """What a batch counts where requests are limited; 1 for one that is none, which is refused later."""
    try:
        events = len(_BATCH.decode(body).events)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 1
    return -(-events // EVENTS_PER_UNIT)


def judged(body: bytes, principal: Principal, now: datetime) -> JudgedEvents:
    """Judges a batch.

    Raises:
        MalformedBody: it is not JSON.
        InvalidValues: it is no batch, or no entry of it is acceptable.
        AuthorizationError: every entry is of a shopper whom the caller does not reach.
    """
    good: list[Event] = []
    entries: list[EntryView] = []
    refusal: AuthorizationError | None = None
    for position, raw in enumerate(decoded_body(body, _BATCH).events):
        event, errors = _decoded(raw, f"/events/{position}", now)
        if event is None:
            entries.append(EntryView(_id(raw), 422, errors))
            continue
        try:
            authorize(principal, WRITE_EVENTS, event.user_id)
        except OtherShopper as error:
            refusal = error
            wrong = ProblemError(str(error), pointer=f"/events/{position}/user_id")
            entries.append(EntryView(event.id, 403, [wrong]))
        else:
            good.append(event.event())
            entries.append(EntryView(event.id, 202))
    if not good:
        _refuse(entries, refusal)
    return JudgedEvents(tuple(good), entries)


def _refuse(entries: Sequence[EntryView], refusal: AuthorizationError | None) -> None:
    if refusal is not None and all(entry.status == 403 for entry in entries):
        raise refusal
    raise InvalidValues([error for entry in entries for error in entry.errors])


def _decoded(raw: msgspec.Raw, pointer: str, now: datetime) -> tuple[EventBody | None, list[ProblemError]]:
    try:
        event = _EVENT.decode(raw)
    except msgspec.ValidationError as error:
        return None, [finding(error, pointer)]
    except (
        msgspec.DecodeError
    ) as error:  # what a batch's decoder passes over: a lone surrogate, a strange escape
        return None, [ProblemError(f"{error}.", pointer)]
    faults = {name: id_fault(getattr(event, name)) for name in ("id", "user_id", "product_id")}
    errors = [
        ProblemError(f"The id {fault}.", f"{pointer}/{name}") for name, fault in faults.items() if fault
    ]
    if event.order_id is not None and _CONTROL.search(event.order_id):
        errors.append(ProblemError("The order's id contains a control character.", f"{pointer}/order_id"))
    if not _EARLIEST <= event.occurred_at <= now + CLOCK_MARGIN:
        errors.append(ProblemError("The time lies in the future, or before 1970.", f"{pointer}/occurred_at"))
    return (None, errors) if errors else (event, [])


def _id(raw: msgspec.Raw) -> str | None:
    """The id of an entry that is refused for something else, where it has one."""
    try:
        content: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None
    found = content.get("id") if isinstance(content, dict) else None
    return found if isinstance(found, str) else None

"""Event batches as shops send them. Each event is validated on its own."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from adapters.catalog import MAX_ID_CHARACTERS, id_fault
from adapters.database import Event, Outcome
from service.auth import AuthorizationError, OtherShopper
from service.http.ids import EventId, ProductId, UserId, normalize_ids
from service.http.json_bodies import decode_entry, entry_id
from service.http.problems import InvalidValues, ProblemError

MAX_EVENTS = 500
MAX_EVENTS_BYTES = 2_000_000
"""500 events of 4 kB. All ids at their maximum fit, in any script."""

EVENTS_PER_UNIT = 5
"""Number of events for one unit of a rate limit. It bounds how fast one shopper fills the database."""

CLOCK_MARGIN = timedelta(minutes=10)
"""How far a shop's clock may be ahead of the service's."""

_BATCH_LENGTH = msgspec.Meta(min_length=1, max_length=MAX_EVENTS)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class EventBody(Event, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One action of a shopper with one product.

    The `id` is the shop's own and unique for its shopper. An event that is sent again with the same `id` counts once.
    """

    id: EventId
    user_id: UserId
    product_id: ProductId
    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        normalize_ids(self, "id", "user_id", "product_id", "order_id")


# For the OpenAPI document. Batches are decoded as `EventBatch`.
class EventsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of events.

    Attributes:
        events: each is validated and authorized on its own.
    """

    events: Annotated[list[EventBody], _BATCH_LENGTH]


class EntryView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Result of one event.

    Attributes:
        id: as in the event. Null for an event without a readable one.
        status: 202 stored or already known, 403 another shopper's, 409 another event has its id or the shopper's
            storage is full, 422 invalid.
        errors: invalid values.
    """

    id: str | None
    status: int
    errors: list[ProblemError] = []


class EventsView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Result of a batch.

    Attributes:
        accepted: number of events that were stored and are new.
        duplicates: number of events that were stored before.
        ignored: number of events from before their shopper's erasure, or older than all that are kept of the shopper.
        unattributed: number of new impressions, clicks and purchases whose `recommendation_id` is unknown, too old, of
            another shopper, or of an answer without the product. They are stored, and not counted by scenario.
        results: one per event, in the same order, if some were rejected.
    """

    accepted: int
    duplicates: int
    ignored: int = 0
    unattributed: int = 0
    results: list[EntryView] = []


class EventBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of undecoded events, each of which may be invalid."""

    events: Annotated[list[msgspec.Raw], _BATCH_LENGTH]

    @property
    def units(self) -> int:
        """Units of the batch for the rate limits."""
        return -(-len(self.events) // EVENTS_PER_UNIT)


BATCH_DECODER = msgspec.json.Decoder(EventBatch)
_EVENT = msgspec.json.Decoder(EventBody)


@dataclass(frozen=True, slots=True)
class ValidatedEvents:
    """A batch after validation.

    Attributes:
        accepted: events to store.
        entries: one result per event of the batch, in the same order.
    """

    accepted: tuple[Event, ...]
    entries: list[EntryView]


def validate_events(
    batch: EventBatch, check_subject: Callable[[str], None], now: datetime
) -> ValidatedEvents:
    """Decodes and validates each event of a batch.

    Args:
        batch: the events.
        check_subject: raises AuthorizationError for a shopper whom the caller may not reach.
        now: the service's time, aware.

    Raises:
        InvalidValues: no event is acceptable.
        AuthorizationError: the token lacks the scope, or every event is another shopper's.
    """
    accepted: list[Event] = []
    entries: list[EntryView] = []
    denial: AuthorizationError | None = None
    for position, raw in enumerate(batch.events):
        event, errors = _decode(raw, f"/events/{position}", now)
        if event is None:
            entries.append(EntryView(entry_id(raw), 422, errors))
            continue
        try:
            check_subject(event.user_id)
        except OtherShopper as error:
            denial = error
            wrong = ProblemError(str(error), pointer=f"/events/{position}/user_id")
            entries.append(EntryView(event.id, 403, [wrong]))
        else:
            accepted.append(event)
            entries.append(EntryView(event.id, 202))
    if not accepted:
        _reject(entries, denial)
    return ValidatedEvents(tuple(accepted), entries)


_CONFLICTS: Mapping[Outcome, str] = {
    "conflict": "The shopper has another event with this id. Give each event its own id.",
    "full": "The shopper's storage for purchases, hides and unhides is full.",
}


def build_view(events: ValidatedEvents, outcomes: Sequence[Outcome]) -> EventsView:
    """Result of a batch, given the outcome of each accepted event."""
    entries, remaining = list(events.entries), iter(outcomes)
    for position, entry in enumerate(entries):
        reason = _CONFLICTS.get(next(remaining)) if entry.status == 202 else None
        if reason is not None:
            error = ProblemError(reason, pointer=f"/events/{position}/id")
            entries[position] = EntryView(entry.id, 409, [error])
    return EventsView(
        accepted=outcomes.count("added"),
        duplicates=outcomes.count("duplicate"),
        ignored=outcomes.count("ignored"),
        results=entries if any(entry.status != 202 for entry in entries) else [],
    )


def _reject(entries: Sequence[EntryView], denial: AuthorizationError | None) -> None:
    if denial is not None and all(entry.status == 403 for entry in entries):
        raise denial
    raise InvalidValues([error for entry in entries for error in entry.errors])


def _decode(raw: msgspec.Raw, pointer: str, now: datetime) -> tuple[EventBody | None, list[ProblemError]]:
    try:
        event = decode_entry(raw, _EVENT, pointer)
    except InvalidValues as error:
        return None, list(error.errors)
    faults = {name: id_fault(getattr(event, name)) for name in ("id", "user_id", "product_id")}
    errors = [
        ProblemError(f"The id {fault}.", f"{pointer}/{name}") for name, fault in faults.items() if fault
    ]
    if event.order_id is not None and (not event.order_id or _CONTROL.search(event.order_id)):
        fault = "contains a control character" if event.order_id else "is empty"
        errors.append(ProblemError(f"The order's id {fault}.", f"{pointer}/order_id"))
    if not _EARLIEST <= event.occurred_at <= now + CLOCK_MARGIN:
        errors.append(ProblemError("The time is in the future, or before 1970.", f"{pointer}/occurred_at"))
    return (None, errors) if errors else (event, [])

"""Validation of event batches."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from service.auth import OtherShopper
from service.http.problems import InvalidValues
from service.shoppers.events import BATCH_DECODER, validate_events

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)
EVENT = {"id": "e", "user_id": "u", "product_id": "p", "kind": "view", "occurred_at": "2026-05-17T09:00:00Z"}


def check_subject(user_id: str) -> None:
    if user_id == "other":
        raise OtherShopper("events:write.any")


def validated(*changes: dict[str, Any]) -> list[int]:
    batch = BATCH_DECODER.decode(msgspec.json.encode({"events": [EVENT | change for change in changes]}))
    return [entry.status for entry in validate_events(batch, check_subject, NOW).entries]


@pytest.mark.parametrize(
    "time",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1969-12-31T23:59:59Z",
        "2026-05-17T09:41:00Z",
        "2026-05-17T09:00:00",
    ],
)
def test_time_out_of_range_is_rejected(time: str) -> None:
    with pytest.raises(InvalidValues) as rejection:
        validated({"occurred_at": time})
    assert [error.pointer for error in rejection.value.errors] == ["/events/0/occurred_at"]


def test_each_event_has_its_own_status() -> None:
    assert validated({}, {"user_id": "other"}, {"quantity": 0}) == [202, 403, 422]
    assert validated({}, {"id": " "}, {"product_id": " "}, {"order_id": " "}) == [202, 422, 422, 422]


def test_batch_of_another_shopper_is_forbidden() -> None:
    with pytest.raises(OtherShopper):
        validated({"user_id": "other"}, {"user_id": "other"})


@pytest.mark.parametrize(("events", "units"), [(1, 1), (5, 1), (6, 2), (500, 100)])
def test_five_events_are_one_unit(events: int, units: int) -> None:
    assert BATCH_DECODER.decode(msgspec.json.encode({"events": [EVENT] * events})).units == units

"""Events: actions of shoppers, sent by the shop."""

from functools import partial
from typing import Any

from litestar import Request, Response, Router, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from service.auth import Principal
from service.http.json_bodies import json_body
from service.limits import request_quota
from service.openapi.body_schemas import EventsOperation
from service.openapi.examples.answers import REJECTED_EVENTS, STORED_EVENTS
from service.routes.access import check_subject
from service.routes.request_checks import check_request
from service.shoppers.events import BATCH_DECODER, MAX_EVENTS_BYTES, EventsView
from service.shoppers.service import ShopperService


@post(
    "/events",
    summary="Record events",
    status_code=202,
    operation_class=EventsOperation,
    request_max_body_size=MAX_EVENTS_BYTES,
    responses={
        202: ResponseSpec(
            EventsView, description="All events are stored.", examples=[Example(value=STORED_EVENTS)]
        ),
        207: ResponseSpec(
            EventsView,
            description="Some events were rejected. The others are stored.",
            examples=[Example(value=REJECTED_EVENTS)],
        ),
    },
)
async def record_events(
    request: Request[Principal, Any, Any], shoppers: NamedDependency[ShopperService]
) -> Response[EventsView]:
    """Stores up to 500 events, and answers once they are durable.

    The next recommendations reflect them. The `id` identifies an event, so that sending it again is harmless. When some
    events are rejected, the others are stored, and the answer is a 207 with a status for each. When all are invalid,
    the answer is a 422, and when all are another shopper's, a 403.
    """
    batch = await json_body(request, BATCH_DECODER)
    await request_quota(request.scope).count_as(batch.units)
    view = await shoppers.record(batch, partial(check_subject, request))
    return Response(view, status_code=207 if view.results else 202)


event_routes = Router(
    path="/v1", route_handlers=[record_events], before_request=check_request, tags=["events"]
)

"""What shoppers do, told by the shop."""

from typing import Any

from litestar import Request, Response, Router, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec

from service.auth import Principal
from service.limits import spend_more
from service.openapi.body_schemas import EventsOperation
from service.routes.body import json_content
from service.routes.requests import check_request
from service.shoppers.events import EventsView, units_of
from service.shoppers.service import ShopperService


@post(
    "/events",
    summary="Record what shoppers did",
    status_code=202,
    operation_class=EventsOperation,
    responses={207: ResponseSpec(EventsView, description="Some events were refused; the rest is stored.")},
)
async def record_events(
    request: Request[Principal, Any, Any], shoppers: NamedDependency[ShopperService]
) -> Response[EventsView]:
    """Stores up to 500 events, and answers once they are durable; the next recommendations reflect them.

    An event is known by its `id`: to send it again is harmless. When some are refused, the rest is stored, and the
    answer is a 207 with a status for each.
    """
    body = await json_content(request)
    await spend_more(request, units_of(body))
    view = await shoppers.record(body, request.user)
    return Response(view, status_code=207 if view.results else 202)


event_routes = Router(
    path="/v1", route_handlers=[record_events], before_request=check_request, tags=["shoppers"]
)

"""Stored data of one shopper: preferences, export, erasure."""

from typing import Any

import msgspec
from litestar import Request, Router, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.auth import Principal
from service.http.json_bodies import json_body
from service.openapi.body_schemas import PreferencesOperation
from service.routes.request_checks import check_request
from service.shoppers.preferences import MAX_PREFERENCES_BYTES, PreferencesBody, validate_preferences
from service.shoppers.responses import ErasureView, PreferencesDocument, ShopperExport
from service.shoppers.service import ShopperService

_PREFERENCES = msgspec.json.Decoder(PreferencesBody)


@get("/{user_id:str}/preferences", summary="Read preferences")
async def read_preferences(
    shoppers: NamedDependency[ShopperService], user_id: FromPath[str]
) -> PreferencesDocument:
    """Preferences that were set here. Those in the catalog's user record are not included."""
    return await shoppers.preferences(user_id)


@put(
    "/{user_id:str}/preferences",
    summary="Set preferences",
    operation_class=PreferencesOperation,
    request_max_body_size=MAX_PREFERENCES_BYTES,
)
async def set_preferences(
    request: Request[Principal, Any, Any], shoppers: NamedDependency[ShopperService], user_id: FromPath[str]
) -> PreferencesDocument:
    """Replaces all preferences of the shopper. They take effect with the next answer.

    The body is the preferences alone, or a whole document as a read returns it, changed or not. Its `updated_at` is
    ignored.

    They override the catalog's user record, name by name and bound by bound. Other preferences of that record stay in
    effect. Names and products that the catalog does not have are stored, and have no effect until it has them.
    """
    preferences = validate_preferences(await json_body(request, _PREFERENCES), user_id)
    return await shoppers.set_preferences(user_id, preferences)


@get("/{user_id:str}/profile", summary="Export a shopper")
async def export_shopper(shoppers: NamedDependency[ShopperService], user_id: FromPath[str]) -> ShopperExport:
    """All stored data of the shopper, as one document."""
    return await shoppers.export(user_id)


@delete("/{user_id:str}", summary="Erase a shopper", status_code=200)
async def erase_shopper(shoppers: NamedDependency[ShopperService], user_id: FromPath[str]) -> ErasureView:
    """Removes all stored data of the shopper everywhere, and counts what was removed.

    Events and purchases up to now are never stored or used again, even if they are sent later. Later ones count.
    A 503 means that the erasure is incomplete: repeat it.
    """
    return await shoppers.erase(user_id)


shopper_routes = Router(
    path="/v1/users",
    route_handlers=[read_preferences, set_preferences, export_shopper, erase_shopper],
    before_request=check_request,
    tags=["shoppers"],
)

"""What is known of one shopper: preferences, export, erasure."""

from typing import Any

from litestar import Request, Router, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.auth import Principal
from service.openapi.body_schemas import PreferencesOperation
from service.routes.body import json_content
from service.routes.parameters import checked_id
from service.routes.requests import check_request
from service.shoppers.preferences import decode_preferences
from service.shoppers.responses import ErasureView, PreferencesDocument, ShopperExport
from service.shoppers.service import ShopperService


@get("/{user_id:str}/preferences", summary="Preferences")
async def read_preferences(
    shoppers: NamedDependency[ShopperService], user_id: FromPath[str]
) -> PreferencesDocument:
    """What was set for the shopper here; what the catalog's user record says beside it is not repeated."""
    return await shoppers.preferences(checked_id("user_id", user_id))


@put(
    "/{user_id:str}/preferences",
    summary="Set preferences",
    operation_class=PreferencesOperation,
)
async def set_preferences(
    request: Request[Principal, Any, Any], shoppers: NamedDependency[ShopperService], user_id: FromPath[str]
) -> PreferencesDocument:
    """Replaces all preferences of the shopper; they hold from the next answer on.

    They win over those of the catalog's user record, name by name and bound by bound; what that says beside them counts
    on. A category, brand or product that the catalog does not have is kept, and says nothing until it does.
    """
    preferences = decode_preferences(await json_content(request))
    return await shoppers.set_preferences(checked_id("user_id", user_id), preferences)


@get("/{user_id:str}/profile", summary="Export a shopper")
async def export_shopper(shoppers: NamedDependency[ShopperService], user_id: FromPath[str]) -> ShopperExport:
    """Everything that is stored of the shopper, as one document."""
    return await shoppers.export(checked_id("user_id", user_id))


@delete("/{user_id:str}", summary="Erase a shopper", status_code=200)
async def erase_shopper(shoppers: NamedDependency[ShopperService], user_id: FromPath[str]) -> ErasureView:
    """Removes everything that is stored of the shopper, everywhere, and says what it was.

    What happened up to then is not stored or used again, whoever sends it; what the shopper does later starts anew.
    A 503 means that the erasure is not complete: repeat it.
    """
    return await shoppers.erase(checked_id("user_id", user_id))


shopper_routes = Router(
    path="/v1/users",
    route_handlers=[read_preferences, set_preferences, export_shopper, erase_shopper],
    before_request=check_request,
    tags=["shoppers"],
)

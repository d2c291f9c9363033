"""Handlers of `/v1/users`."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from catalog.entities import PurchasePage, User
from catalog.errors import NotFound
from catalog.ids import normalized
from catalog.repositories.purchases import PurchaseRepository
from catalog.repositories.users import UserRepository
from catalog.routes.requests import read_instant


@get("/users/{user_id:str}")
async def get_user(user_id: FromPath[str], users: NamedDependency[UserRepository]) -> User:
    """Returns a user with preferences."""
    return await _require_user(users, user_id)


@get("/users/{user_id:str}/purchases")
async def list_user_purchases(
    user_id: FromPath[str],
    users: NamedDependency[UserRepository],
    purchases: NamedDependency[PurchaseRepository],
    limit: Annotated[int, QueryParameter(ge=1, le=5000)] = 500,
    since: FromQuery[str | None] = None,
) -> PurchasePage:
    """Returns a user's purchases, newest first."""
    user = await _require_user(users, user_id)
    first = None if since is None else read_instant("since", since)
    return PurchasePage(items=await purchases.of_user(user.id, since=first, limit=limit), next_cursor=None)


async def _require_user(users: UserRepository, user_id: str) -> User:
    user = None if "\x00" in user_id else await users.get(normalized(user_id))
    if user is None:
        raise NotFound(f"user {user_id!r} does not exist")
    return user

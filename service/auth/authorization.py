"""What a caller may do: scopes, and shoppers who reach themselves only."""

from service.auth.errors import InsufficientScope, OtherShopper
from service.auth.principal import Principal

READ_RECOMMENDATIONS = "recommendations:read"
"""Own recommendations, and everything that belongs to no user."""

READ_ANY_RECOMMENDATIONS = "recommendations:read.any"
"""Recommendations of any user: for the shop's own services."""

WRITE_EVENTS = "events:write"
"""What a shopper does; with `.any`, for the shop's own services, what any shopper does."""

READ_PROFILES = "profiles:read"
"""Preferences, and the export of all that is stored of a shopper."""

WRITE_PROFILES = "profiles:write"
"""Setting preferences."""

ERASE_USERS = "users:erase"
"""Erasing a shopper."""


def authorize(principal: Principal, scope: str, user_id: str | None) -> None:
    """Lets `principal` pass, or raises.

    Args:
        principal: the caller.
        scope: what the call needs, without the suffix `.any`.
        user_id: whose data the call reaches; None for data of no user, where either scope is enough.

    Raises:
        InsufficientScope: the token holds neither `scope` nor `scope.any`.
        OtherShopper: the token holds `scope` alone and `user_id` is not its subject.
    """
    any_user = f"{scope}.any"
    if any_user in principal.scopes:
        return
    if scope not in principal.scopes:
        raise InsufficientScope(scope)
    if user_id is not None and user_id != principal.subject:
        raise OtherShopper(any_user)

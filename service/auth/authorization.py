"""Authorization by scope and by the shopper whose data a call reaches."""

from service.auth.errors import InsufficientScope, OtherShopper
from service.auth.principal import ANY_SHOPPER, Principal

READ_RECOMMENDATIONS = "recommendations:read"
"""Own recommendations, and lists that belong to no shopper."""

WRITE_EVENTS = "events:write"
"""Own events."""

READ_PROFILES = "profiles:read"
"""Reading preferences, and exporting all stored data of a shopper."""

WRITE_PROFILES = "profiles:write"
"""Setting preferences."""

ERASE_USERS = "users:erase"
"""Erasing a shopper."""

READ_CONSOLE = "console:read"
"""The console: data of every shopper, lists and snapshots. For staff only, never for shoppers."""

WRITE_CONSOLE = "console:write"
"""Changes made in the console, such as a rollback."""


def authorize(principal: Principal, scope: str, user_id: str | None) -> None:
    """Rejects a principal that may not use `scope` for a shopper.

    Args:
        principal: the caller.
        scope: scope that the call needs, without the suffix `.any`.
        user_id: shopper whose data the call reaches. None for data of no shopper: either form of the scope is enough.

    Raises:
        InsufficientScope: neither `scope` nor `scope.any`.
        OtherShopper: `scope` alone, and another shopper than the token's subject.
    """
    for_any = scope + ANY_SHOPPER
    if for_any in principal.scopes:
        return
    if scope not in principal.scopes:
        raise InsufficientScope(scope)
    if user_id is not None and user_id != principal.subject:
        raise OtherShopper(for_any)

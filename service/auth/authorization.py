"""Authorization by scope and by the shopper whose data a call reaches."""

from service.auth.errors import InsufficientScope, OtherShopper
from service.auth.principal import Principal
from service.auth.scopes import ANY_SHOPPER


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

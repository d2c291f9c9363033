"""The rule for ids, and the id of a purchase that came without one."""

import hashlib
import re

ID_LENGTH = 200
"""The most characters an id may have."""

ID_RULE = "ids have 1 to 200 characters, no control characters, no '/', '?' or '#', and are not '.' or '..'"
"""The rule in words, for error messages."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f/?#\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SEPARATOR = "\x1f"


def check_id(value: str) -> str:
    """Returns the id; raises ValueError with a sentence when paths and proxies would break on it."""
    if not 0 < len(value) <= ID_LENGTH or value in {".", ".."} or _FORBIDDEN.search(value):
        raise ValueError(f"{value!r:.240} is not a usable id: {ID_RULE}")
    return value


def check_order_id(value: str) -> str:
    """Returns an order's id, which never stands in a path; raises ValueError when it is not usable."""
    if not 0 < len(value) <= ID_LENGTH or _CONTROL.search(value):
        raise ValueError(f"{value!r:.240} is not a usable order id: 1 to 200 characters, none a control one")
    return value


def derived_purchase_id(user_id: str, product_id: str, order_id: str | None, purchased_at: int) -> str:
    """The id of a purchase that has none of its own, made from what makes it the same purchase.

    That is user, product and order; without an order, user, product and time (microseconds since 1970, UTC).
    """
    last = f"o{order_id}" if order_id is not None else f"t{purchased_at}"
    key = _SEPARATOR.join((user_id, product_id, last))
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()

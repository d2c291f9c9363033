"""Rules for ids, and derived ids of purchases."""

import hashlib
import re

MAX_ID_CHARACTERS = 200
"""Maximum length of an id."""

ID_RULE = "ids have 1 to 200 characters, no control characters, no '/', '?' or '#', and are not '.' or '..'"
"""Rule for ids in error messages."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f/?#\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SEPARATOR = "\x1f"


def check_id(value: str) -> str:
    """Returns the id if it is valid and safe in URL paths.

    Raises:
        ValueError: invalid id. The message is written for users.
    """
    if not 0 < len(value) <= MAX_ID_CHARACTERS or value in {".", ".."} or _FORBIDDEN.search(value):
        raise ValueError(f"{value!r:.240} is not a valid id: {ID_RULE}")
    return value


def check_order_id(value: str) -> str:
    """Returns the id of an order if it is valid.

    Raises:
        ValueError: invalid id.
    """
    if not 0 < len(value) <= MAX_ID_CHARACTERS or _CONTROL.search(value):
        raise ValueError(
            f"{value!r:.240} is not a valid order id: 1 to 200 characters without control characters"
        )
    return value


def derived_purchase_id(user_id: str, product_id: str, order_id: str | None, purchased_at: int) -> str:
    """Derives the id of a purchase without one.

    The id depends on user, product and order, or on user, product and time (microseconds since 1970, UTC) if there is
    no order.
    """
    last = f"o{order_id}" if order_id is not None else f"t{purchased_at}"
    key = _SEPARATOR.join((user_id, product_id, last))
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()

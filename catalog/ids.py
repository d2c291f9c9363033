"""Rules for ids, their normal form, and derived ids of purchases."""

import hashlib
import re
from unicodedata import normalize

MAX_ID_CHARACTERS = 200
"""Maximum length of an id."""

ID_RULE = "ids have 1 to 200 characters, no control characters, no '/', '?' or '#', and are not '.' or '..'"
"""Rule for ids in error messages."""

BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""Spaces of all scripts, which ids do not begin or end with."""

MAX_NORMALIZED = 1_000
"""Longest text that is normalized. A longer one is no id, and composing marks takes quadratic time."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f/?#\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SEPARATOR = "\x1f"

GUEST = ""
"""Stored as the user of a purchase by a guest. It is no valid id, so no user has it."""


def normalized(value: str) -> str:
    """Returns the id in Unicode form NFC without outer spaces."""
    return normalize("NFC", value).strip(BLANKS) if len(value) <= MAX_NORMALIZED else value


def check_id(value: str) -> str:
    """Returns the normal form of a valid id.

    Raises:
        ValueError: invalid id. The message is written for users.
    """
    value = normalized(value)
    if not 0 < len(value) <= MAX_ID_CHARACTERS or value in {".", ".."} or _FORBIDDEN.search(value):
        raise ValueError(f"{value!r:.240} is not a valid id: {ID_RULE}")
    return value


def check_order_id(value: str) -> str:
    """Returns the normal form of a valid id of an order.

    Raises:
        ValueError: invalid id.
    """
    value = normalized(value)
    if not 0 < len(value) <= MAX_ID_CHARACTERS or _CONTROL.search(value):
        raise ValueError(
            f"{value!r:.240} is not a valid order id: 1 to 200 characters without control characters"
        )
    return value


def derived_purchase_id(
    user_id: str | None, product_id: str, order_id: str | None, purchased_at: int, *, refund: bool = False
) -> str:
    """Derives the id of a purchase or refund without one.

    The id depends on user, product and order, or on user, product and time (microseconds since 1970, UTC) if there is
    no order. A refund of the order has another id. A guest has no user.
    """
    last = f"o{order_id}" if order_id is not None else f"t{purchased_at}"
    last = f"r{last}" if refund else last
    key = _SEPARATOR.join((user_id or GUEST, product_id, last))
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()

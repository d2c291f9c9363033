"""Builds the text of a product for the encoder."""

import re

MAX_CHARACTERS = 2_000
"""More than fits into the encoder's window of 256 tokens."""

_NAME = re.compile(r"^\D*[^\W\d_]{3}\D*$|[^\W\d_]{3,} [^\W\d_]{2,}")
"""A word without any digit, or two words in a row: `whole milk` or `mug 24 red wine`, but not `B000123`."""


def product_text(
    product_id: str, title: str, description: str | None, category: str | None, brand: str | None
) -> str:
    """Joins title, description, category and brand in lower case by semicolons.

    Empty without any text.

    A title that equals the id is ignored unless it is a name, because catalogs made from purchases alone have titles
    such as `B000123`.
    """
    said = title.strip() != product_id.strip() or _NAME.search(title)
    parts = [title if said else "", description, category, brand]
    cleaned = (" ".join(part.split()) for part in parts if part)
    return "; ".join(part.lower() for part in cleaned if part)[:MAX_CHARACTERS]

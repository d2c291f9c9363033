"""Builds the text of a product for the encoder."""

MAX_CHARACTERS = 2_000
"""More than fits into the encoder's window of 256 tokens."""


def product_text(
    product_id: str, title: str, description: str | None, category: str | None, brand: str | None
) -> str:
    """Joins title, description, category and brand in lower case by semicolons.

    Empty without any text.

    A title that equals the id is ignored, because catalogs made from purchases alone have such titles.
    """
    parts = [title if title.strip() != product_id.strip() else "", description, category, brand]
    cleaned = (" ".join(part.split()) for part in parts if part)
    return "; ".join(part.lower() for part in cleaned if part)[:MAX_CHARACTERS]

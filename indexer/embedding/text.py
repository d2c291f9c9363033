"""The text of a product: what the encoder reads."""

MAXIMUM_CHARACTERS = 2_000
"""More than the encoder's window of 256 tokens ever takes in."""


def product_text(
    product_id: str, title: str, description: str | None, category: str | None, brand: str | None
) -> str:
    """Title, description, category and brand in lower case, joined by semicolons; empty without any text.

    A title that merely repeats the id says nothing: catalogs made from purchases alone have such titles.
    """
    parts = [title if title.strip() != product_id.strip() else "", description, category, brand]
    cleaned = (" ".join(part.split()) for part in parts if part)
    return "; ".join(part.lower() for part in cleaned if part)[:MAXIMUM_CHARACTERS]

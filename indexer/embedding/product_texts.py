"""Builds the text of a product for the encoder."""

import re
from collections.abc import Mapping

from indexer.embedding.colors import COLORS

MAX_CHARACTERS = 2_000
"""More than fits into the encoder's window of 256 tokens."""

_NAME = re.compile(r"^\D*[^\W\d_]{3}\D*$|[^\W\d_]{3,} [^\W\d_]{2,}")
"""A word without any digit, or two words in a row: `whole milk` or `mug 24 red wine`, but not `B000123`."""

_WORD = re.compile(r"(?<!\w)[^\W\d_]{3,}(?!\w)|[^\W\d_a-z]{2}")
"""A word of letters alone, or two letters of a script with short words."""

_SEPARATOR = re.compile(r"[\s,;:()/|_–—-]+")

_COLOR_ATTRIBUTE = re.compile("colou?r|farbe|couleur|colore|cor|kleur|kolor|renk", re.IGNORECASE)


def product_text(
    product_id: str, title: str, description: str | None, category: str | None, brand: str | None
) -> str:
    """Joins title, description, category and brand in lower case by semicolons.

    Empty without any text. A title that equals the id is ignored unless it is a name, because catalogs made from
    purchases alone have titles such as `B000123`.
    """
    is_named = title.strip() != product_id.strip() or _NAME.search(title)
    parts = [title if is_named else "", description, category, brand]
    cleaned = (" ".join(part.split()) for part in parts if part)
    return "; ".join(part.lower() for part in cleaned if part)[:MAX_CHARACTERS]


def has_own_title(title: str, category: str | None, brand: str | None) -> bool:
    """True if a title names a product.

    It holds a word, and is not only the product's category or brand. Products with the same such title count as
    variants of one another. A code, a category or a brand does not tell products apart.
    """
    words = _words(title)
    named = {_words(part) for part in [brand or "", category or "", *(category or "").split(">")]}
    return words not in named and _WORD.search(words) is not None


def model_of(
    title: str, category: str | None, brand: str | None, attributes: Mapping[str, object]
) -> tuple[str, ...]:
    """Title without color, category and brand: the same for all colors of a model.

    A color is a word such as `red`, or one of the attribute `color`. A title of colors alone is kept.
    """
    named = [value for name, value in attributes.items() if _COLOR_ATTRIBUTE.fullmatch(name)]
    lists = [value if isinstance(value, list) else [value] for value in named]
    texts = [text for values in lists for text in values if isinstance(text, str)]
    colors = set(_SEPARATOR.split(" ".join(texts).lower()))
    words = [word for word in _SEPARATOR.split(title.lower()) if word]
    model = [word for word in words if word not in colors and word not in COLORS] or words
    return " ".join(model), category or "", brand or ""


def _words(text: str) -> str:
    return " ".join(text.lower().split())

"""Drawings of the pages: pictures and tiles of products, bars, sparklines.

Sizes are attributes of SVG, and tiles have classes. The Content-Security-Policy allows no style attributes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = 2
_HUES = 12
_SHAPES = 12
_PICTURES = ("https://", "data:image/")
_MISSING = "–"


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture for a product without one.

    It shows the initials on the color of the category.

    Attributes:
        hue: 0 to 11, the same for all products of a category. `base.css` has a color for each.
        shape: 0 to 11, the place of a circle behind the initials. It differs between products.
        initials: one or two characters.
    """

    hue: int
    shape: int
    initials: str

    @classmethod
    def of(cls, product_id: str, title: str | None, category: str | None) -> "Tile":
        """The tile of a product."""
        words = [word for word in (title or product_id).split() if word[0].isalnum()]
        initials = "".join(word[0] for word in words[:_WORDS]).upper() or "?"
        hue = _stable(category or title or product_id) % _HUES
        return cls(hue, _stable(product_id) % _SHAPES, initials)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a row of bars with a common scale.

    Attributes:
        start: left end, in percent of the row.
        width: in percent of the row.
        negative: whether the value lowers the sum.
    """

    start: float
    width: float
    negative: bool

    @classmethod
    def of(cls, value: float, largest: float, smallest: float = 0.0) -> "Bar":
        """The bar of a value.

        The scale goes from the smallest to the largest value of the row and contains 0.
        """
        low, high = min(smallest, 0.0), max(largest, 0.0)
        span = (high - low) or 1.0
        left, right = sorted((0.0, min(max(value, low), high)))
        return cls(round(100 * (left - low) / span, 2), round(100 * (right - left) / span, 2), value < 0)


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line through values at equal distances, and its scale in words.

    It goes from 0 to the largest value.

    Attributes:
        path: data of an SVG path. It has gaps where values are missing, and is empty without any.
        now: the last value, a dash if it is missing.
        lowest: the lowest value.
        highest: the highest value.
    """

    path: str
    now: str
    lowest: str
    highest: str

    @classmethod
    def of(
        cls,
        values: Sequence[float | None],
        form: str,
        scale: float = 1.0,
        width: float = 120.0,
        height: float = 28.0,
    ) -> "Sparkline":
        """The line of the values. A text is `form % (scale * value)`."""
        known = [value for value in values if value is not None]
        ends = (min(known), max(known)) if known else (None, None)
        texts = (
            _MISSING if value is None else form % (scale * value)
            for value in (values[-1] if values else None, *ends)
        )
        return cls(_path(values, max(known, default=0.0), width, height), *texts)


def _path(values: Sequence[float | None], top: float, width: float, height: float) -> str:
    step, inner = width / max(1, len(values) - 1), height - 2
    path, begins = "", True
    for number, value in enumerate(values):
        if value is not None:
            # A value between gaps is a dot: a line of no length with a round cap.
            place = f"{number * step:g},{height - 1 - inner * (value / top if top else 0.0):g}"
            path += f"M{place}L{place}" if begins else f" {place}"
        begins = value is None
    return path


def picture_of(image_url: str | None) -> str:
    """The address of a product's picture, empty for one that the Content-Security-Policy forbids.

    An address of the console itself would be a request in the name of whoever looks at the page.

    >>> picture_of("https://img.example/1.jpg"), picture_of("/console/live"), picture_of(None)
    ('https://img.example/1.jpg', '', '')
    """
    is_allowed = image_url is not None and image_url.lower().startswith(_PICTURES)
    return (image_url or "") if is_allowed else ""


def _stable(text: str) -> int:
    """A number that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())

"""Scores and their parts, as text and for bars."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isclose, log10

from service.console.facts.product_lines import ProductLine
from service.console.rendering.page import day, name_of
from service.recommendations.responses import ItemView

TERMS = {
    "factors": "Purchases and texts in common",
    "neighbour": "Bought by the same shoppers",
    "frequency": "Bought before",
    "trend": "Recent demand",
    "popularity": "Buyers",
    "similarity": "Likeness",
    "bought_together": "In one basket more than by chance",
    "basket": "Completes the basket",
    "due": "Bought often, and lately",
    "created_at": "Added",
    "preferred_category": "Preferred category",
}
_DATE = "created_at"
_SUMMED = frozenset({"factors", "neighbour", "frequency", "trend"})
"""Terms of the score for a shopper. Any other term has a scale of its own."""
_AMONG_DATES = {"preferred_category": "comes first"}
"""Texts of terms whose values mean nothing beside a date."""

_DIGITS, _MAX_DECIMALS = 3, 6


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of a score.

    Attributes:
        product: the product that it comes from, None for all others together or a term.
        label: what it is.
        shown: its value as text.
        share: in percent of the score, None where that means nothing.
    """

    product: ProductLine | None
    label: str
    value: float
    shown: str
    share: int | None


def decimals_of(scores: Iterable[float]) -> int:
    """Decimals that show three digits of the largest score, or none for whole numbers.

    >>> decimals_of([0.0349, 0.027]), decimals_of([1.77, 0.4]), decimals_of([150, 88])
    (4, 2, 0)
    """
    given = [abs(score) for score in scores]
    largest = max(given, default=0.0)
    if all(score == int(score) for score in given):
        return 0
    return min(_MAX_DECIMALS, max(0, _DIGITS - 1 - floor(log10(largest))))


def score_text(score: float, decimals: int) -> str:
    """A score with as many decimals as the others of its list.

    >>> score_text(0.027, 4), score_text(-0.3, 2), score_text(1500, 0), score_text(-0.0001, 2)
    ('0.0270', '−0.30', '1,500', '0.00')
    """
    return f"{score:z,.{decimals}f}".replace("-", "−")


def scale_of(item: ItemView) -> frozenset[str]:
    """The terms that keep a score from being compared with others of its list.

    Products that fill a list up have numbers of buyers, for example.
    """
    return frozenset(term.term for term in item.terms or ()) - _SUMMED


def date_of(item: ItemView) -> float | None:
    """Epoch seconds by which a list is ordered, None for one with scores."""
    return next((term.value for term in item.terms or () if term.term == _DATE), None)


def contributions(item: ItemView, lines: Mapping[str, ProductLine], decimals: int) -> list[Part]:
    """The score by the products that it comes from.

    A name that two of the products share, or one of them and the item, has the product's id beside it.
    """
    total, given = item.score or 1.0, item.contributions or ()
    products = [lines.get(each.product_id) if each.product_id is not None else None for each in given]
    named = {each.product_id: name_of(each) for each in (lines.get(item.product_id), *products) if each}
    names = Counter(named.values())
    parts = []
    for each, product in zip(given, products, strict=True):
        label = "All other products" if product is None else _distinct_name(product, names)
        text = score_text(each.value, decimals)
        parts.append(Part(product, label, each.value, text, round(100 * each.value / total)))
    return parts


def _distinct_name(product: ProductLine, names: Mapping[str, int]) -> str:
    name = name_of(product)
    return name if names[name] == 1 else f"{name} #{product.product_id}"


def terms(item: ItemView, decimals: int) -> Sequence[Part]:
    """The terms of the score, those of one name together.

    They have shares if they add up to it.
    """
    sums: dict[str, float] = {}
    for term in item.terms or ():
        sums[term.term] = sums.get(term.term, 0.0) + term.value
    if _DATE in sums:
        texts = _AMONG_DATES | {_DATE: day(sums[_DATE])}
        return [Part(None, TERMS[name], 0.0, texts[name], None) for name in sums]
    is_sum = len(sums) > 1 and item.score > 0 and isclose(sum(sums.values()), item.score, rel_tol=0.01)
    return [
        Part(
            None,
            TERMS[name],
            value,
            score_text(value, decimals if is_sum else decimals_of([value])),
            round(100 * value / item.score) if is_sum else None,
        )
        for name, value in sums.items()
    ]

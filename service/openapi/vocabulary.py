"""Names in answers and what they mean, for the OpenAPI document and docs/api/names.md."""

from collections.abc import Mapping
from typing import NamedTuple

from litestar.openapi.spec import Schema

SCENARIOS = {
    "for-you": "Personal recommendations.",
    "buy-again": "Products that the shopper may buy again.",
    "similar": "Products that a shopper may take instead of one product.",
    "bought-together": "Products that go into one basket with a product.",
    "popular": "Products that many shoppers bought.",
    "trending": "Products that sell better than usual.",
    "new": "Latest additions to the catalog.",
    "session": "Recommendations for what a shopper does now.",
    "basket": "Products that complete the basket in the request.",
    "ranking": "A given list in the best order for a shopper.",
}
STRATEGIES = {
    "personalised": "Made from the shopper's own purchases and other actions.",
    "session": "Made from the actions in the request alone.",
    "preferred-categories": "Popular products of liked categories, because nothing else is known of the shopper.",
    "popular": "Popular products, because nothing fits better.",
    "similar": "Products like the one in the request.",
    "related": "Products that buyers of the one in the request also buy, at the same time or at another one.",
    "bought-together": "Products that were in one basket with the one in the request.",
    "buy-again": "Products that the shopper bought before.",
    "trending": "Products with more demand than usual.",
    "new": "Products by the time of their addition.",
    "none": "Nothing is shown: the database is down, and it is not known what the shopper hid.",
}
DEGRADATIONS = {
    "redis": "Redis is down. The pod uses its own memory, and other pods notice events later.",
    "catalog": "The catalog is down. Prices, stock and purchases are as old as its last answer.",
    "database": "The database is down. Profiles are those that the cache holds.",
}
REASONS = {
    "because_you_bought": "The shopper bought the products in `because`.",
    "because_you_looked_at": "The shopper viewed or clicked the products in `because`.",
    "goes_with_your_basket": "The products in `because` are in the shopper's basket or cart.",
    "bought_before": "The shopper bought this product on `days` days.",
    "due_again": "The shopper bought this product `days_ago` days ago. It is usually bought again after "
    "`interval_days` (absent if unknown or long past), by this shopper if `own_interval`, else by all.",
    "similar_to": "The text is like that of the product in `because`.",
    "same_category": "The product in `because` is of the same category.",
    "bought_instead": "Shoppers of the product in `because` also take this one, of the same category.",
    "closest_to": "Nothing in the shop is closer to the product in `because`.",
    "same_shoppers": "Buyers of the product in `because` also buy this one, at the same time or at another one.",
    "bought_together": "`buyers` of the `of_buyers` shoppers who bought the product in `because` bought this with it.",
    "preferred_category": "A preference for `category` moved the product up.",
    "preferred_brand": "A preference for `brand` moved the product up.",
    "trending": "Demand of the last `window_days` is `ratio` times the usual demand.",
    "new": "The product was added on the day `since`.",
    "popular": "`buyers` shoppers bought it in the last `window_days`, or ever if those are absent. The text counts no "
    "fewer than five.",
    "in_the_catalog": "Nobody bought it yet.",
}
VALUES = {
    "brand": "Brand that the shopper likes.",
    "buyers": "Number of shoppers.",
    "category": "Category that the shopper likes, such as `Pantry > Pasta`. The product is in it or below it.",
    "of_buyers": "Number of all buyers of the product in `because`.",
    "days": "Number of distinct days.",
    "days_ago": "Whole days since the last purchase.",
    "interval_days": "Usual number of days between two purchases.",
    "own_interval": "True if the interval is the shopper's own, false if it is that of all buyers.",
    "ratio": "Recent demand relative to usual demand, one decimal.",
    "since": "Day of the addition (UTC), such as `2026-05-17`.",
    "window_days": "Number of days in which it was counted.",
}
TERMS = {
    "factors": "From vectors: what purchases and texts have in common. Of one product of the history, or all others.",
    "neighbour": "From the weight between a product of the history and this one, beyond the vectors.",
    "frequency": "From the shopper's own purchases of this product.",
    "trend": "From recent demand relative to usual demand.",
    "popularity": "Number of buyers.",
    "similarity": "How much the product is like another.",
    "bought_together": "How much more often than by chance both are in one basket.",
    "basket": "From the weight between a product of the basket and this one, fitted on orders, or popularity.",
    "due": "How probable it is that the shopper buys the product again.",
    "created_at": "Time of addition, in seconds since 1970.",
    "preferred_category": "Puts the shopper's own categories first.",
}


class Vocabulary(NamedTuple):
    """Names of one kind.

    Attributes:
        title: heading of its section.
        schema, property: where the OpenAPI document has them.
        names: each name with its meaning.
    """

    title: str
    schema: str
    property: str
    names: Mapping[str, str]


VOCABULARIES = (
    Vocabulary("Scenarios", "RecommendationsView", "scenario", SCENARIOS),
    Vocabulary("Strategies", "RecommendationsView", "strategy", STRATEGIES),
    Vocabulary("Degradations", "RecommendationsView", "degraded", DEGRADATIONS),
    Vocabulary("Reasons", "ReasonView", "code", REASONS),
    Vocabulary("Terms of scores", "TermView", "term", TERMS),
    Vocabulary("Strategies", "RankingView", "strategy", STRATEGIES),
    Vocabulary("Degradations", "RankingView", "degraded", DEGRADATIONS),
)
_PAGE = """\
# Names in answers

Every name in `scenario`, `strategy`, `degraded`, `reason` and the terms of an answer, and what it means. Code, `values`
and `because` of a reason are enough to write it in any language. The OpenAPI document has the same. This page is
generated: `python docs/reference/generate.py`.
"""


def describe_names(schemas: Mapping[str, Schema]) -> None:
    """Adds the meaning of each name to the schemas, in place."""
    for vocabulary in VOCABULARIES:
        if vocabulary.schema not in schemas:
            continue
        found = (schemas[vocabulary.schema].properties or {})[vocabulary.property]
        if isinstance(found, Schema):
            listed = "\n".join(f"- `{name}`: {meaning}" for name, meaning in vocabulary.names.items())
            found.description = "\n\n".join(filter(None, [found.description, listed]))
    values = schemas.get("ReasonValues", Schema()).properties or {}
    for name, found in values.items():
        if isinstance(found, Schema):
            found.description = VALUES[name]


def vocabulary_page() -> str:
    """The page of all names, in Markdown."""
    sections = {vocabulary.title: vocabulary.names for vocabulary in VOCABULARIES}
    sections["Values of reasons"] = VALUES
    tables = (
        f"\n## {title}\n\n| name | meaning |\n| --- | --- |\n"
        + "".join(f"| `{name}` | {meaning} |\n" for name, meaning in names.items())
        for title, names in sections.items()
    )
    return _PAGE + "".join(tables)

"""Why an item is shown, computed from its score's own terms."""

from recommender.explanations.contributions import contributions, main_causes
from recommender.explanations.reasons import (
    because_of,
    bought_again_reason,
    popular_reason,
    similar_reason,
    title_of,
)

__all__ = [
    "because_of",
    "bought_again_reason",
    "contributions",
    "main_causes",
    "popular_reason",
    "similar_reason",
    "title_of",
]

"""Why an item is shown, computed from its score's own terms."""

from recommender.explanations.contributions import contributions, main_causes
from recommender.explanations.reasons import (
    because_bought,
    bought_again_reason,
    bought_together_reason,
    due_again_reason,
    new_reason,
    popular_reason,
    similar_reason,
    title_of,
    trending_reason,
)

__all__ = [
    "because_bought",
    "bought_again_reason",
    "bought_together_reason",
    "contributions",
    "due_again_reason",
    "main_causes",
    "new_reason",
    "popular_reason",
    "similar_reason",
    "title_of",
    "trending_reason",
]

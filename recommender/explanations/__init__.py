"""Why an item is shown, computed from its score's own terms."""

from recommender.explanations.contributions import contributions, main_causes
from recommender.explanations.evidence import Evidence, explained, own_reasons, own_terms
from recommender.explanations.reasons import (
    because_of,
    bought_again_reason,
    bought_together_reason,
    due_again_reason,
    new_reason,
    popular_reason,
    similar_reason,
    title_of,
    trending_reason,
)
from recommender.explanations.terms import popularity_terms

__all__ = [
    "Evidence",
    "because_of",
    "bought_again_reason",
    "bought_together_reason",
    "contributions",
    "due_again_reason",
    "explained",
    "main_causes",
    "new_reason",
    "own_reasons",
    "own_terms",
    "popular_reason",
    "popularity_terms",
    "similar_reason",
    "title_of",
    "trending_reason",
]

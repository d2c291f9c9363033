"""Explains items from the terms of their own scores."""

from recommender.explanations.contributions import split_contributions
from recommender.explanations.explainer import (
    Explainer,
    history_explainer,
    own_term,
    popular_explainer,
    single_term,
)
from recommender.explanations.kept_reasons import KeptReasons
from recommender.explanations.preferred import preference_reasons
from recommender.explanations.reasons import (
    are_trend_driven,
    bought_together_reasons,
    demand_reason,
    due_again_reasons,
    likeness_reasons,
    new_reason,
    same_category_reasons,
    same_shoppers_reasons,
    trending_reason,
)
from recommender.explanations.terms import largest_contributions

__all__ = [
    "Explainer",
    "KeptReasons",
    "are_trend_driven",
    "bought_together_reasons",
    "demand_reason",
    "due_again_reasons",
    "history_explainer",
    "largest_contributions",
    "likeness_reasons",
    "new_reason",
    "own_term",
    "popular_explainer",
    "preference_reasons",
    "same_category_reasons",
    "same_shoppers_reasons",
    "single_term",
    "split_contributions",
    "trending_reason",
]

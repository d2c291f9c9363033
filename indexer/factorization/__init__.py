"""Item-item weights from purchases and text, their factorization and its residuals."""

from indexer.factorization.browsing import Browsing
from indexer.factorization.fit import Factors, fit
from indexer.factorization.interactions import Purchases, interaction_matrix
from indexer.factorization.recipe import Recipe
from indexer.factorization.trend import demand_trend

__all__ = ["Browsing", "Factors", "Purchases", "Recipe", "demand_trend", "fit", "interaction_matrix"]

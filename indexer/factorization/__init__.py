"""From purchases and text to item and query vectors, and what a truncated factorisation leaves out."""

from indexer.factorization.fit import Factors, Recipe, fit
from indexer.factorization.interactions import Purchases, interaction_matrix

__all__ = ["Factors", "Purchases", "Recipe", "fit", "interaction_matrix"]

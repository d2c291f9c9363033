"""The reference catalog: a small service that owns products, users and purchases.

It shows a shop's team what the recommender expects of a catalog, and lets any data set be tried without one.
"""

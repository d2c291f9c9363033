"""The reference catalog, a small service that owns products, users and purchases.

It implements the catalog contract as an example and serves data sets to shops without a catalog of their own.
"""

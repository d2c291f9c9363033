"""A token issuer for development, so that local stacks use real tokens too.

Its client secret gives access to every shopper, so the issuer starts in local stacks only.
"""

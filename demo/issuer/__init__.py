"""A small token issuer for development: real signed tokens for local stacks, so that auth is never "off".

Anyone who holds its client secret can speak as any shopper; it refuses to start outside local stacks.
"""

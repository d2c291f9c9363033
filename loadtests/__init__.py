"""Load tests with realistic shoppers.

They use the public API and import nothing of the service.
"""

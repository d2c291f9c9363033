"""The pure core: recommendations and their reasons.

Standard library and NumPy only. No IO, no clock, no global state.
"""

"""The pure core: recommendations and their reasons.

NumPy, the standard library and the compiled loops of `kernels`. No IO and no clock.
"""

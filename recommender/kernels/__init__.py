"""Loops over numbers, compiled by `python -m tools.kernels`.

The tests compare each with a plain form in numpy.
"""

try:
    from recommender.kernels import candidates, causes, digits, ids, pages, profiles, sorting
except ImportError as error:
    raise ImportError(
        f"The core is not compiled for this Python ({error}). `make setup-demo` compiles it."
    ) from error

__all__ = ["candidates", "causes", "digits", "ids", "pages", "profiles", "sorting"]

"""Known names that resemble an unknown one."""

from collections.abc import Sequence
from difflib import get_close_matches

MAX_MATCHES = 3

MAX_CHARACTERS = 50
"""Longer names have no close matches. The comparison is quadratic in the length."""

_NEIGHBOURS = 50


def neighbourhood(position: int) -> slice:
    """The part of a sorted list around `position`.

    A name is compared with this part alone. Comparing it with a whole catalog could take seconds.
    """
    return slice(max(position - _NEIGHBOURS, 0), position + _NEIGHBOURS)


def close_names(name: str, known: Sequence[str]) -> list[str]:
    """Those of `known` that resemble `name`, closest first. Ignores case."""
    if len(name) > MAX_CHARACTERS:
        return []
    by_key = {each.casefold(): each for each in known if len(each) <= MAX_CHARACTERS}
    return [by_key[key] for key in get_close_matches(name.casefold(), by_key, MAX_MATCHES)]

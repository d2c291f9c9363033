"""Words of titles that are spelled like those of a search."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from recommender.snapshot.close_names import MAX_CHARACTERS, close_names

_SHORTEST = 4
"""Letters of a word that is corrected. Shorter ones resemble too many others."""

_CHANGED = 2
"""Letters by which a misspelled word may be longer or shorter, or that only one of the two has."""


def corrected(words: Sequence[str], titles: Iterable[str]) -> str | None:
    """The words, corrected where no title has them, None without a correction.

    Args:
        words: case-folded.
        titles: case-folded.
    """
    # The most frequent first: of equally close words, that is the likelier one.
    counts = Counter(word for title in titles for word in re.findall(r"\w+", title))
    known = [word for word, _ in counts.most_common()]
    found = [_closest(word, known) for word in words]
    return " ".join(map(str, found)) if all(found) and found != list(words) else None


def _closest(word: str, known: Sequence[str]) -> str | None:
    """The word itself if a known one contains it, else the closest one."""
    if any(word in each for each in known):
        return word
    if not _SHORTEST <= len(word) <= MAX_CHARACTERS:
        return None
    # Comparing it with all words of a large catalog could take seconds.
    letters = set(word)
    alike = [
        each
        for each in known
        if abs(len(each) - len(word)) <= _CHANGED and len(letters.symmetric_difference(each)) <= _CHANGED
    ]
    return next(iter(close_names(word, alike)), None)

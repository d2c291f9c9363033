"""Titles of products, as sentences name them."""

import json
from collections.abc import Sequence
from itertools import takewhile

import numpy as np

from recommender.explanations.kept_values import kept_or_made
from recommender.snapshot import Snapshot

_MAX_TITLES = 20_000
"""Titles that a snapshot keeps at most, see `Snapshot.titles`."""

_UNTITLED = "another product"
"""Stands for a blank title in every sentence."""

_MAX_TITLE_CHARACTERS = 60
"""Longer titles are cut. Two of some shops' titles, with sizes, colors and numbers, would fill a screen of a phone."""


def titles_of(snapshot: Snapshot, rows: list[int]) -> list[str]:
    """The titles of the products in `rows`, without outer and repeated spaces.

    They may be empty. Sentences cut them, see `name_of`.
    """

    def read(missing: Sequence[int]) -> list[str]:
        documents = snapshot.documents.raws(np.array(missing, dtype=np.int32))
        return [" ".join(title_in(document).split()) for document in documents]

    return kept_or_made(snapshot.titles, rows, read, _MAX_TITLES)


def name_of(title: str, own_title: str) -> str:
    """The name of a product in the reason of another item, which has `own_title`.

    A product with the same title as the item is called "another", or the item would look like the reason for itself.
    Where long titles begin alike, the name keeps what differs.
    """
    if not title:
        return _UNTITLED
    short = _shortened(title)
    if title == own_title:
        return f"another {short}"
    if short == title or short != _shortened(own_title):
        return short
    words, own_words = title.split(" "), own_title.split(" ")
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(words, own_words, strict=False)))
    rest = _shortened(" ".join(words[alike:]), _MAX_TITLE_CHARACTERS // 2)
    return f"{_shortened(title, _MAX_TITLE_CHARACTERS - len(rest) - 1)} {rest}" if rest else short


def _shortened(title: str, size: int = _MAX_TITLE_CHARACTERS) -> str:
    """`title` with at most `size` characters.

    It is cut after a word where spaces divide words.
    """
    if len(title) <= size:
        return title
    beginning = title[: size - 1]
    words = beginning.rpartition(" ")[0]
    return (words if 2 * len(words) > len(beginning) else beginning).rstrip(" ,;:-–—/(") + "…"


def title_in(document: bytes) -> str:
    """The title in a product's JSON.

    Documents begin with strings, in which quotes are escaped, so that the key cannot be part of another text. Decoding
    a whole document takes ten times as long.
    """
    _, found, rest = document.partition(b'"title":"')
    title = rest.partition(b'"')[0]
    if not found or b"\\" in title:
        return str(json.loads(document)["title"])
    return title.decode()

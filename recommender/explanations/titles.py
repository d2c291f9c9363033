"""Titles of products, as sentences name them."""

import json

import numpy as np

from recommender.snapshot import Snapshot

_MAX_TITLES = 20_000
"""Titles that a snapshot keeps at most, see `Snapshot.titles`."""

_MAX_TITLE_CHARACTERS = 60
"""Longer titles are cut. Two of some shops' titles, with sizes, colors and numbers, would fill a screen of a phone."""


def titles_of(snapshot: Snapshot, rows: list[int]) -> list[str]:
    """The titles of the products in `rows`, for sentences.

    Without outer and repeated spaces, and cut after a word if they are long. They may be empty.
    """
    titles = snapshot.titles
    missing = [row for row in rows if row not in titles]
    if missing:
        if len(titles) + len(missing) > _MAX_TITLES:
            titles.clear()
            missing = rows
        documents = snapshot.documents.raws(np.array(missing, dtype=np.int32))
        titles.update(
            (row, _shortened(title_in(document))) for row, document in zip(missing, documents, strict=True)
        )
    return [titles[row] for row in rows]


def _shortened(title: str) -> str:
    """`title` with at most 60 characters.

    It is cut after a word where spaces divide words.
    """
    plain = " ".join(title.split())
    if len(plain) <= _MAX_TITLE_CHARACTERS:
        return plain
    beginning = plain[: _MAX_TITLE_CHARACTERS - 1]
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

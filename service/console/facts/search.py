"""Search of products by words of the title."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import UNSET, UnsetType

from recommender.explanations.titles import title_in
from recommender.normalization import normalize
from service.console.facts.gaps import Gap, candidate_rows, has_gap
from service.console.facts.product_lines import ProductLine, product_lines
from service.console.facts.spelling import corrected
from service.snapshots.live import LiveSnapshot, Serving

MAX_SCANNED = 200_000
MAX_WORDS = 10
_SPELLED = 20_000
"""The most popular products, whose titles tell how words are spelled."""
_BLOCK = 1_000


class FoundProducts(msgspec.Struct, frozen=True):
    """Products that were found.

    Attributes:
        products: the product with the words as its id first, then new ones, then by popularity.
        scanned: number of products of the snapshot that were compared.
        complete: false if there are more products than were compared.
        next_offset: offset of the next page. Null on the last one.
        did_you_mean: words that are spelled like these and find products. Absent if these do, or none are alike.
    """

    products: list[ProductLine]
    scanned: int
    complete: bool
    next_offset: int | None
    did_you_mean: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class ProductSearch:
    """Compares titles in a thread, one search at a time."""

    live: LiveSnapshot
    max_scanned: int = MAX_SCANNED
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(
        self, words: str, limit: int, lacking: Gap | None = None, offset: int = 0
    ) -> FoundProducts:
        """Products with all of the words in their title, or with that id.

        The first `offset` of them are left out. With `lacking`, they are those of the snapshot that had this gap when
        it was built, with all of the words. Raises NothingToServe.
        """
        serving = self.live.serving
        wanted = [word.casefold() for word in normalize(words).split()[:MAX_WORDS]]
        meant = None
        async with self._one_at_a_time:
            # One more than a page tells whether there is another page.
            ids, scanned = await asyncio.to_thread(
                self._scan, serving, words, wanted, offset + limit + 1, lacking
            )
            if not (ids or lacking):
                meant = await asyncio.to_thread(self._corrected, serving, wanted)
        end = offset + limit
        next_offset = end if len(ids) > end else None
        complete = next_offset is not None or scanned == len(candidate_rows(serving.snapshot, lacking))
        return FoundProducts(
            product_lines(serving, ids[offset:end]), scanned, complete, next_offset, meant or UNSET
        )

    def _corrected(self, serving: Serving, wanted: Sequence[str]) -> str | None:
        """The words as titles spell them, None if they find nothing either."""
        snapshot = serving.snapshot
        rows = candidate_rows(snapshot, None)[:_SPELLED]
        titles = (
            title_in(document).casefold()
            for start in range(0, len(rows), _BLOCK)
            for document in snapshot.documents.raws(rows[start : start + _BLOCK])
        )
        words = corrected(wanted, titles)
        return words if words and self._scan(serving, words, words.split(), 1, None)[0] else None

    def _scan(
        self, serving: Serving, words: str, wanted: Sequence[str], limit: int, lacking: Gap | None
    ) -> tuple[list[str], int]:
        """Ids of the products, and the number of compared products of the snapshot."""
        snapshot, scanned = serving.snapshot, 0
        found = {} if lacking else dict.fromkeys(_newest(serving, words, wanted))
        block = _BLOCK if wanted or lacking else min(limit, _BLOCK)  # Otherwise every product fits.
        candidates = candidate_rows(snapshot, lacking)[: self.max_scanned]
        for start in range(0, len(candidates), block):
            if len(found) >= limit:
                break
            rows = candidates[start : start + block]
            scanned += len(rows)
            documents = zip(snapshot.lookup.ids.texts(rows), snapshot.documents.raws(rows), strict=True)
            matching = _matching(documents, wanted, lacking)
            overlay = serving.corrections.overlay
            unchanged = [each for each in matching if lacking or overlay.document(each) is None]
            found |= dict.fromkeys(_present(serving, unchanged))
        return list(found), scanned


def _newest(serving: Serving, words: str, wanted: Sequence[str]) -> Iterator[str]:
    """The product with this id, and those that are newer than the snapshot.

    A changed product has its title in the overlay.
    """
    overlay = serving.corrections.overlay
    yield from _present(serving, [normalize(words)])
    for changed in (serving.corrections.additions.by_id, overlay.changes):
        documents = ((each, overlay.document(each)) for each in changed)
        yield from _present(serving, _matching(documents, wanted))


def _present(serving: Serving, product_ids: Iterable[str]) -> list[str]:
    """The products that the catalog has."""
    listed = list(product_ids)
    unknown = frozenset(serving.unknown(listed))
    return [each for each in listed if each not in unknown]


def has_words(document: bytes, words: Iterable[str]) -> bool:
    """True if the title in a product's JSON holds all case-folded `words`."""
    title = title_in(document).casefold()
    return all(word in title for word in words)


def _matching(
    documents: Iterable[tuple[str, bytes | None]], wanted: Sequence[str], lacking: Gap | None = None
) -> Iterator[str]:
    """Ids of the documents with the gap whose title holds every word."""
    for product_id, document in documents:
        if document is not None and has_words(document, wanted) and has_gap(document, lacking):
            yield product_id

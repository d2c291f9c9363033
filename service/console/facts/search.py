"""Search of products by words of the title."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from recommender.explanations.titles import title_in
from recommender.normalization import normalize
from service.console.facts.product_lines import ProductLine, product_lines
from service.snapshots.live import LiveSnapshot, Serving

MAX_SCANNED = 200_000
MAX_WORDS = 10
_BLOCK = 1_000


class FoundProducts(msgspec.Struct, frozen=True):
    """Products that were found.

    Attributes:
        products: the product with the words as its id first, then new ones, then by popularity.
        scanned: number of titles of the snapshot that were compared.
        complete: false if there are more products than were compared.
    """

    products: list[ProductLine]
    scanned: int
    complete: bool


@dataclass(frozen=True, slots=True)
class ProductSearch:
    """Compares titles in a thread, one search at a time."""

    live: LiveSnapshot
    max_scanned: int = MAX_SCANNED
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, words: str, limit: int) -> FoundProducts:
        """Products with all of the words in their title, or with that id.

        Raises NothingToServe.
        """
        serving = self.live.serving
        wanted = [word.casefold() for word in normalize(words).split()[:MAX_WORDS]]
        async with self._one_at_a_time:
            ids, scanned = await asyncio.to_thread(self._scan, serving, words, wanted, limit)
        products = product_lines(serving, ids[:limit])
        complete = len(products) == limit or scanned == serving.snapshot.products
        return FoundProducts(products, scanned, complete)

    def _scan(self, serving: Serving, words: str, wanted: Sequence[str], limit: int) -> tuple[list[str], int]:
        """Ids of the products, and the number of compared titles of the snapshot."""
        snapshot, corrections = serving.snapshot, serving.corrections
        overlay, scanned = corrections.overlay, 0
        found = dict.fromkeys(_present(serving, [normalize(words)]))
        # A changed product has its title in the overlay.
        for changed in (corrections.additions.by_id, overlay.changes):
            documents = ((each, overlay.document(each)) for each in changed)
            found |= dict.fromkeys(_present(serving, _matching(documents, wanted)))
        block = _BLOCK if wanted else limit  # Without words every title fits.
        for start in range(0, min(snapshot.products, self.max_scanned), block):
            if len(found) >= limit:
                break
            rows = snapshot.columns.popular_rows[start : min(start + block, self.max_scanned)]
            scanned += len(rows)
            ids = snapshot.lookup.ids.texts(rows)
            matching = _matching(zip(ids, snapshot.documents.raws(rows), strict=True), wanted)
            found |= dict.fromkeys(
                _present(serving, [each for each in matching if overlay.document(each) is None])
            )
        return list(found), scanned


def _present(serving: Serving, product_ids: Iterable[str]) -> list[str]:
    """The products that the catalog has."""
    listed = list(product_ids)
    unknown = frozenset(serving.unknown(listed))
    return [each for each in listed if each not in unknown]


def has_words(document: bytes, words: Iterable[str]) -> bool:
    """True if the title in a product's JSON holds all case-folded `words`."""
    title = title_in(document).casefold()
    return all(word in title for word in words)


def _matching(documents: Iterable[tuple[str, bytes | None]], wanted: Sequence[str]) -> Iterator[str]:
    """Ids of the documents whose title holds every word."""
    for product_id, document in documents:
        if document is not None and has_words(document, wanted):
            yield product_id

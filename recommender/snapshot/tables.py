"""Strings and sparse weights as flat arrays.

Flat arrays can be memory-mapped and shared between processes.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.entities import FloatVector, Rows

Offsets = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class StringTable:
    """Byte strings in row order: string i is `data[offsets[i]:offsets[i + 1]]`.

    Attributes:
        offsets: shape (n + 1,), ascending from 0.
        data: shape (total bytes,).
    """

    offsets: Offsets
    data: Bytes

    @classmethod
    def of(cls, strings: Iterable[bytes]) -> "StringTable":
        """The table of `strings`."""
        parts = list(strings)
        lengths = np.fromiter((len(part) for part in parts), dtype=np.int64, count=len(parts))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        return cls(offsets, np.frombuffer(b"".join(parts), dtype=np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def raw(self, row: int) -> bytes:
        """The bytes of string `row`."""
        begin, end = self.offsets[row : row + 2].tolist()
        return self.data[begin:end].tobytes()

    def text(self, row: int) -> str:
        """String `row` decoded from UTF-8."""
        return self.raw(row).decode()


def short_hash(product_id: str) -> int:
    """CRC-32 of a product id, used by lookups and by cursors."""
    return zlib.crc32(product_id.encode(errors="surrogatepass"))


@dataclass(frozen=True, slots=True)
class IdLookup:
    """Product id → row, without a dictionary.

    Binary search in sorted hashes. Each hit is verified against the ids themselves.

    Attributes:
        hashes: CRC-32 of every id, ascending; shape (n,).
        rows: the row of each hash; shape (n,).
        ids: the ids in row order.
    """

    hashes: Hashes
    rows: Rows
    ids: StringTable

    @classmethod
    def of(cls, ids: StringTable) -> "IdLookup":
        """The lookup of `ids`."""
        count = len(ids)
        hashes = np.fromiter((zlib.crc32(ids.raw(row)) for row in range(count)), dtype=np.uint32, count=count)
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        return cls(hashes[order], order, ids)

    def row(self, product_id: str) -> int:
        """The row of `product_id`, or −1."""
        return int(self.find([product_id])[0])

    def find(self, product_ids: Sequence[str]) -> Rows:
        """The row of each id, −1 if it is unknown.

        Shape (len(product_ids),).
        """
        encoded = [product_id.encode(errors="surrogatepass") for product_id in product_ids]
        wanted = np.fromiter(map(zlib.crc32, encoded), dtype=np.uint32, count=len(encoded))
        if not len(self.hashes):
            return np.full(len(encoded), -1, dtype=np.int32)
        starts = np.searchsorted(self.hashes, wanted)
        found: Rows = self.rows[np.minimum(starts, len(self.rows) - 1)]
        # Nearly always the first product with the hash has the id.
        data, offsets = self.ids.data.data, self.ids.offsets
        begins, ends = offsets[found].tolist(), offsets[found.astype(np.int64) + 1].tolist()
        others = [
            place
            for place, (raw, begin, end) in enumerate(zip(encoded, begins, ends, strict=True))
            if data[begin:end] != raw
        ]
        for place in others:
            found[place] = self._verified(encoded[place], wanted[place], starts[place])
        return found

    def with_hashes(self, hashes: Sequence[int]) -> Rows:
        """All rows whose id has one of these short hashes, ascending.

        Includes rows of other ids with the same hash.
        """
        wanted = np.unique(np.array(hashes, dtype=np.uint32))
        starts = np.searchsorted(self.hashes, wanted)
        ends = np.searchsorted(self.hashes, wanted, side="right")
        parts = [self.rows[start:end] for start, end in zip(starts, ends, strict=True) if end > start]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int32)

    def _verified(self, raw: bytes, digest: np.uint32, start: np.intp) -> int:
        position = int(start)
        while position < len(self.hashes) and self.hashes[position] == digest:
            row = int(self.rows[position])
            if self.ids.raw(row) == raw:
                return row
            position += 1
        return -1


@dataclass(frozen=True, slots=True)
class Complements:
    """Products bought together with each product, largest lift first.

    Stored as compressed sparse rows.

    Attributes:
        indptr: the complements of product j are at indptr[j]:indptr[j + 1]; shape (n + 1,).
        rows: product rows; shape (pairs,).
        lifts: frequency of both in one basket relative to chance, shrunk towards 1; shape (pairs,).
        buyers: distinct shoppers with both in one basket; shape (pairs,).
    """

    indptr: Offsets
    rows: Rows
    lifts: FloatVector
    buyers: NDArray[np.int32]

    def places(self, row: int) -> slice:
        """Positions of the complements of the product in `row`."""
        return slice(int(self.indptr[row]), int(self.indptr[row + 1]))

    def of(self, rows: Rows) -> Rows:
        """The complements of any of `rows`, ascending, each once."""
        found = [self.rows[self.places(row)] for row in rows.tolist()]
        return np.unique(np.concatenate([rows[:0], *found]))


@dataclass(frozen=True, slots=True)
class SparseWeights:
    """Item-item weights B and their residual E.

    E = B − P Qᵀ on the support of B. Stored as compressed sparse rows.

    Attributes:
        indptr: row j's entries are at indptr[j]:indptr[j + 1]; shape (n + 1,).
        indices: the column (a product row) of each entry, ascending within a row; shape (nnz,).
        weights: B_ji; shape (nnz,).
        residuals: E_ji; shape (nnz,).
    """

    indptr: Offsets
    indices: Rows
    weights: FloatVector
    residuals: FloatVector

    def arrays(self) -> tuple[Offsets, Rows, FloatVector, FloatVector]:
        """The four arrays, in the order of the attributes."""
        return self.indptr, self.indices, self.weights, self.residuals

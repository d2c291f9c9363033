"""Product ids as flat arrays: tables of strings, and lookups without a dictionary.

Flat arrays can be memory-mapped and shared between processes.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender import kernels
from recommender.arrays import Bytes, Hashes, Offsets, Rows


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
        lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
        return cls(_offsets(lengths), np.frombuffer(b"".join(parts), dtype=np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def raw(self, row: int) -> bytes:
        """The bytes of string `row`."""
        begin, end = self.offsets[row : row + 2].tolist()
        return self.data[begin:end].tobytes()

    def text(self, row: int) -> str:
        """String `row` decoded from UTF-8."""
        return self.raw(row).decode(errors="surrogatepass")

    def texts(self, rows: Rows) -> list[str]:
        """The strings in `rows`, decoded from UTF-8."""
        return [str(part, errors="surrogatepass") for part in self._parts(rows)]

    def raws(self, rows: Rows) -> list[bytes]:
        """The bytes of the strings in `rows`."""
        return [bytes(part) for part in self._parts(rows)]

    def _parts(self, rows: Rows) -> Iterable[memoryview]:
        data = self.data.data
        ranges = zip(self.offsets[rows].tolist(), self.offsets[1:][rows].tolist(), strict=True)
        return (data[begin:end] for begin, end in ranges)

    def take(self, rows: Rows) -> "StringTable":
        """The strings in `rows`, in that order."""
        begins = self.offsets[rows]
        lengths = self.offsets[1:][rows] - begins
        offsets = _offsets(lengths)
        places = np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], lengths)
        return StringTable(offsets, self.data[places])

    def followed_by(self, other: "StringTable") -> "StringTable":
        """These strings, then those of `other`."""
        offsets = np.concatenate([self.offsets, self.offsets[-1] + other.offsets[1:]])
        return StringTable(offsets, np.concatenate([self.data, other.data]))

    def is_same(self, other: "StringTable") -> bool:
        """True if both have the same strings in the same rows."""
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.data, other.data)


def _offsets(lengths: Offsets) -> Offsets:
    """Beginnings of strings of these lengths, and the end of the last one."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


def short_hash(product_id: str) -> int:
    """CRC-32 of a product id, used by lookups and by cursors."""
    return zlib.crc32(product_id.encode(errors="surrogatepass"))


def short_hashes(product_ids: Iterable[str]) -> list[int]:
    """The short hash of each id."""
    return [zlib.crc32(product_id.encode(errors="surrogatepass")) for product_id in product_ids]


@dataclass(frozen=True, slots=True, eq=False)
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

    @classmethod
    def distinct(cls, product_ids: Iterable[str]) -> "IdLookup":
        """The lookup of `product_ids`, each once.

        Rows are in the order of the hashes.
        """
        encoded = {product_id.encode(errors="surrogatepass") for product_id in product_ids}
        hashed = sorted((zlib.crc32(raw), raw) for raw in encoded)
        hashes = np.array([digest for digest, _ in hashed], dtype=np.uint32)
        return cls(hashes, np.arange(len(hashed), dtype=np.int32), StringTable.of(raw for _, raw in hashed))

    def is_ordered(self) -> bool:
        """True if the rows are in the order of the hashes."""
        return np.array_equal(self.rows, np.arange(len(self.rows)))

    def row(self, product_id: str) -> int:
        """The row of `product_id`, or −1."""
        return int(self.find([product_id])[0])

    def find(self, product_ids: Sequence[str]) -> Rows:
        """The row of each id, −1 if it is unknown.

        Shape (len(product_ids),).
        """
        encoded = [product_id.encode(errors="surrogatepass") for product_id in product_ids]
        return kernels.ids.find(self.hashes, self.rows, self.ids.offsets, self.ids.data, encoded)

    def find_all(self, others: "IdLookup") -> Rows:
        """The row of each id of `others`, −1 if it is unknown.

        In the order of the rows of `others`; shape (len(others.ids),). No id is encoded or hashed.
        """
        own, asked = self.ids, others.ids
        return kernels.ids.find_all(
            self.hashes,
            self.rows,
            own.offsets,
            own.data,
            others.hashes,
            others.rows,
            asked.offsets,
            asked.data,
        )

    def extended(self, others: "IdLookup") -> tuple["IdLookup", Rows]:
        """This lookup with the ids of `others`, and the row of each of them.

        Ids that it lacks get further rows.
        """
        found = self.find_all(others)
        new = found[others.rows] < 0
        if not new.any():
            return self, found
        rows, hashes = others.rows[new], others.hashes[new]
        found[np.sort(rows)] = np.arange(len(self.ids), len(self.ids) + len(rows), dtype=np.int32)
        all_hashes = np.concatenate([self.hashes, hashes])
        order = np.argsort(all_hashes, kind="stable")
        lookup = IdLookup(
            all_hashes[order],
            np.concatenate([self.rows, found[rows]])[order],
            self.ids.followed_by(others.ids.take(np.sort(rows))),
        )
        return lookup, found

    def with_hashes(self, hashes: Sequence[int]) -> Rows:
        """All rows whose id has one of these short hashes, ascending.

        Includes rows of other ids with the same hash.
        """
        wanted = np.unique(np.array(hashes, dtype=np.uint32))
        starts = np.searchsorted(self.hashes, wanted)
        ends = np.searchsorted(self.hashes, wanted, side="right")
        parts = [self.rows[start:end] for start, end in zip(starts, ends, strict=True) if end > start]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int32)

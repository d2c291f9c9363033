"""The manifest: what a snapshot holds, how it was made, and the checksum of every file."""

from datetime import datetime
from typing import Any

import msgspec

FORMAT_VERSION = 2


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: its size in bytes and its BLAKE2b-256 checksum in hexadecimal."""

    size: int
    checksum: str


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much a snapshot holds.

    Attributes:
        products: all rows.
        indexed: rows with an item vector, the first ones.
        cold: indexed rows whose vector comes from text alone.
        shoppers, purchases: what the weights were learnt from.
        weights: entries of the sparse item-item weights.
        categories: distinct category paths.
        brands: distinct brands.
        complements: pairs of products that are bought together.
    """

    products: int
    indexed: int
    cold: int
    shoppers: int
    purchases: int
    weights: int
    categories: int
    brands: int
    complements: int


class EmbeddingModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which encoder the content embeddings came from."""

    name: str
    revision: str
    dims: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`manifest.json`.

    Attributes:
        version: the snapshot's id, which is its directory's name too.
        created: when it was built.
        format_version: layout and file formats; a reader refuses others.
        dims: length of item and query vectors.
        metric: the item index's metric, `dot`.
        counts: how much it holds.
        serving: ServingParameters, field by field.
        recipe: the training parameters.
        model: the text encoder.
        catalog_read_at: when reading the catalog began; later changes are the overlay's.
        data_watermark: the latest purchase the snapshot knows, None without purchases.
        metrics: offline measurements, `ann_recall_at_20` among them.
        files: every file but the manifest and its signature.
    """

    version: str
    created: datetime
    format_version: int
    dims: int
    metric: str
    counts: Counts
    serving: dict[str, int | float]
    recipe: dict[str, Any]
    model: EmbeddingModel
    catalog_read_at: datetime
    data_watermark: datetime | None
    metrics: dict[str, float]
    files: dict[str, FileEntry]

    def encoded(self) -> bytes:
        """Readable JSON, the bytes that are signed."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

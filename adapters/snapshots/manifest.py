"""The manifest, which describes a snapshot and holds the checksum of every file."""

from datetime import datetime
from typing import Any

import msgspec

from adapters.snapshots.shop_data import ShopData

FORMAT_VERSION = 3


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a snapshot.

    Attributes:
        size: bytes.
        checksum: BLAKE2b-256 in hexadecimal.
    """

    size: int
    checksum: str


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes of a snapshot's tables.

    Attributes:
        products: number of rows.
        indexed: rows with an item vector. They come first.
        cold: indexed rows whose vector is derived from text alone.
        shoppers: shoppers in the training data.
        purchases: purchases in the training data.
        weights: entries of the sparse item-item weights.
        categories: distinct category paths.
        brands: distinct brands.
        complements: pairs of products bought together.
        alternatives: pairs of a product and one that may be taken instead.
        companions: pairs of a product and one that completes baskets with it.
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
    alternatives: int
    companions: int


class EmbeddingModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Text encoder of the content embeddings.

    Attributes:
        name: name of the model.
        revision: revision of its weights.
        dims: length of its vectors.
    """

    name: str
    revision: str
    dims: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Content of `manifest.json`.

    Attributes:
        version: id of the snapshot, equal to its directory name.
        created: time of the build.
        format_version: version of layout and file formats. Readers reject other versions.
        dims: length of item and query vectors.
        metric: metric of the item index, `dot`.
        counts: sizes of the tables.
        serving: parameters with which pages are made.
        recipe: training parameters.
        model: text encoder.
        catalog_read_at: start of reading the catalog. The overlay covers later changes.
        data_watermark: time of the latest purchase in the data, None without purchases.
        metrics: offline measurements, including `page_loss` and `ann_recall_at_20`.
        files: all files except the manifest and its signature.
        refresh_of: the build whose learned data this snapshot took over. None for a build.
        data: facts about the shop's data, None in a snapshot of an earlier release.
    """

    version: str
    created: datetime
    format_version: int
    dims: int
    metric: str
    counts: Counts
    serving: dict[str, int | float | list[float]]
    recipe: dict[str, Any]
    model: EmbeddingModel
    catalog_read_at: datetime
    data_watermark: datetime | None
    metrics: dict[str, float]
    files: dict[str, FileEntry]
    refresh_of: str | None = None
    data: ShopData | None = None

    def encoded(self) -> bytes:
        """Returns the manifest as indented JSON, the bytes to sign."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

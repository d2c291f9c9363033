"""Published snapshots in one line each."""

from datetime import datetime

import msgspec

from adapters.snapshots import Manifest


class SnapshotLine(msgspec.Struct, frozen=True):
    """A published snapshot.

    Attributes:
        version: its id.
        created: time of the build or refresh.
        live: whether it is the live one.
        problem: why it cannot be used, null if it can. Everything below is null or empty then.
        refresh_of: the build that it refreshes, null for a build.
        products, purchases, shoppers: numbers in its data.
        data_until: time of the latest purchase.
        bytes: size of its files.
        metrics: offline measurements on held-out purchases, and those of the baselines.
    """

    version: str
    created: datetime
    live: bool
    problem: str | None = None
    refresh_of: str | None = None
    products: int | None = None
    purchases: int | None = None
    shoppers: int | None = None
    data_until: datetime | None = None
    bytes: int | None = None
    metrics: dict[str, float] = {}

    @classmethod
    def of(cls, manifest: Manifest, *, live: bool) -> "SnapshotLine":
        """The line of a snapshot with a valid manifest."""
        counts = manifest.counts
        return cls(
            manifest.version,
            manifest.created,
            live,
            None,
            manifest.refresh_of,
            counts.products,
            counts.purchases,
            counts.shoppers,
            manifest.data_watermark,
            sum(file.size for file in manifest.files.values()),
            manifest.metrics,
        )

"""Opens the storage of snapshots that the settings name."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.remote.object_storage import ObjectStorage
from adapters.snapshots.storage import SnapshotStorage
from adapters.snapshots.volume import SnapshotVolume

SCHEMES: Final = ("s3", "gs", "az")
"""S3 and compatible, Google Cloud Storage, Azure Blob Storage."""


def bucket_url(url: str) -> str:
    """Returns the URL of a bucket, without a slash at its end.

    Raises:
        ValueError: not such a URL; the message continues the name of the setting.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise ValueError("expected a bucket, such as s3://bucket/prefix (or gs://, az://)")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must not hold credentials or parameters: they are read from the environment")
    return url.rstrip("/")


def open_storage(
    root: Path,
    url: str | None,
    *,
    patience_seconds: float = 0.0,
    max_local_bytes: int = 0,
    retries: bool = True,
) -> SnapshotStorage:
    """Returns the bucket at `url`, or the folder `root` if there is no URL.

    Args:
        root: folder on a shared volume, or the local folder for snapshots of the bucket.
        url: see `bucket_url`.
        patience_seconds: time for which a writer waits for another writer.
        max_local_bytes: maximum size of the local folder. 0: no limit.
        retries: whether to wait for minutes while the bucket cannot be reached. A caller that polls does not need to.
    """
    if url is None:
        return SnapshotVolume(root, patience_seconds)
    return ObjectStorage(Bucket(f"{url}/snapshots", retries=retries), root, patience_seconds, max_local_bytes)

"""A prefix of a bucket in object storage.

S3 and compatible, Google Cloud Storage and Azure Blob Storage.

Credentials come from the environment or from the workload's identity, as the library obstore finds them. It takes 15 MB
of memory, and is imported only where a bucket is used.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.snapshots.errors import SnapshotNotWritable, SnapshotRejected, SnapshotUnreachable

if TYPE_CHECKING:
    from obstore import ObjectMeta

_PART_BYTES = 8 << 20
_MAX_PARTS = 5_000
_CONNECTIONS = 8
_MAX_OBJECTS = 200_000
"""A listing without an end would fill the memory. A snapshot has less than a hundred objects."""
_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Description of an object.

    Attributes:
        name: below the prefix.
        size: in bytes.
        modified: time of its last write, by the storage's clock.
        tag: identifies this write of the object, for `Bucket.write_if`.
    """

    name: str
    size: int
    modified: datetime
    tag: tuple[tuple[str, str], ...]


class Bucket:
    """Objects below a prefix. Every method raises SnapshotUnreachable if the storage does not answer.

    Methods that write raise SnapshotNotWritable if the storage forbids it.

    Attributes:
        url: address of bucket and prefix, without credentials.
    """

    def __init__(self, url: str, *, retries: bool) -> None:
        """Prepares connections. The first call opens one.

        Args:
            url: such as `s3://bucket/prefix`.
            retries: whether calls wait for minutes while the storage cannot be reached, or for seconds.

        Raises:
            ValueError: the environment lacks what this kind of storage needs.
        """
        from obstore.exceptions import BaseError
        from obstore.store import from_url

        self.url = url
        try:
            # A connection that hangs ends with its time limit, and a range or a part of 8 MB is short.
            self._store = from_url(
                url,
                client_options={
                    "allow_http": True,  # if the endpoint in the environment says so
                    "connect_timeout": timedelta(seconds=5),
                    "timeout": timedelta(seconds=60 if retries else 10),
                },
                retry_config={
                    "max_retries": 10 if retries else 1,
                    "retry_timeout": timedelta(seconds=180 if retries else 10),
                    "backoff": {"max_backoff": timedelta(seconds=15 if retries else 1)},
                },
            )
        except BaseError as error:
            raise ValueError(f"{url} cannot be used: {_reason(error)}") from error

    def read(self, name: str, max_bytes: int) -> tuple[bytes, StoredObject] | None:
        """Returns content and description of a small object, or None if there is none.

        Raises:
            SnapshotRejected: larger than `max_bytes`.
        """
        import obstore

        with suppress(FileNotFoundError), _translated(f"{self.url}/{name}"):
            found = obstore.get(self._store, name)
            if found.meta["size"] > max_bytes:
                raise SnapshotRejected(f"{self.url}/{name} is larger than the limit of {max_bytes} bytes")
            return bytes(found.bytes()), _described(found.meta)
        return None

    def read_range(self, name: str, start: int, end: int) -> bytes:
        """Returns bytes `start` to `end` of an object, fewer if it is shorter.

        Raises:
            SnapshotRejected: there is no such object, or the answer is longer than the range.
        """
        import obstore

        content = bytearray()
        try:
            with _translated(f"{self.url}/{name}"):
                found = obstore.get(self._store, name, options={"range": (start, end)})
                for piece in found.stream(min_chunk_size=end - start):
                    content += piece
                    if len(content) > end - start:
                        raise SnapshotRejected(f"{self.url}/{name}: more than the requested bytes were sent")
        except FileNotFoundError:
            raise SnapshotRejected(f"{self.url}/{name} is missing") from None
        return bytes(content)

    def write(self, name: str, content: bytes | Path) -> None:
        """Writes an object as a whole. Large files are sent in parts."""
        import obstore

        size = content.stat().st_size if isinstance(content, Path) else len(content)
        part = max(_PART_BYTES, size // _MAX_PARTS)
        with _translated(f"{self.url}/{name}", writing=True):
            obstore.put(self._store, name, content, chunk_size=part, max_concurrency=_CONNECTIONS)

    def write_if(self, name: str, content: bytes, before: StoredObject | None) -> bool:
        """Writes a small object, unless another write came in between.

        Args:
            name: name of the object.
            content: content of the object.
            before: what it replaces. None if there must be no object.

        Returns:
            False if the object is not what it was before.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: Any = "create" if before is None else dict(before.tag)
        with _translated(f"{self.url}/{name}", writing=True):
            try:
                obstore.put(self._store, name, content, mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError, FileNotFoundError):
                return False
        return True

    def list(self, prefix: str = "") -> list[StoredObject]:
        """Returns all objects below `prefix`, which is a folder or empty."""
        import obstore

        with _translated(f"{self.url}/{prefix}"):
            objects = chain.from_iterable(obstore.list(self._store, prefix or None))
            found = [_described(meta) for meta in islice(objects, _MAX_OBJECTS + 1)]
        if len(found) > _MAX_OBJECTS:
            raise SnapshotUnreachable(
                f"{self.url}/{prefix} lists more than {_MAX_OBJECTS:,} objects. Use a prefix for snapshots alone"
            )
        return found

    def delete(self, names: Sequence[str]) -> None:
        """Deletes objects that may be gone already."""
        import obstore

        with _translated(self.url, writing=True):
            for name in names:
                with suppress(FileNotFoundError):
                    obstore.delete(self._store, name)


def _described(meta: "ObjectMeta") -> StoredObject:
    versions = (("e_tag", meta["e_tag"]), ("version", meta["version"]))
    tag = tuple((name, value) for name, value in versions if value is not None)
    return StoredObject(meta["path"], meta["size"], meta["last_modified"], tag)


@contextmanager
def _translated(place: str, *, writing: bool = False) -> Iterator[None]:
    """Translates the library's errors, except FileNotFoundError."""
    from obstore.exceptions import BaseError, PermissionDeniedError

    try:
        yield
    except PermissionDeniedError as error:
        if writing:
            raise SnapshotNotWritable(f"{place} cannot be written: permission denied") from error
        raise SnapshotUnreachable(f"{place} cannot be reached: {_reason(error)}") from error
    except (BaseError, ValueError) as error:
        raise SnapshotUnreachable(f"{place} cannot be reached: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """The library's message without its long description of the source."""
    return " ".join(str(error).partition("Debug source:")[0].split())[:_REASON_LENGTH]

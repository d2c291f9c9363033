"""Verification of snapshots: the signature of the manifest, then the checksum of every file."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from types import MappingProxyType

import msgspec

from adapters.snapshots.annoy_index import METRIC
from adapters.snapshots.checksums import FileIdentity, file_entries, open_regular, regular_identity
from adapters.snapshots.errors import SnapshotNotFound, SnapshotRejected
from adapters.snapshots.layout import MANIFEST, SIGNATURE, is_complete, without_later_arrays
from adapters.snapshots.manifest import FORMAT_VERSION, Manifest
from adapters.snapshots.signing import SigningKey

MAX_MANIFEST_BYTES = 1 << 20
_MAX_DIMS = 4096


class _Format(msgspec.Struct):
    """The format version of a manifest, read before the rest."""

    format_version: int


def read_manifest(directory: Path, keys: Sequence[SigningKey]) -> Manifest:
    """Returns the manifest of a snapshot after checking its signature.

    Args:
        directory: directory of the snapshot.
        keys: accepted signing keys.

    Raises:
        SnapshotNotFound: missing directory.
        SnapshotRejected: missing manifest, invalid signature, or another format.
    """
    if not directory.is_dir():
        raise SnapshotNotFound(f"there is no snapshot {directory}")
    content, signature = _small_file(directory / MANIFEST), _small_file(directory / SIGNATURE)
    return checked_manifest(content, signature, keys, directory)


def checked_manifest(
    content: bytes, signed: bytes, keys: Sequence[SigningKey], directory: PurePath
) -> Manifest:
    """Returns the manifest in `content` after checking its signature `signed`.

    Args:
        content: content of `manifest.json`.
        signed: content of `manifest.sig`.
        keys: accepted signing keys.
        directory: where it was read. Its name is the version.

    Raises:
        SnapshotRejected: invalid signature, another version or another format.
    """
    signature = signed.decode("ascii", errors="replace").strip()
    if not any(key.signed(content, signature) for key in keys):
        raise SnapshotRejected(f"{directory / MANIFEST} is not signed by a known key")
    try:
        found = msgspec.json.decode(content, type=_Format).format_version
        if found != FORMAT_VERSION:
            raise SnapshotRejected(
                f"{directory / MANIFEST}: format {found}, but this version reads {FORMAT_VERSION}"
            )
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotRejected(f"{directory / MANIFEST} is not a manifest of this format: {error}") from error
    manifest = msgspec.structs.replace(manifest, files=without_later_arrays(manifest.files))
    _check_manifest(manifest, directory)
    return manifest


def verify_snapshot(
    directory: Path, keys: Sequence[SigningKey], checked: Mapping[str, FileIdentity] = MappingProxyType({})
) -> Manifest:
    """Compares every byte of the snapshot with its signed manifest.

    Args:
        directory: directory of the snapshot.
        keys: accepted signing keys.
        checked: files that this process compared with the same manifest. They are read again only if they changed.

    Raises:
        SnapshotNotFound: see `read_manifest`.
        SnapshotRejected: see `read_manifest`, or a missing, unexpected or altered file, which the message names.
    """
    manifest = read_manifest(directory, keys)
    try:
        # Sizes first, so that a file of a wrong and huge size is never read.
        there = {name: regular_identity(directory / name) for name in manifest.files}
        for name, expected in manifest.files.items():
            _check_size(directory / name, there[name].size, expected.size)
        unread = [name for name in manifest.files if checked.get(name) != there[name]]
        found = file_entries(directory / name for name in unread)
    except OSError as error:
        raise SnapshotRejected(f"{error.filename or directory} cannot be read: {error.strerror}") from error
    for name in unread:
        expected = manifest.files[name]
        _check_size(directory / name, found[name].size, expected.size)
        if found[name].checksum != expected.checksum:
            raise SnapshotRejected(f"{directory / name} was altered: its checksum differs from the manifest")
    return manifest


def _check_size(path: Path, size: int, expected: int) -> None:
    if size != expected:
        raise SnapshotRejected(f"{path} has {size} bytes, but its manifest says {expected}")


def _small_file(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            content = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise SnapshotRejected(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_MANIFEST_BYTES:
        raise SnapshotRejected(f"{path} is larger than the limit of {MAX_MANIFEST_BYTES} bytes")
    return content


def _check_manifest(manifest: Manifest, directory: PurePath) -> None:
    counts = manifest.counts
    problems = {
        f"its version is {manifest.version}": manifest.version != directory.name
        and not directory.name.startswith("."),
        f"metric {manifest.metric}, expected {METRIC}": manifest.metric != METRIC,
        f"{manifest.dims} dims": not 1 <= manifest.dims <= _MAX_DIMS,
        "its files differ from those of this format": not is_complete(manifest.files.keys()),
        "negative or inconsistent counts": min(msgspec.structs.astuple(counts)) < 0
        or counts.indexed > counts.products
        or counts.cold > counts.indexed
        or counts.products >= 2**31,
    }
    for problem, present in problems.items():
        if present:
            raise SnapshotRejected(f"{directory / MANIFEST}: {problem}")

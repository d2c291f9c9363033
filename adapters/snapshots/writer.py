"""Writing of a snapshot's files."""

from collections.abc import Mapping
from pathlib import Path

import annoy
import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.checksums import file_entries
from adapters.snapshots.errors import SnapshotNotWritable
from adapters.snapshots.layout import ADDED, ARRAYS, FILES, MANIFEST, SIGNATURE, file_name
from adapters.snapshots.manifest import FileEntry, Manifest
from adapters.snapshots.signing import SigningKey
from adapters.snapshots.volume import writing


def write_arrays(directory: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Writes arrays of the layout with their declared types.

    Raises:
        SnapshotNotWritable: full or read-only volume.
        KeyError: an array that is not in the layout.
    """
    for name, array in arrays.items():
        path = directory / file_name(name)
        with writing(path):
            np.save(path, np.ascontiguousarray(array, dtype=ARRAYS[name].dtype), allow_pickle=False)


def save_annoy(index: annoy.AnnoyIndex, path: Path) -> None:
    """Saves a built index.

    Raises:
        SnapshotNotWritable: incomplete write by Annoy.
    """
    with writing(path):
        index.save(str(path))


def write_manifest(directory: Path, manifest: Manifest, key: SigningKey) -> None:
    """Writes the manifest and its signature, as the last step of a build."""
    content = manifest.encoded()
    with writing(directory / MANIFEST):
        (directory / MANIFEST).write_bytes(content)
        (directory / SIGNATURE).write_text(key.signature(content))


def checksums(directory: Path) -> dict[str, FileEntry]:
    """Returns size and checksum of every file of the layout, for the manifest.

    Arrays of `ADDED` may be missing.
    """
    added = {file_name(name) for group in ADDED for name in group}
    missing = {name for name in added if not (directory / name).exists()}
    try:
        return file_entries(directory / name for name in FILES - missing)
    except OSError as error:
        raise SnapshotNotWritable(f"{error.filename or directory} cannot be read back: {error}") from error

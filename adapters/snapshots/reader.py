"""Opening a snapshot: signature, then checksums, then arrays; Annoy last, and only on what was verified."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np

from adapters.snapshots.annoy_index import METRIC, AnnoyItemIndex
from adapters.snapshots.checksums import file_entries, open_regular, regular_size
from adapters.snapshots.errors import SnapshotNotFound, SnapshotRejected
from adapters.snapshots.layout import ARRAYS, FILES, INDEX, MANIFEST, SIGNATURE, expected_length, file_name
from adapters.snapshots.manifest import FORMAT_VERSION, Manifest
from adapters.snapshots.signing import SigningKey
from recommender.snapshot import ProductColumns, ServingParameters, Snapshot
from recommender.snapshot.brands import BrandList
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.tables import Complements, IdLookup, SparseWeights, StringTable

_MANIFEST_LIMIT = 1 << 20
_DIMS_LIMIT = 4096


class _Format(msgspec.Struct):
    """What tells whether the rest of a manifest can be understood."""

    format_version: int


def read_manifest(directory: Path, keys: Sequence[SigningKey]) -> Manifest:
    """The manifest of the snapshot in `directory`, once one of `keys` is found to have signed it.

    Raises:
        SnapshotNotFound: there is no such directory.
        SnapshotRejected: no manifest, no valid signature, or not a manifest of this format.
    """
    if not directory.is_dir():
        raise SnapshotNotFound(f"there is no snapshot {directory}")
    content = _small_file(directory / MANIFEST)
    signature = _small_file(directory / SIGNATURE).decode("ascii", errors="replace").strip()
    if not any(key.signed(content, signature) for key in keys):
        raise SnapshotRejected(f"{directory / MANIFEST} is not signed by a key known here")
    try:
        found = msgspec.json.decode(content, type=_Format).format_version
        if found != FORMAT_VERSION:
            raise SnapshotRejected(
                f"{directory / MANIFEST}: format {found}, this code reads {FORMAT_VERSION}"
            )
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotRejected(f"{directory / MANIFEST} is no manifest of this format: {error}") from error
    _check_manifest(manifest, directory)
    return manifest


def verify_snapshot(directory: Path, keys: Sequence[SigningKey]) -> Manifest:
    """Reads every byte of the snapshot and compares it with its signed manifest.

    Raises:
        SnapshotNotFound, SnapshotRejected: as `read_manifest`; also for every missing, superfluous in name,
            longer, shorter or altered file, which is named.
    """
    manifest = read_manifest(directory, keys)
    try:
        # Sizes first: a file that claims a thousand gigabytes is not read to its end.
        for name, expected in manifest.files.items():
            _check_size(directory / name, regular_size(directory / name), expected.size)
        found = file_entries(directory / name for name in manifest.files)
    except OSError as error:
        raise SnapshotRejected(f"{error.filename or directory} cannot be read: {error.strerror}") from error
    for name, expected in manifest.files.items():
        _check_size(directory / name, found[name].size, expected.size)
        if found[name].checksum != expected.checksum:
            raise SnapshotRejected(f"{directory / name} was altered: its checksum is not the manifest's")
    return manifest


def open_snapshot(directory: Path, keys: Sequence[SigningKey]) -> tuple[Manifest, Snapshot]:
    """Verifies the snapshot and maps it into memory.

    Raises:
        SnapshotNotFound, SnapshotRejected: as `verify_snapshot`; also for arrays whose shape or type
            disagrees with the manifest, or whose offsets point outside.
    """
    manifest = verify_snapshot(directory, keys)
    arrays = {name: _mapped(directory, name, manifest) for name in ARRAYS}
    _check_references(arrays, manifest, directory)
    ids = StringTable(arrays["ids_offsets"], arrays["ids_data"])
    categories = StringTable(arrays["categories_offsets"], arrays["categories_data"])
    brands = StringTable(arrays["brands_offsets"], arrays["brands_data"])
    snapshot = Snapshot(
        version=manifest.version,
        parameters=serving_parameters(manifest),
        index=_index(directory, manifest),
        warm=manifest.counts.indexed - manifest.counts.cold,
        item_vectors=arrays["item_vectors"],
        query_vectors=arrays["query_vectors"],
        trend=arrays["trend"],
        weights=SparseWeights(
            arrays["weights_indptr"],
            arrays["weights_indices"],
            arrays["weights_values"],
            arrays["weights_residuals"],
        ),
        columns=ProductColumns(**{column.name: arrays[column.name] for column in fields(ProductColumns)}),
        categories=CategoryTree([categories.text(code) for code in range(len(categories))]),
        brands=BrandList([brands.text(code) for code in range(len(brands))]),
        complements=Complements(
            arrays["complements_indptr"],
            arrays["complements_rows"],
            arrays["complements_lifts"],
            arrays["complements_buyers"],
        ),
        lookup=IdLookup(arrays["id_hashes"], arrays["id_rows"], ids),
        documents=StringTable(arrays["documents_offsets"], arrays["documents_data"]),
    )
    return manifest, snapshot


def serving_parameters(manifest: Manifest) -> ServingParameters:
    """The manifest's serving parameters, as the core takes them."""
    try:
        return msgspec.convert(manifest.serving, ServingParameters, strict=False)
    except msgspec.ValidationError as error:
        raise SnapshotRejected(f"snapshot {manifest.version}: serving parameters: {error}") from error


def _check_size(path: Path, size: int, expected: int) -> None:
    if size != expected:
        raise SnapshotRejected(f"{path} has {size} bytes, its manifest says {expected}")


def _small_file(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            content = file.read(_MANIFEST_LIMIT + 1)
    except OSError as error:
        raise SnapshotRejected(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > _MANIFEST_LIMIT:
        raise SnapshotRejected(f"{path} is larger than a manifest may be ({_MANIFEST_LIMIT} bytes)")
    return content


def _check_manifest(manifest: Manifest, directory: Path) -> None:
    counts = manifest.counts
    problems = {
        f"its version is {manifest.version}": manifest.version != directory.name
        and not directory.name.startswith("."),
        f"metric {manifest.metric}, expected {METRIC}": manifest.metric != METRIC,
        f"{manifest.dims} dims": not 1 <= manifest.dims <= _DIMS_LIMIT,
        "other files than a snapshot of this format has": set(manifest.files) != FILES,
        "negative or contradicting counts": min(msgspec.structs.astuple(counts)) < 0
        or counts.indexed > counts.products
        or counts.cold > counts.indexed
        or counts.products >= 2**31,
    }
    for problem, present in problems.items():
        if present:
            raise SnapshotRejected(f"{directory / MANIFEST}: {problem}")


def _mapped(directory: Path, name: str, manifest: Manifest) -> np.ndarray:
    path = directory / file_name(name)
    expected = ARRAYS[name]
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SnapshotRejected(f"{path} is not an array that can be mapped: {error}") from error
    length = expected_length(expected, manifest.counts)
    shape = (len(array) if length is None else length, *([manifest.dims] if expected.matrix else []))
    if array.dtype.str != expected.dtype or array.shape != shape or not array.flags.c_contiguous:
        raise SnapshotRejected(
            f"{path} is {array.dtype.str}{array.shape}, expected {expected.dtype}{tuple(shape)}"
        )
    # A plain view of the mapping: numpy's own class for mapped arrays costs 2 µs per access.
    return array.view(np.ndarray)


def _check_references(arrays: dict[str, np.ndarray], manifest: Manifest, directory: Path) -> None:
    """Every offset and row that one array holds lies inside the array it points into."""
    offsets = {"ids": "ids_data", "documents": "documents_data", "categories": "categories_data"}
    offsets["brands"] = "brands_data"
    pairs = [(f"{table}_offsets", len(arrays[data])) for table, data in offsets.items()]
    pairs.append(("weights_indptr", manifest.counts.weights))
    pairs.append(("complements_indptr", manifest.counts.complements))
    for name, end in pairs:
        array = arrays[name]
        if not len(array) or array[0] != 0 or array[-1] != end or bool((np.diff(array) < 0).any()):
            raise SnapshotRejected(f"{directory / file_name(name)} does not run from 0 to {end}")
    lists = ("popular_rows", "trending_rows", "new_rows", "complements_rows", "id_rows")
    rows = {"weights_indices": manifest.counts.indexed} | dict.fromkeys(lists, manifest.counts.products)
    for name, bound in rows.items():
        array = arrays[name]
        if len(array) and (array.min() < 0 or array.max() >= bound):
            raise SnapshotRejected(f"{directory / file_name(name)} points outside of its {bound} rows")


def _index(directory: Path, manifest: Manifest) -> AnnoyItemIndex:
    try:
        index = AnnoyItemIndex(directory / INDEX, manifest.dims)
    except OSError as error:
        raise SnapshotRejected(f"{directory / INDEX} cannot be mapped by Annoy: {error}") from error
    if len(index) != manifest.counts.indexed:
        raise SnapshotRejected(
            f"{directory / INDEX} holds {len(index)} items, its manifest says {manifest.counts.indexed}"
        )
    return index

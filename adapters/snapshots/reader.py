"""Opening of snapshots.

Arrays are mapped into memory, and Annoy last. Only verified files are opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.snapshots.annoy_index import AnnoyItemIndex
from adapters.snapshots.checksums import FileIdentity
from adapters.snapshots.errors import SnapshotRejected
from adapters.snapshots.layout import ARRAYS, INDEX, expected_length, file_name
from adapters.snapshots.manifest import Manifest
from adapters.snapshots.signing import SigningKey
from adapters.snapshots.verification import verify_snapshot
from recommender.ports import ItemIndex
from recommender.product_ids import IdLookup, StringTable
from recommender.snapshot import ProductColumns, ServingParameters, Snapshot
from recommender.snapshot.alternatives import LIKENESSES, Alternatives
from recommender.snapshot.brands import BrandList
from recommender.snapshot.catalog_map import CatalogMap
from recommender.snapshot.categories import CategoryTree
from recommender.snapshot.tables import Companions, Complements, SparseWeights
from recommender.snapshot.windows import DemandWindows


def open_snapshot(
    directory: Path, keys: Sequence[SigningKey], checked: Mapping[str, FileIdentity] = MappingProxyType({})
) -> tuple[Manifest, Snapshot]:
    """Verifies the snapshot and maps it into memory. See `verify_snapshot` on its arguments.

    Raises:
        SnapshotNotFound: see `read_manifest`.
        SnapshotRejected: see `verify_snapshot`, or an array with a wrong shape, type or offset.
    """
    manifest = verify_snapshot(directory, keys, checked)
    arrays = map_arrays(directory, manifest)
    _check_references(arrays, manifest, directory)
    warm = manifest.counts.indexed - manifest.counts.cold
    index = _index(directory, manifest)
    return manifest, snapshot_from_arrays(
        manifest.version, _serving_parameters(manifest), index, warm, arrays
    )


def map_arrays(directory: Path, manifest: Manifest) -> dict[str, NDArray[Any]]:
    """Maps the arrays of a verified snapshot into memory, by name.

    Those that its release did not write are missing.

    Raises:
        SnapshotRejected: an array with a wrong shape or type.
    """
    return {name: _mapped(directory, name, manifest) for name in ARRAYS if file_name(name) in manifest.files}


def snapshot_from_arrays(
    version: str,
    parameters: ServingParameters,
    index: ItemIndex,
    warm: int,
    arrays: Mapping[str, NDArray[Any]],
) -> Snapshot:
    """A snapshot of the arrays of the layout, by name, with its lookups."""
    ids = StringTable(arrays["ids_offsets"], arrays["ids_data"])
    categories = StringTable(arrays["categories_offsets"], arrays["categories_data"])
    brands = StringTable(arrays["brands_offsets"], arrays["brands_data"])
    return Snapshot(
        version=version,
        parameters=parameters,
        index=index,
        warm=warm,
        item_vectors=arrays["item_vectors"],
        query_vectors=arrays["query_vectors"],
        trend=arrays["trend"],
        weights=SparseWeights(
            arrays["weights_indptr"],
            arrays["weights_indices"],
            arrays["weights_values"],
            arrays["weights_residuals"],
        ),
        columns=_columns(arrays),
        categories=CategoryTree([categories.text(code) for code in range(len(categories))]),
        brands=BrandList([brands.text(code) for code in range(len(brands))]),
        complements=Complements(
            arrays["complements_indptr"],
            arrays["complements_rows"],
            arrays["complements_scores"],
            arrays["complements_buyers"],
            _associated(arrays),
        ),
        alternatives=Alternatives(
            arrays["alternatives_indptr"],
            arrays["alternatives_rows"],
            arrays["alternatives_scores"],
            arrays["alternatives_kinds"],
        ),
        windows=DemandWindows(**{column.name: arrays[column.name] for column in fields(DemandWindows)}),
        companions=Companions(
            arrays["companions_indptr"], arrays["companions_rows"], arrays["companions_weights"]
        ),
        lookup=IdLookup(arrays["id_hashes"], arrays["id_rows"], ids),
        documents=StringTable(arrays["documents_offsets"], arrays["documents_data"]),
        catalog_map=CatalogMap(arrays["map_x"], arrays["map_y"]) if "map_x" in arrays else None,
        weekly_purchases=arrays.get("weekly_purchases"),
    )


def _columns(arrays: Mapping[str, NDArray[Any]]) -> ProductColumns:
    """Columns of products. In snapshots of an earlier release a model is one text."""
    known = {"models": arrays["variant_groups"], **arrays}
    return ProductColumns(**{column.name: known[column.name] for column in fields(ProductColumns)})


def _associated(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Complements beyond chance. Snapshots of an earlier release have hardly any others."""
    known = arrays.get("complements_associated")
    return np.ones(len(arrays["complements_rows"]), np.bool_) if known is None else known


def _serving_parameters(manifest: Manifest) -> ServingParameters:
    """Returns the manifest's serving parameters as the core's type."""
    try:
        return msgspec.convert(manifest.serving, ServingParameters, strict=False)
    except msgspec.ValidationError as error:
        raise SnapshotRejected(f"snapshot {manifest.version}: serving parameters: {error}") from error


def _mapped(directory: Path, name: str, manifest: Manifest) -> np.ndarray:
    path = directory / file_name(name)
    expected = ARRAYS[name]
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SnapshotRejected(f"{path} is not a mappable array: {error}") from error
    length = expected_length(expected, manifest.counts)
    columns = manifest.dims if expected.matrix else expected.columns
    shape = (len(array) if length is None else length, *([] if columns is None else [columns]))
    if array.dtype.str != expected.dtype or array.shape != shape or not array.flags.c_contiguous:
        raise SnapshotRejected(
            f"{path} is {array.dtype.str}{array.shape}, expected {expected.dtype}{tuple(shape)}"
        )
    # A plain view, since each access to numpy's memmap class costs 2 µs.
    return array.view(np.ndarray)


def _check_references(arrays: dict[str, np.ndarray], manifest: Manifest, directory: Path) -> None:
    """Checks that all offsets and rows are within the arrays that they refer to."""
    counts = manifest.counts
    tables = ("ids", "documents", "categories", "brands")
    ends = {f"{table}_offsets": len(arrays[f"{table}_data"]) for table in tables} | {
        "weights_indptr": counts.weights,
        "complements_indptr": counts.complements,
        "alternatives_indptr": counts.alternatives,
        "companions_indptr": counts.companions,
    }
    for name, end in ends.items():
        array = arrays[name]
        if not len(array) or array[0] != 0 or array[-1] != end or bool((np.diff(array) < 0).any()):
            raise SnapshotRejected(f"{directory / file_name(name)} does not run from 0 to {end}")
    of_products = ["new_rows", "complements_rows", "alternatives_rows", "companions_rows", "id_rows"]
    of_products += [name for name in arrays if name.startswith(("popular_rows", "trending_rows"))]
    bounds = {"weights_indices": counts.indexed, "alternatives_kinds": LIKENESSES}
    for name, bound in (bounds | dict.fromkeys(of_products, counts.products)).items():
        array = arrays[name]
        if len(array) and (array.min() < 0 or array.max() >= bound):
            raise SnapshotRejected(f"{directory / file_name(name)} has a row outside of 0 to {bound - 1}")


def _index(directory: Path, manifest: Manifest) -> AnnoyItemIndex:
    try:
        index = AnnoyItemIndex(directory / INDEX, manifest.dims)
    except OSError as error:
        raise SnapshotRejected(f"{directory / INDEX} cannot be mapped by Annoy: {error}") from error
    if len(index) != manifest.counts.indexed:
        raise SnapshotRejected(
            f"{directory / INDEX} holds {len(index)} items, but its manifest says {manifest.counts.indexed}"
        )
    return index

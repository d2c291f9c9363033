"""Only signed and unaltered snapshots are opened."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.snapshots import (
    SigningKey,
    SnapshotNotFound,
    SnapshotRejected,
    SnapshotVolume,
    annoy_index,
    open_snapshot,
    verify_snapshot,
)
from adapters.snapshots.checksums import file_entry
from adapters.snapshots.layout import ADDED, FILES, INDEX, MANIFEST, SIGNATURE
from tests.support.builders.published_snapshots import KEY, publish, shop


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    manifest = publish(shop(), folder)
    return folder / "snapshots" / manifest.version


@pytest.fixture
def published(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / original.name))


@pytest.fixture
def annoy_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, path: Path, dims: int) -> None:
        raise AssertionError("a file that was not verified reached Annoy")

    monkeypatch.setattr(annoy_index.AnnoyItemIndex, "__init__", refuse)


def resign(directory: Path, change: dict[str, Any]) -> None:
    """Changes and signs the manifest, as the holder of the key could."""
    manifest = json.loads((directory / MANIFEST).read_bytes()) | change
    content = json.dumps(manifest).encode()
    (directory / MANIFEST).write_bytes(content)
    (directory / SIGNATURE).write_text(KEY.signature(content))


def rewrite(directory: Path, name: str, array: np.ndarray) -> None:
    """Replaces an array and updates checksum and signature."""
    np.save(directory / name, array)
    files = json.loads((directory / MANIFEST).read_bytes())["files"]
    entry = file_entry(directory / name)
    resign(directory, {"files": files | {name: {"size": entry.size, "checksum": entry.checksum}}})


def test_published_snapshot_opens(published: Path) -> None:
    manifest, snapshot = open_snapshot(published, [SigningKey(b"x" * 32), KEY])
    assert snapshot.version == manifest.version == published.name
    assert snapshot.products == 60
    assert manifest.metrics["ann_recall_at_20"] >= 0.95


@pytest.mark.parametrize("missing", [*ADDED, ADDED[0] | ADDED[1]])
def test_snapshot_of_an_earlier_release_opens_without_later_arrays(
    published: Path, missing: frozenset[str]
) -> None:
    files = json.loads((published / MANIFEST).read_bytes())["files"]
    resign(published, {"files": {name: entry for name, entry in files.items() if name[:-4] not in missing}})
    snapshot = open_snapshot(published, [KEY])[1]
    found = (snapshot.catalog_map is None, snapshot.weekly_purchases is None)
    assert found == ("map_x" in missing, "weekly_purchases" in missing)
    columns = snapshot.columns
    assert columns.models.tolist() == columns.variant_groups.tolist() or "models" not in missing
    assert snapshot.complements.associated.all() or "complements_associated" not in missing


def test_array_of_a_later_release_is_not_read(published: Path) -> None:
    files = json.loads((published / MANIFEST).read_bytes())["files"]
    resign(published, {"files": files | {"of_a_later_release.npy": {"size": 9, "checksum": "0"}}})
    assert open_snapshot(published, [KEY])[0].files.keys() == files.keys()


@pytest.mark.parametrize("missing", ["map_x.npy", "trend.npy", INDEX])
def test_snapshot_without_a_part_is_rejected(published: Path, missing: str) -> None:
    files = json.loads((published / MANIFEST).read_bytes())["files"]
    resign(published, {"files": {name: entry for name, entry in files.items() if name != missing}})
    with pytest.raises(SnapshotRejected, match="its files differ"):
        open_snapshot(published, [KEY])


@pytest.mark.usefixtures("annoy_untouched")
@pytest.mark.parametrize("name", sorted(FILES))
def test_flipped_bit_is_rejected_with_the_file_name(published: Path, name: str) -> None:
    content = bytearray((published / name).read_bytes())
    content[len(content) // 2] ^= 1
    (published / name).write_bytes(content)
    with pytest.raises(SnapshotRejected, match=name):
        open_snapshot(published, [KEY])


@pytest.mark.usefixtures("annoy_untouched")
@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE])
def test_altered_manifest_or_signature_is_rejected(published: Path, name: str) -> None:
    content = bytearray((published / name).read_bytes())
    content[len(content) // 2] ^= 1
    (published / name).write_bytes(content)
    with pytest.raises(SnapshotRejected, match="not signed by a known key"):
        open_snapshot(published, [KEY])


@pytest.mark.usefixtures("annoy_untouched")
def test_wrong_or_missing_signature_is_rejected(published: Path) -> None:
    with pytest.raises(SnapshotRejected, match="not signed"):
        open_snapshot(published, [SigningKey(b"y" * 32)])
    (published / SIGNATURE).unlink()
    with pytest.raises(SnapshotRejected, match=SIGNATURE):
        open_snapshot(published, [KEY])


@pytest.mark.usefixtures("annoy_untouched")
@pytest.mark.parametrize(
    "damage", ["missing", "cut", "longer", "link", "hard link to a device", "folder", "pipe"]
)
def test_replaced_or_resized_files_are_rejected(published: Path, damage: str, tmp_path: Path) -> None:
    path = published / INDEX
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "longer":
        path.write_bytes(path.read_bytes() + b"\0")
    else:
        path.rename(tmp_path / "elsewhere")
    if damage == "link":
        path.symlink_to(tmp_path / "elsewhere")
    if damage == "hard link to a device":
        path.symlink_to("/dev/zero")
    if damage == "folder":
        path.mkdir()
    if damage == "pipe":
        os.mkfifo(path)
    with pytest.raises(SnapshotRejected, match=INDEX):
        verify_snapshot(published, [KEY])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format_version": 2}, "format 2, but this version reads 3"),
        ({"dims": 10**9}, "dims"),
        ({"dims": 9}, "item_vectors"),
        ({"metric": "angular"}, "angular"),
        ({"version": "20260101T000000000Z-00000000"}, "20260101T000000000Z-00000000"),
        ({"files": {"../../etc/passwd": {"size": 1, "checksum": "0"}}}, "its files differ"),
        ({"surprise": 1}, "surprise"),
        ({"serving": {"half_life_days": "soon"}}, "serving"),
        ({"counts": []}, "counts"),
    ],
)
def test_signed_manifest_with_invalid_values_is_rejected(
    published: Path, change: dict[str, Any], reason: str
) -> None:
    resign(published, change)
    with pytest.raises(SnapshotRejected, match=reason):
        open_snapshot(published, [KEY])


@pytest.mark.parametrize(
    ("name", "count"), [("products", 2**40), ("indexed", 61), ("weights", -1), ("categories", 3)]
)
def test_wrong_counts_are_rejected(published: Path, name: str, count: int) -> None:
    counts = json.loads((published / MANIFEST).read_bytes())["counts"]
    resign(published, {"counts": counts | {name: count}})
    with pytest.raises(SnapshotRejected):
        open_snapshot(published, [KEY])


@pytest.mark.parametrize("name", ["ids_offsets", "documents_offsets", "weights_indptr"])
def test_offsets_out_of_range_are_rejected(published: Path, name: str) -> None:
    offsets = np.load(published / f"{name}.npy")
    offsets[1] = offsets[-1] + 1000
    rewrite(published, f"{name}.npy", offsets)
    with pytest.raises(SnapshotRejected, match=name):
        open_snapshot(published, [KEY])


@pytest.mark.parametrize("name", ["weights_indices", "popular_rows", "id_rows"])
def test_rows_out_of_range_are_rejected(published: Path, name: str) -> None:
    for row in (-1, 1_000_000):
        rows = np.load(published / f"{name}.npy")
        rows[0] = row
        rewrite(published, f"{name}.npy", rows)
        with pytest.raises(SnapshotRejected, match=name):
            open_snapshot(published, [KEY])


def test_object_arrays_are_never_unpickled(published: Path) -> None:
    np.save(published / "trend.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    files = json.loads((published / MANIFEST).read_bytes())["files"]
    entry = file_entry(published / "trend.npy")
    resign(published, {"files": files | {"trend.npy": {"size": entry.size, "checksum": entry.checksum}}})
    with pytest.raises(SnapshotRejected, match="trend"):
        open_snapshot(published, [KEY])


def test_missing_snapshot_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(SnapshotNotFound):
        open_snapshot(tmp_path / "20260101T000000000Z-00000000", [KEY])


def test_invalid_version_names_never_become_paths(tmp_path: Path) -> None:
    volume = SnapshotVolume(tmp_path)
    (tmp_path / "CURRENT").write_text("../../../etc\n")
    with pytest.raises(SnapshotRejected, match="not a snapshot version"):
        volume.current()


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "huge"])
def test_invalid_current_file_is_rejected_without_its_content(tmp_path: Path, kind: str) -> None:
    secret, current = tmp_path / "secret", tmp_path / "volume" / "CURRENT"
    secret.write_text("the content of another file")
    current.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(current)
    elif kind == "link":
        current.symlink_to(secret)
    elif kind == "folder":
        current.mkdir()
    else:
        with current.open("wb") as file:
            file.truncate(1 << 40)
    with pytest.raises(SnapshotRejected) as caught:
        SnapshotVolume(current.parent).current()
    assert "another file" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_file_of_a_wrong_size_is_rejected_unread(published: Path) -> None:
    with (published / INDEX).open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(SnapshotRejected, match="has 1099511627776 bytes, but its manifest says"):
        verify_snapshot(published, [KEY])


@pytest.mark.usefixtures("annoy_untouched")
@pytest.mark.parametrize(
    "name",
    ["../item_vectors.npy", "/etc/passwd", "a/../../b", "item_vectors.npy\x00", "", ".", "CURRENT", "..npy"],
)
def test_file_names_outside_the_layout_are_rejected(published: Path, name: str) -> None:
    files = json.loads((published / MANIFEST).read_bytes())["files"]
    entry = files.pop(INDEX)
    for changed in (files | {name: entry}, files | {INDEX: entry, name: entry}, files):
        resign(published, {"files": changed})
        with pytest.raises(SnapshotRejected, match="its files differ"):
            open_snapshot(published, [KEY])


@pytest.mark.usefixtures("annoy_untouched")
@pytest.mark.parametrize("dims", [0, -1, 2**31, 2**32 + 16, 2**63, 2**64, 10**30, 1.5, "16", None])
def test_invalid_dims_are_rejected(published: Path, dims: object) -> None:
    resign(published, {"dims": dims})
    with pytest.raises(SnapshotRejected):
        open_snapshot(published, [KEY])


@pytest.mark.usefixtures("annoy_untouched")
@pytest.mark.parametrize("size", [0, -1, 2**63, 2**64 + 5, "5"])
def test_wrong_sizes_are_rejected(published: Path, size: object) -> None:
    files = json.loads((published / MANIFEST).read_bytes())["files"]
    resign(published, {"files": files | {INDEX: files[INDEX] | {"size": size}}})
    with pytest.raises(SnapshotRejected):
        open_snapshot(published, [KEY])


@pytest.mark.parametrize("counts", [{"weights": 2**62}, {"complements": 2**63}, {"brands": 2**31}])
def test_overflowing_counts_are_rejected(published: Path, counts: dict[str, int]) -> None:
    found = json.loads((published / MANIFEST).read_bytes())["counts"]
    resign(published, {"counts": found | counts})
    with pytest.raises(SnapshotRejected):
        open_snapshot(published, [KEY])


def test_deeply_nested_manifest_is_rejected(published: Path) -> None:
    content = b'{"format_version": 3, "recipe": ' + b"[" * 100_000
    (published / MANIFEST).write_bytes(content)
    (published / SIGNATURE).write_text(KEY.signature(content))
    with pytest.raises(SnapshotRejected):
        open_snapshot(published, [KEY])


def test_short_keys_are_rejected() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes, but this one has 5"):
        SigningKey(b"short")
    assert "signing key" not in repr(KEY)

"""Archives that would fill memory or disk."""

import gzip
import io
import re
import shutil
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from purchase_files import RefusedFile, open_purchases
from purchase_files.formats.containers import Input, plain_files
from purchase_files.formats.parquet_file import ParquetFile
from tests.support.purchases_read import Read

CSV = "CustomerID,StockCode,InvoiceDate\n7,0012,2024-05-01\n8,0013,2024-05-31\n"


def _zip(*members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in members:
            archive.writestr(name, CSV)
    return stream.getvalue()


def test_archives_are_bounded(tmp_path: Path) -> None:
    content = CSV.encode()
    for depth in range(5):
        (tmp_path / "p.zip").write_bytes(content)
        if depth > 3:
            with pytest.raises(RefusedFile, match="is an archive in 3 others"):
                Read(tmp_path / "p.zip")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("p.zip", content)
        content = buffer.getvalue()


@pytest.mark.parametrize(
    ("members", "size", "problem"),
    [
        (["p"], 3 << 30, "unpacks to over 1,024 MiB"),
        (["p", "q", "r"], 400 << 20, "unpacks to over 1,024 MiB"),
        (["xl/sheet"], 300 << 20, "unpacks to over 256 MiB. Export the purchases as CSV"),
    ],
)
def test_archive_that_would_fill_memory_or_disk_is_refused(
    tmp_path: Path, members: list[str], size: int, problem: str
) -> None:
    content = _zip(*members)
    for entry in re.finditer(b"PK\1\2", content):
        start = entry.start() + 24
        content = content[:start] + size.to_bytes(4, "little") + content[start + 4 :]
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(RefusedFile, match=problem):
        Read(tmp_path / "p.zip")


@pytest.mark.parametrize("layers", [1, 2])
def test_unpacking_stops_at_a_limit(tmp_path: Path, layers: int) -> None:
    content = bytes(5 << 20)
    for _ in range(layers):
        content = gzip.compress(content)
    (tmp_path / "p.gz").write_bytes(content)
    folder = tmp_path / "copies"
    folder.mkdir()
    with pytest.raises(RefusedFile, match=r"p\.gz unpacks to over 4 MiB"):
        list(plain_files(Input(tmp_path / "p.gz", "p.gz"), folder, least_limit=4 << 20))
    assert sum(copy.stat().st_size for copy in folder.iterdir()) <= 4 << 20


def test_time_of_a_copy_does_not_grow_with_their_number(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(_zip(*(f"{number}.csv" for number in range(100))))
    seconds = []
    for others in (0, 10_000):
        folder = tmp_path / str(others)
        folder.mkdir()
        for number in range(others):
            (folder / f"{number}.other").touch()
        began = time.process_time()
        assert len(list(plain_files(Input(tmp_path / "p.zip", "p.zip"), folder))) == 100
        seconds.append(time.process_time() - began)
    assert seconds[1] < 5 * seconds[0]


def test_archive_is_refused_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.gz").write_bytes(gzip.compress(CSV.encode()))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    with pytest.raises(RefusedFile, match=r"does not fit on the disk of .*set TMPDIR"):
        Read(tmp_path / "p.gz")


@pytest.mark.parametrize("headers", [(b"PK\1\2", 24), (b"PK\3\4", 22)])
def test_archive_that_lies_about_sizes_is_refused(tmp_path: Path, headers: tuple[bytes, int]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.csv", CSV + "9,0014,2024-06-01\n" * 200_000)
    content = stream.getvalue()
    for mark, offset in {headers, (b"PK\1\2", 24)}:
        start = content.rfind(mark) + offset
        content = content[:start] + len(CSV).to_bytes(4, "little") + content[start + 4 :]
    (tmp_path / "p.zip").write_bytes(content)
    folder = tmp_path / "copies"
    folder.mkdir()
    with pytest.raises(RefusedFile, match=r"p\.zip is a damaged archive"):
        list(plain_files(Input(tmp_path / "p.zip", "p.zip"), folder))
    assert sum(copy.stat().st_size for copy in folder.iterdir()) <= len(CSV)


@pytest.mark.parametrize(
    ("limits", "problem"),
    [({"least_limit": 1 << 20}, "to over [0-9]+ MiB"), ({"memory": "20MiB"}, "to more than the memory")],
)
def test_parquet_that_unpacks_to_far_more_is_refused(
    tmp_path: Path, limits: dict[str, Any], problem: str
) -> None:
    table = pa.table({"customer_id": ["c"] * 8, "title": ["x" * (8 << 20)] * 8})
    parquet.write_table(table, tmp_path / "p.parquet", compression="zstd", use_dictionary=False)
    with pytest.raises(RefusedFile, match=rf"p\.parquet unpacks {problem}\. Export only the columns"):
        ParquetFile.open(tmp_path / "p.parquet", "p.parquet", **limits)


def test_many_tables_of_an_archive_are_counted_while_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(_zip(*(f"{number}.csv" for number in range(50))))
    stages = list[str]()
    open_purchases([tmp_path / "p.zip"], None, stages.append).close()
    assert stages[:3] == ["Recognizing columns", "Recognizing columns, 50 tables so far", "Reading"]

"""Opening and reading of files."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from catalog.errors import BadInput
from catalog.loading.columns import PURCHASE_COLUMNS, USER_COLUMNS, present_columns, read_batches
from catalog.loading.csv_file import CsvFile
from catalog.loading.files import TableFile, open_table


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def small_blocks(path: Path) -> TableFile:
    return CsvFile.open(path, block_bytes=64)


def ids_of(path: Path, open_file: Callable[[Path], TableFile] = open_table) -> list[str]:
    table = open_file(path)
    columns = present_columns(table, USER_COLUMNS)
    return [id_ for batch in read_batches(table, columns) for id_ in batch.columns["id"].to_pylist()]


def problem_with(path: Path, open_file: Callable[[Path], TableFile] = open_table) -> BadInput:
    with pytest.raises(BadInput) as caught:
        ids_of(path, open_file)
    assert str(caught.value).startswith(str(path))
    return caught.value


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"PK\x03\x04\x00\x00", "neither Parquet nor CSV"),
        (b"PAR1 but not really", "damaged Parquet file"),
        (b"caf\xe9,id\n1,2\n", "not a CSV file in UTF-8"),
        (b"name\nx\n", "lacks the column 'id'. Its columns are 'name'"),
        (b"id,id\n1,2\n", "has the column 'id' 2 times"),
    ],
)
def test_unreadable_files_are_rejected(tmp_path: Path, content: bytes, says: str) -> None:
    assert says in str(problem_with(write(tmp_path / "f.csv", content)))


def test_missing_file_folder_and_wrong_suffix_are_rejected(tmp_path: Path) -> None:
    assert "does not exist" in str(problem_with(tmp_path / "none.csv"))
    assert "cannot be read" in str(problem_with(tmp_path))
    assert "is not a Parquet file" in str(problem_with(write(tmp_path / "f.parquet", b"id\n1\n")))


def test_damaged_parquet_files_are_rejected(tmp_path: Path) -> None:
    good = tmp_path / "good.parquet"
    parquet.write_table(pa.table({"id": [str(n) for n in range(5000)]}), good, compression="zstd")
    content = good.read_bytes()
    assert len(ids_of(good)) == 5000
    assert "damaged" in str(problem_with(write(tmp_path / "cut.parquet", content[:-100])))
    middle = len(content) // 2
    flipped = (
        content[:middle]
        + bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
        + content[middle + 64 :]
    )
    assert "damaged" in str(problem_with(write(tmp_path / "flipped.parquet", flipped)))


def test_csv_reads_values_as_written(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbf note , id\r\n"a, ""b""\nc",007\r\n\r\n,NA\r\nx,"d,e"'
    assert ids_of(write(tmp_path / "f.csv", content)) == ["007", "NA", "d,e"]
    assert ids_of(write(tmp_path / "header.csv", b"id")) == []
    assert ids_of(write(tmp_path / "header2.csv", b"id\n")) == []


def test_row_and_line_differ_after_line_breaks_in_values(tmp_path: Path) -> None:
    error = problem_with(write(tmp_path / "f.csv", b'id,locale\na,"x\ny\nz"\n\nb,\nc/d,\n'))
    assert (error.row, error.line, error.column) == (3, 7, "id")


@pytest.mark.parametrize(("row", "values"), [(b"b", 1), (b"b,c,d", 3)])
def test_row_with_too_few_or_many_values_is_rejected(tmp_path: Path, row: bytes, values: int) -> None:
    error = problem_with(write(tmp_path / "f.csv", b"id,locale\na,en\n\n" + row + b"\ne,en\n"))
    assert (error.row, error.line) == (2, 4)
    assert f"has {values} values, but the header has 2 columns" in str(error)


def test_invalid_utf8_names_row_line_and_column(tmp_path: Path) -> None:
    error = problem_with(write(tmp_path / "f.csv", b"id,locale\na,en\nb,caf\xe9\n"))
    assert (error.row, error.line, error.column) == (2, 3, "locale")


@pytest.mark.parametrize("content", [b"id,locale\na,en\n,en\n", b'id,locale\na,en\n"",en\n'])
def test_missing_id_is_rejected(tmp_path: Path, content: bytes) -> None:
    error = problem_with(write(tmp_path / "f.csv", content))
    assert (error.row, error.line, error.column) == (2, 3, "id")
    assert "missing" in str(error)


def test_rows_are_counted_across_blocks(tmp_path: Path) -> None:
    rows = b"".join(b"user %d,en\n" % number for number in range(200))
    path = write(tmp_path / "f.csv", b"id,locale\n" + rows)
    assert ids_of(path, small_blocks) == [f"user {number}" for number in range(200)]
    error = problem_with(write(path, b"id,locale\n" + rows + b"a/b,en\n"), small_blocks)
    assert (error.row, error.line) == (201, 202)
    ragged = problem_with(write(path, b"id,locale\n" + rows + b"ab\n"), small_blocks)
    assert (ragged.row, ragged.line) == (201, 202)


def test_line_breaks_in_values_may_cross_blocks(tmp_path: Path) -> None:
    rows = b"".join(b'user %d,"a\nb\nc"\n' % number for number in range(50))
    assert ids_of(write(tmp_path / "f.csv", b"id,locale\n" + rows), small_blocks) == [
        f"user {number}" for number in range(50)
    ]


def test_bad_row_of_a_later_parquet_batch_is_named(tmp_path: Path) -> None:
    ids = [str(number) for number in range(70_000)]
    ids[69_000] = ".."
    parquet.write_table(pa.table({"id": ids}), tmp_path / "f.parquet")
    error = problem_with(tmp_path / "f.parquet")
    assert (error.row, error.line, error.column) == (69_001, None, "id")


def test_required_columns_are_named_together(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "f.csv", b"purchased_at,x\n"))
    with pytest.raises(
        BadInput, match=r"lacks the column 'user_id', 'product_id'\. Its columns are 'purchased_at', 'x'"
    ):
        present_columns(table, PURCHASE_COLUMNS)

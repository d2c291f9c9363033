"""The same purchases in every format."""

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from purchase_files import RefusedFile
from tests.support.builders.files.workbooks import Cell, write_workbook
from tests.support.purchases_read import Read

ROWS = [
    {
        "CustomerID": 7,
        "StockCode": "0012",
        "Description": "Mug, red",
        "InvoiceDate": datetime(2024, 5, 1, 8, 26),
    },
    {"CustomerID": 8, "StockCode": "0013", "Description": "Cup", "InvoiceDate": datetime(2024, 5, 31, 12, 0)},
]
CSV = 'CustomerID,StockCode,Description,InvoiceDate\n7,0012,"Mug, red",2024-05-01 08:26\n8,0013,Cup,2024-05-31 12:00\n'
TEXTS = [{**row, "InvoiceDate": str(row["InvoiceDate"])} for row in ROWS]
LINES = "".join(json.dumps(row) + "\n" for row in TEXTS)


def text_only(value: str | bytes) -> str:
    """Names a case without its bytes.

    Archives hold the time, and each process has to collect the same names.
    """
    return value if isinstance(value, str) else ""


def _zip(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"data/{name}.csv", content)
        archive.writestr("__MACOSX/._p.csv", b"\0\1")
        archive.writestr("picture.csv", b"\x89PNG\r\n")
        archive.writestr("README.txt", "Nothing here\nto load\n")
    return stream.getvalue()


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("purchases.csv")
        member.size = len(CSV)
        archive.addfile(member, io.BytesIO(CSV.encode()))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", CSV.encode()),
        ("p.tsv", CSV.replace('"Mug, red"', "Mug^ red").replace(",", "\t").replace("^", ",").encode()),
        ("p.txt", CSV.replace('"Mug, red"', "Mug^ red").replace(",", "|").replace("^", ",").encode()),
        ("p.csv", CSV.encode("utf-16")),
        ("p.csv", CSV.encode("utf-16-le")),
        ("p.csv", CSV.encode("utf-8-sig")),
        ("p.csv", CSV.replace("\n", "\r\n").encode()),
        ("p.csv", CSV.replace("\n", "\r").encode()),
        ("p.csv", f"Report of May,,,\n\n,,,\n{CSV}".encode()),
        ("p.csv.gz", gzip.compress(CSV.encode())),
        ("p.bz2", bz2.compress(CSV.encode())),
        ("p.xz", lzma.compress(CSV.encode())),
        ("p.zip", _zip(p=CSV)),
        ("p.tar.gz", _tar()),
        ("p.jsonl", LINES.encode()),
        ("p.ndjson.gz", gzip.compress(LINES.encode())),
        ("p.json", json.dumps(TEXTS).encode()),
        ("p.json", json.dumps({"count": 2, "orders": TEXTS}, indent=1).encode()),
    ],
    ids=text_only,
)
def test_format_is_found_by_content(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    check(Read(tmp_path / name))


def check(found: Read) -> None:
    assert found.values("user_id") == ["7", "8"]
    assert found.titles() == {"0012": "Mug, red", "0013": "Cup"}
    assert found.values("purchased_at") == [row["InvoiceDate"].replace(tzinfo=UTC) for row in ROWS]
    assert found.preview.purchases + found.preview.rows_left_out == found.preview.rows == 2


def test_types_of_parquet_become_texts(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(ROWS)
    parquet.write_table(table, tmp_path / "p.parquet")
    check(Read(tmp_path / "p.parquet"))


def test_files_of_a_folder_are_read_together(tmp_path: Path) -> None:
    first, second = CSV.splitlines(keepends=True)[1:]
    head = CSV.splitlines(keepends=True)[0]
    (tmp_path / "1.csv").write_text(head + first)
    (tmp_path / "2.csv.gz").write_bytes(gzip.compress((head + second).encode()))
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "notes.txt").write_text("The export of May\nby Anna\n")
    found = Read(tmp_path)
    check(found)
    assert [
        reason.endswith("notes.txt has no column that is needed") for reason in found.preview.skipped
    ] == [True]


@pytest.mark.parametrize("before", [[], [["Sales of May"], []]])
def test_preamble_of_a_sheet_is_skipped(tmp_path: Path, before: list[list[str]]) -> None:
    rows = [*before, list(ROWS[0]), *(list(row.values()) for row in ROWS)]
    path = write_workbook(tmp_path / "p.xlsx", {"Sales": rows, "Notes": [["Written by Anna"]], "Empty": []})
    found = Read(path)
    check(found)
    assert [(file.path, file.lines) for file in found.preview.files] == [(f"{path}:Sales", len(rows))]


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ([list(ROWS[0]), [9, "0014", "Pot", datetime(2020, 1, 2)]], ["7", "8"]),
        ([["Month", "Sum"], ["May", 2]], ["9"]),
    ],
    ids=["copy", "report"],
)
def test_hidden_copy_of_a_sheet_is_skipped(tmp_path: Path, other: list[list[Cell]], kept: list[str]) -> None:
    rows = [list(ROWS[0]), *(list(row.values()) for row in ROWS)]
    shown, hidden = (
        (rows, other) if kept[0] == "7" else (other, [rows[0], [9, "0014", "Pot", datetime(2020, 1, 2)]])
    )
    found = Read(write_workbook(tmp_path / "p.xlsx", {"Old": hidden, "New": shown}, hidden=["Old"]))
    assert found.values("user_id") == kept
    assert len(found.preview.skipped) == 1


def test_sheets_are_read_together(tmp_path: Path) -> None:
    years = {f"Year {n}": [list(ROWS[0]), list(row.values())] for n, row in enumerate(ROWS)}
    check(Read(write_workbook(tmp_path / "p.xlsx", years)))


ORDER: dict[str, Any] = {
    "id": 11, "name": "#1001", "created_at": "2024-05-01T10:26:00+02:00", "financial_status": "paid",
    "email": "a@example.com",     "customer": {"id": 7}, "line_items": [
        {"id": 1, "product_id": 12, "title": "Mug", "quantity": 1, "price": "9.50"},
        {"id": 2, "product_id": None, "title": "Gift wrap", "quantity": 2, "price": "2.00"},
    ],
}  # fmt: skip
EVENTS: list[dict[str, Any]] = [
    {"event_name": "purchase", "event_timestamp": 1_714_551_960_000_000, "user_pseudo_id": "7.1", "user_id": None,
     "event_params": [{"key": "page", "value": {"string_value": "x"}}], "ecommerce": {"transaction_id": "T1"},
     "items": [{"item_id": "12", "item_name": "Mug", "quantity": 1, "price": 9.5},
               {"item_id": "13", "item_name": "Cup", "quantity": 2, "price": 2.0}]},
    {"event_name": "page_view", "event_timestamp": 1_714_551_960_000_001, "user_pseudo_id": "7.1", "user_id": None,
     "event_params": [], "ecommerce": {"transaction_id": None}, "items": []},
]  # fmt: skip


def test_orders_with_nested_lines(tmp_path: Path) -> None:
    (tmp_path / "orders.json").write_text(json.dumps({"orders": [ORDER, ORDER]}))
    found = Read(tmp_path / "orders.json")
    assert found.values("product_id") == ["12", "Gift wrap"] * 2
    assert set(found.values("user_id")) == {"7"}
    assert set(found.values("order_id")) == {"11"}
    assert found.values("price") == [9.5, 2.0] * 2
    assert [(file.lines, file.rows, file.added_rows) for file in found.preview.files] == [(2, 4, 2)]


def _json_lines(path: Path) -> None:
    path.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))


def _parquet(path: Path) -> None:
    parquet.write_table(pa.Table.from_pylist(EVENTS), path)


def _php_lists(path: Path) -> None:
    listed = [{**event, "items": dict(enumerate(event["items"]))} for event in EVENTS]
    path.write_text("".join(json.dumps(event) + "\n" for event in listed))


def _texts_of_lists(path: Path) -> None:
    texts = [{**event, "items": json.dumps(event["items"])} for event in EVENTS]
    path.write_text("".join(json.dumps(event) + "\n" for event in texts))


def test_names_of_products_in_lists_of_parquet(tmp_path: Path) -> None:
    orders = [{"order_id": f"{n}", "user_id": "7", "date": "2024-01-31", "items": ["A", "B"]} for n in "12"]
    parquet.write_table(pa.Table.from_pylist(orders), tmp_path / "p")
    assert Read(tmp_path / "p").values("product_id") == ["A", "B"] * 2


@pytest.mark.parametrize("write", [_json_lines, _parquet, _php_lists, _texts_of_lists])
def test_events_with_nested_items(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path / "events")
    found = Read(tmp_path / "events")
    assert [(row["user_id"], row["product_id"], row["order_id"]) for row in found.purchases] == [
        ("7.1", "12", "T1"),
        ("7.1", "13", "T1"),
    ]
    assert found.left_out == {"event page_view": 1}
    assert found.titles() == {"12": "Mug", "13": "Cup"}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("p.csv", b"", "is empty"),
        ("p.csv", b"\n \n", "is empty"),
        ("p.pdf", b"%PDF-1.7", "is a PDF"),
        ("p.xls", b"<html><table>", "is a page of HTML without a table"),
        ("p.xls", b"<table>" * 101, "over 100 tables"),
        ("p.parquet", CSV.encode(), "is not a Parquet file despite its name"),
        ("p.parquet", b"PAR1 and nothing else", "is a damaged Parquet file"),
        ("p.gz", gzip.compress(CSV.encode() * 100)[:60], "is a damaged archive"),
        ("p.zip", _zip(p=CSV)[:200], "is a damaged archive"),
        ("p.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "is a damaged or encrypted spreadsheet"),
        ("p.json", b'{"user_id": 1, "user', "is damaged JSON"),
        ("p.csv", random.Random(1).randbytes(20_000), "is no text"),
        ("p.csv", random.Random(2).randbytes(300), "is no text"),
        ("p.csv", b"a\0b\0\0\0\0" * 200, "is no text"),
        ("p.rtf", b"{\\rtf1 hello}", "is a text document"),
        ("p.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50), "is a 7z archive"),
        ("p.json", b"[1, 2]", "contains no JSON objects"),
        ("p.json", b"{}", "contains no JSON objects with values. Export"),
        (
            "p.csv",
            b"user_id,product_id,purchased_at\n",
            "p.csv: there is a header, but no row below it. Export",
        ),
        ("p.csv", b"Who,What,When\n", "p.csv: it has a single line, and no purchase below it. Export"),
        ("p.csv", b"customer,mug,cup,tea,milk,salt\n", "p.csv: it has a single line, and no purchase below"),
        ("p.json", b'[{"a":' + b"[" * 3000 + b"]" * 3000 + b"}]", "is damaged JSON"),
    ],
    ids=text_only,
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RefusedFile, match=problem):
        Read(tmp_path / name, bad_rows=1)


def test_encrypted_archive_is_named_so(tmp_path: Path) -> None:
    content = bytearray(_zip(p=CSV))
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(RefusedFile, match="is encrypted"):
        Read(tmp_path / "p.zip")


def test_files_of_systems_in_a_folder_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(CSV)
    for name in (".DS_Store", "._p.csv", "Thumbs.db", "desktop.ini", "~$p.xlsx", "__MACOSX/._p.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = Read(tmp_path)
    assert (len(found.preview.files), found.preview.skipped) == (1, ())


def test_numbers_that_json_lacks_are_left_out(tmp_path: Path) -> None:
    line = '{"user_id": 1, "product_id": "A", "purchased_at": "2024-01-13", "quantity": NaN}\n'
    for name, content in (("p.jsonl", line * 2), ("p.json", f"[{line},{line}]")):
        (tmp_path / name).write_text(content + line.replace("NaN", "1") * (name == "p.jsonl"))
        with pytest.raises(RefusedFile, match="2 x quantity"):
            Read(tmp_path / name)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="does not exist"):
        Read(tmp_path / "none.csv")


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="contains no files"):
        Read(tmp_path)

"""Spreadsheets that real programs wrote, files with the names of others, and standard input."""

import gzip
import io
import os
import sys
import threading
import zipfile
from pathlib import Path
from string import ascii_uppercase

import pytest

from catalog.__main__ import main
from purchase_files import RefusedFile
from purchase_files.formats.spreadsheets import open_sheets
from purchase_files.rendering import preview_lines
from tests.support.builders.kept_logs import logs_as_before
from tests.support.purchases_read import Read

__all__ = ["logs_as_before"]

SHEETS = Path(__file__).parent / "spreadsheets"
CSV = b"CustomerID,StockCode,Description,InvoiceDate\n7,0012,Mug,2024-05-01 08:26\n8,0013,Cup,2024-05-31 12:00\n"
JSON = b'{"CustomerID": 7, "StockCode": "0012", "Description": "Mug", "InvoiceDate": "2024-05-01"}'
SHEET = (SHEETS / "sales.ods").read_bytes()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def xlsx(cells: dict[str, str]) -> bytes:
    """A workbook with these cells, whose rows ascend."""
    office = "http://schemas.openxmlformats.org"
    found = "".join(
        f'<row r="{cell.lstrip(ascii_uppercase)}"><c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for cell, text in cells.items()
    )
    members = {
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{office}/officeDocument/2006/'
        'relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship '
        f'Id="r1" Type="{office}/officeDocument/2006/relationships/worksheet" Target="worksheets/s.xml"/>'
        "</Relationships>",
        "xl/worksheets/s.xml": f'<worksheet xmlns="{office}/spreadsheetml/2006/main"><sheetData>{found}</sheetData>'
        "</worksheet>",
    }
    return zipped(**{name: content.encode() for name, content in members.items()})


def give(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_pipes_are_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "orders"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(CSV,), daemon=True)
    writer.start()
    found = Read(pipe)
    writer.join()
    assert found.values("user_id") == ["7", "8"]
    assert found.preview.files[0].path == str(pipe)


@pytest.mark.parametrize("name", ["sales.xls", "sales.ods"])
def test_spreadsheets_of_real_programs_are_read(name: str) -> None:
    found = Read(SHEETS / name)
    assert found.values("user_id") == ["7", "8"]
    assert found.titles() == {"0012": "Mug, red", "0013": "Cup"}
    assert [time.isoformat()[:16] for time in found.values("purchased_at")] == [
        "2024-05-01T08:26",
        "2024-05-31T12:00",
    ]
    assert "spreadsheet; 3 lines" in " ".join(" ".join(preview_lines(found.preview)).split())


@pytest.mark.parametrize("last", ["XFD1048576", "ZZ200000"])
def test_cell_far_from_the_others_is_named(tmp_path: Path, last: str) -> None:
    (tmp_path / "p.xlsx").write_bytes(xlsx({"A1": "user_id", "B1": "product_id", last: "x"}))
    with pytest.raises(RefusedFile, match="takes over 4 GiB to read: a cell may stand far from the others"):
        Read(tmp_path / "p.xlsx")


def test_full_disk_is_no_damage_of_a_spreadsheet(tmp_path: Path) -> None:
    path = SHEETS / "sales.ods"
    with pytest.raises(RefusedFile, match="cannot be read: FileNotFoundError"):
        list(open_sheets(path, "sales.ods", tmp_path / "gone"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.xls", CSV),
        ("p.xls", CSV.replace(b",", b"\t").decode().encode("utf-16")),
        ("p.xlsx", zipped(p=CSV)),
        ("p.csv", (SHEETS / "sales.xls").read_bytes()),
        ("p.xlsx", SHEET),
    ],
    ids=range(5),
)
def test_name_does_not_decide_the_format(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert Read(tmp_path / name).values("product_id") == ["0012", "0013"]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("p.xls", b"<html xmlns:x='urn:x'><table><tr><td>7", "page of HTML without a table"),
        ("p.xls", b"<tr><td>7", "XML or a part of a page"),
        ("p.xls", b'<?xml version="1.0"?><Workbook/>', "Excel 2003"),
        ("p.xlsx", zipped(document=b"<?xml version='1.0'?><w/>"), "p.xlsx:document is XML"),
    ],
    ids=range(4),
)
def test_refusal_names_the_real_format(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RefusedFile, match=problem):
        Read(tmp_path / name)


@pytest.mark.parametrize("content", [CSV, gzip.compress(CSV, mtime=0), JSON, SHEET], ids=range(4))
def test_standard_input_has_any_format(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    give(monkeypatch, content)
    found = Read("-")
    assert found.values("product_id")[0] == "0012"
    assert [file.path for file in found.preview.files] == ["standard input"]
    assert not sys.stdin.closed


@pytest.mark.parametrize("content", [b"", gzip.compress(CSV)[:40], b"%PDF-1.7", b"a,b\n1,2\n"], ids=range(4))
def test_refusal_of_standard_input_names_it(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    give(monkeypatch, content)
    with pytest.raises(RefusedFile, match=r"^standard input") as refusal:
        Read("-")
    assert "/" not in str(refusal.value)


def test_all_options_for_standard_input_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b"Loyalty card,StockCode,InvoiceDate\n7,A,1/2/2024\n8,B,3/4/2024\n")
    with pytest.raises(RefusedFile) as refusal:
        Read("-")
    assert [name for name, _ in refusal.value.arguments] == ["--map", "--dates"]


def test_repeated_purchases_and_skipped_files_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.csv").write_bytes(CSV + CSV.splitlines(keepends=True)[1])
    (tmp_path / "terms.pdf").write_bytes(b"%PDF-1.7")
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", "."]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "1 row repeats a purchase" in printed
    assert "terms.pdf is a PDF" in printed

"""Tables of HTML, which shop systems save as xls."""

from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

HEAD = "<tr><th>Order<br>No</th><th>Customer ID</th><th>SKU</th><th>Item name</th><th>Order date</th><th>Qty</th></tr>"
ROWS = (
    '<tr><td rowspan="2">7</td><td rowspan=2>c&eacute;1</td><td>A</td><td>Tea &amp;\n cup</td>'
    '<td rowspan="2">2024-03-01</td><td x:num>2</td></tr>'
    "<tr><td>B</td><td>Caf\u00e9 <b>set</b><script>x</script></td><td>1</td></tr>"
    "<tr><td>8<td>c2<td>A<td>Tea &amp; cup<td>2024-03-02<td>1"
)
PAGES = {
    "utf-8": f"<html xmlns:x='urn:x'><head><style>td {{}}</style></head><body><table>{HEAD}{ROWS}</table>",
    "utf-16": f"<!DOCTYPE html>\n<table border=1><thead>{HEAD}</thead><tbody>{ROWS}</tbody></table>",
    "cp1252": f'<meta http-equiv=Content-Type content="text/html; charset=windows-1252"><table>{HEAD}{ROWS}',
    "utf-8-sig": f"<?xml version='1.0'?><!-- shop --><html><table><tr><td><h1>Orders</h1></td></tr></table>"
    f"<table><tr><td>layout<table>{HEAD}{ROWS}</table></td></tr></table>",
}


@pytest.mark.parametrize("encoding", PAGES)
def test_rows_of_a_page_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "orders.xls").write_bytes(PAGES[encoding].encode(encoding))
    found = Read(tmp_path / "orders.xls")
    [file] = found.preview.files
    assert (file.format, file.lines, file.header_lines, file.rows) == ("HTML", 4, 1, 3)
    assert found.values("user_id") == ["cé1", "cé1", "c2"]
    assert found.values("order_id") == ["7", "7", "8"]
    assert found.values("quantity") == [2, 1, 1]
    assert found.titles() == {"A": "Tea & cup", "B": "Café set"}


def test_rows_of_a_page_are_counted(tmp_path: Path) -> None:
    odd = "<tr></tr><tr><td>9</td></tr><tr><td>9<td>c3<td>A<td>Tea<td>soon<td>1"
    (tmp_path / "orders.xls").write_text(f"<table>{HEAD}{ROWS}{odd}{'<tr><td>Total<td><td><td><td><td>5'}")
    preview = Read(tmp_path / "orders.xls", bad_rows=1).preview
    [file] = preview.files
    assert file.lines == file.header_lines + file.blank_lines + file.rows == 8
    assert {reason.reason: reason.rows for reason in preview.left_out} == {
        "the number of values is not the number of columns (6)": 1,
        "time": 1,
        "line of totals": 1,
    }


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<!---->" * 40 + "<purchases>", "XML or a part of a page"),
        (f"<table>{HEAD}<tr>" + "<td colspan=1000>" * 40_000, "tables of over 16 MiB"),
        (f"<table>{HEAD}<tr><td rowspan=1000>{'a' * 100_000}" + "<tr><td>" * 1_000, "tables of over 16 MiB"),
        (f"<table>{HEAD}<tr><td>" + "<a " * 100_000, "has no end"),
        (f"<table>{HEAD}<tr><td>" + "</" * 100_000, "has no end"),
        (f"<table>{HEAD}<!--" + "a" * 5_000_000, "has no end"),
    ],
    ids=["comments", "columns", "rows", "tags", "ends of tags", "comment"],
)
def test_page_that_would_take_forever_is_refused(tmp_path: Path, page: str, message: str) -> None:
    (tmp_path / "orders.xls").write_text(page)
    with pytest.raises(RefusedFile, match=message):
        Read(tmp_path / "orders.xls")

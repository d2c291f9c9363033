"""Tables as consoles and statistics programs print them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

NAMES = ["order_id", "customer_id", "sku", "title", "qty", "order_date"]
ROWS = [
    [str(100 + n // 3), f"u{n % 11}", f"S{n % 7}", f"Mug, no {n % 7}", "2", f"2024-01-{n % 28 + 1:02}"]
    for n in range(60)
]
WIDTHS = [max(len(row[index]) for row in [NAMES, *ROWS]) for index in range(len(NAMES))]


def padded(row: list[str], by: str) -> str:
    return by.join(value.ljust(width) for value, width in zip(row, WIDTHS, strict=True))


def ruled(by: str) -> str:
    return by.join("-" * width for width in WIDTHS)


def psql() -> list[str]:
    rows = [f" {padded(row, ' | ').rstrip()}" for row in ROWS]
    return [f" {padded(NAMES, ' | ')} ", f"-{ruled('-+-')}-", *rows, "(60 rows)", ""]


def mysql() -> list[str]:
    rule = f"+-{ruled('-+-')}-+"
    return [
        rule,
        f"| {padded(NAMES, ' | ')} |",
        rule,
        *(f"| {padded(row, ' | ')} |" for row in ROWS),
        rule,
    ]


def markdown() -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [NAMES, ["---"] * 6, *ROWS]]


def sqlcmd() -> list[str]:
    return [padded(NAMES, " "), ruled(" "), *(padded(row, " ") for row in ROWS), "", "(60 rows affected)"]


def fixed_widths() -> list[str]:
    return [padded(row, "  ").rstrip() for row in [NAMES, *ROWS]]


def joined(by: str, opening: str = "", closing: str = "") -> Callable[[], list[str]]:
    return lambda: [by.join(f"{opening}{value}{closing}" for value in row) for row in [NAMES, *ROWS]]


def table_of_r() -> list[str]:
    header = " ".join(f'"{name}"' for name in NAMES)
    rows = enumerate(ROWS, start=1)
    return [header, *(" ".join(f'"{value}"' for value in [str(number), *row]) for number, row in rows)]


@pytest.mark.parametrize(
    ("lines", "left_out"),
    [
        (psql(), 1),
        (mysql(), 0),
        (markdown(), 0),
        (sqlcmd(), 1),
        (fixed_widths(), 0),
        (joined("^")(), 0),
        (joined("~")(), 0),
        (joined("\x01")(), 0),
        (joined("::")(), 0),
        (joined(" ", '"', '"')(), 0),
        (joined(",", "'", "'")(), 0),
        (joined(",", "“", "”")(), 0),
        (table_of_r(), 0),
    ],
    ids=[
        "psql", "mysql", "Markdown", "sqlcmd", "fixed widths", "carets", "tildes", "control characters",
        "double colons", "spaces", "single quotes", "typographic quotes", "R",
    ],
)  # fmt: skip
def test_printed_table_is_read(tmp_path: Path, lines: list[str], left_out: int) -> None:
    (tmp_path / "p.txt").write_text("\n".join(lines) + "\n")
    found = Read(tmp_path / "p.txt", bad_rows=0.05)
    assert found.titles() == {f"S{n}": f"Mug, no {n}" for n in range(7)}
    assert [(row["user_id"], row["order_id"], row["quantity"]) for row in found.purchases] == [
        (row[1], row[0], 2.0) for row in ROWS
    ]
    assert found.preview.rows_left_out == left_out
    [file] = found.preview.files
    assert file.header_lines + file.blank_lines + file.rows == file.lines == len(lines)


def test_value_across_a_border_is_left_out(tmp_path: Path) -> None:
    lines = sqlcmd()
    lines.insert(30, "x" * 40)
    (tmp_path / "p.txt").write_text("\n".join(lines) + "\n")
    found = Read(tmp_path / "p.txt", bad_rows=0.05)
    assert (found.preview.purchases, found.preview.rows_left_out) == (60, 2)


def test_groups_name_columns_that_occur_twice(tmp_path: Path) -> None:
    lines = [",,Order,,Product,Product", "customer_id,email,id,date,id,name"]
    lines += [f"u{n},u{n}@x.com,{n},2024-01-13,P{n},Mug {n}" for n in range(20)]
    (tmp_path / "p.csv").write_text("\n".join(lines) + "\n")
    found = Read(tmp_path / "p.csv")
    assert found.purchases[3]["order_id"] == "3"
    assert found.titles()["P3"] == "Mug 3"


@pytest.mark.parametrize(
    "dump",
    [
        "INSERT INTO `orders` VALUES (1,'a');\n",
        "-- MySQL dump 10.13\n\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `orders`;\n",
        "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\nCOPY orders (a, b) FROM stdin;\n",
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE orders (id);\n",
    ],
)
def test_dump_of_a_database_is_refused(tmp_path: Path, dump: str) -> None:
    (tmp_path / "p.sql").write_text(dump)
    with pytest.raises(RefusedFile, match="is a dump of SQL"):
        Read(tmp_path / "p.sql")


@pytest.mark.timeout(60)
def test_many_comments_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "p.sql").write_text("/* a */\n" * 60 + "ALTER TABLE orders;\n")
    with pytest.raises(RefusedFile, match=r"p\.sql"):
        Read(tmp_path / "p.sql")


def test_lines_in_one_cell_with_added_cells_are_read(tmp_path: Path) -> None:
    lines = ["user_id,product_id,purchased_at,note,title;"]
    for n in range(40):
        row = f'"u{n % 7},P{n % 5},2024-01-0{n % 9 + 1},'
        title = f',""Tea, {n % 5}""";'
        lines += [f'{row}""gift";', "for: Ann;", f'"ring""{title}'] if n % 3 else [row + title]
    (tmp_path / "p.csv").write_text("\n".join(lines) + "\n")
    found = Read(tmp_path / "p.csv")
    assert (found.preview.purchases, found.left_out) == (40, {})
    assert set(found.titles().values()) == {f"Tea, {n}" for n in range(5)}


@pytest.mark.parametrize("line", ["-" * 50_000, "+-" * 20_000, "'a'," * 1_000, " - " * 30_000])
def test_long_lines_of_signs_are_no_tables(tmp_path: Path, line: str) -> None:
    (tmp_path / "p.txt").write_text(f"{line}\n" * 5)
    with pytest.raises(RefusedFile):
        Read(tmp_path / "p.txt")

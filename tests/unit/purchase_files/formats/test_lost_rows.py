"""Damaged files, whose purchases are compared with those that were written."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

NAMES = ["order_id", "customer_id", "product_id", "title", "qty", "order_date"]
ROWS = [
    [
        f"{9000 + n}",
        f"u{n % 31}",
        f"P{n % 17}",
        f'Mug, "nice" é {n % 17}',
        "1",
        f"2024-01-{n % 28 + 1:02} 10:00:00",
    ]
    for n in range(300)
]


def table(rows: list[list[str]], separator: str = ",") -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
    writer.writerows([NAMES, *rows])
    return stream.getvalue()


TEXT = table(ROWS)
LINES = TEXT.splitlines()
PARTS = [table(ROWS[start : start + 50]) for start in range(0, 300, 50)]
JSON_LINES = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS]


def joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


FILES = {
    "zeros between": TEXT.encode()[:9000] + bytes(512) + TEXT.encode()[9000:],
    "block twice": joined([*LINES[:100], *LINES[60:100], *LINES[100:]]),
    "lines without quotes": joined(
        [s.replace('"', "") if 100 <= n < 103 else s for n, s in enumerate(LINES)]
    ),
    "quotes of two kinds": joined([s.replace('""', '\\"') if n == 7 else s for n, s in enumerate(LINES)]),
    "backslashes": TEXT.replace('""', '\\"').encode(),
    "two encodings": b"\n".join(s.encode("cp1252" if n % 2 else "utf-8") for n, s in enumerate(LINES)),
    "UTF-16 cut": TEXT.encode("utf-16")[:-1],
    "UTF-16 without a byte": TEXT.encode("utf-16")[:9001] + TEXT.encode("utf-16")[9002:],
    "UTF-16 without a mark": TEXT.encode("utf-16-be"),
    "UTF-16 and UTF-8": PARTS[0].encode("utf-16") + "".join(PARTS[1:]).encode(),
    "UTF-8 and UTF-16": "".join(PARTS[:3]).encode() + "".join(PARTS[3:]).encode("utf-16"),
    "marks in all parts": b"".join(part.encode("utf-8-sig") for part in PARTS),
    "returns": TEXT.replace("\n", "\r").encode(),
    "two returns": TEXT.replace("\n", "\r\r\n").encode(),
    "feeds and returns": TEXT.replace("\n", "\n\r").encode(),
    "few returns": TEXT.replace("nice", "ni\nce").replace('"\n"', '"\r"').replace("00\n", "00\r", 3).encode(),
    "returns below": joined(LINES[:150]) + "\r".join(LINES[150:]).encode(),
    "vertical tabs": TEXT.replace("nice", "ni\x0bce").encode(),
    "separators of lines": TEXT.replace("nice", "ni\u2028ce").encode(),
    "next lines": TEXT.replace("nice", "ni\x85ce").encode(),
    "pages": joined([s if n % 55 or not n else f"\x0c{LINES[0]}\n{s}" for n, s in enumerate(LINES)]),
    "two members of gzip": gzip.compress(PARTS[0].encode()) + gzip.compress("".join(PARTS[1:]).encode()),
    "header twice": joined([LINES[0], *LINES]),
    "page of an error": joined([*LINES[:90], "<html>", "502 Bad Gateway, nginx", "</html>", *LINES[90:]]),
    "conflict": joined([*LINES[:90], "<<<<<<< HEAD", "=======", ">>>>>>> x", *LINES[90:]]),
    "endless line": joined([*LINES[:90], "x" * 2_000_000, *LINES[90:]]),
    "cut JSON lines": joined([s[:-9] if n % 97 == 0 else s for n, s in enumerate(JSON_LINES)]),
    "two objects on a line": joined([a + b for a, b in zip(JSON_LINES[::2], JSON_LINES[1::2], strict=True)]),
    "objects with commas": ",".join(JSON_LINES).encode(),
    "empty lines of JSON": joined([s + "\n" * (n % 3) for n, s in enumerate(JSON_LINES)]),
    "list in a line": joined([f"[{s}]" if n == 40 else s for n, s in enumerate(JSON_LINES)]),
}


@pytest.mark.parametrize("name", FILES)
def test_every_written_purchase_is_read_or_counted(tmp_path: Path, name: str) -> None:
    (tmp_path / "p.csv").write_bytes(FILES[name])
    found = Read(tmp_path / "p.csv", bad_rows=0.03)
    lost = {row[0] for row in ROWS} - set(found.values("order_id"))
    faulty = sum(rows for reason, rows in found.left_out.items() if reason != "header among the rows")
    assert len(lost) <= faulty <= 8
    assert found.preview.purchases + found.preview.rows_left_out == found.preview.rows
    [file] = found.preview.files
    counted = file.header_lines + file.blank_lines + file.continued_lines + file.rows - file.added_rows
    assert counted == file.lines


@pytest.mark.parametrize("changed", [3, 90])
def test_rows_with_another_separator_are_no_words_below_the_table(tmp_path: Path, changed: int) -> None:
    lines = [line if n < len(LINES) - changed else line.replace(",", ";") for n, line in enumerate(LINES)]
    (tmp_path / "p.csv").write_text("\n".join([*lines, ""]))
    found = Read(tmp_path / "p.csv", bad_rows=0.0)
    assert dict(found.preview.noticed) == {"with another separator than most": changed}
    assert found.preview.purchases == len(LINES) - 1


def test_many_words_below_the_table_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("\n".join([*LINES, *["some words"] * 30, ""]))
    with pytest.raises(RefusedFile, match=r"30 of .* rows cannot be read"):
        Read(tmp_path / "p.csv")

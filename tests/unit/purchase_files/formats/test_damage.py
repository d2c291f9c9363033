"""Damaged files, of which no row is lost uncounted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.purchases_read import Read

HEAD = "user_id,product_id,purchased_at,quantity,unit_price,order_id,title"
ROWS = 400
LINES = [
    HEAD,
    *(
        f"{n % 23},P{n % 17},2024-{n % 12 + 1:02}-{n % 28 + 1:02} 10:{n % 60:02}:00,1,{n % 9 + 0.5},{n // 3},"
        f'"Item {n % 17}, nice"'
        for n in range(ROWS)
    ),
]
RAGGED = "the number of values is not the number of columns (7)"

Lines = list[str]


def at(line: int, change: Callable[[str], str]) -> Callable[[Lines], Lines]:
    return lambda lines: [change(text) if n == line else text for n, text in enumerate(lines)]


def put(line: int, *new: str) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:line], *new, *lines[line:]]


def unclosed(text: str) -> str:
    return text[:-1]


DAMAGES: dict[str, tuple[Callable[[Lines], Lines], dict[str, int]]] = {
    "unclosed quote": (at(50, unclosed), {RAGGED: 1}),
    "unclosed quote in the first row": (at(1, unclosed), {RAGGED: 1}),
    "unclosed quote in the last row": (at(ROWS, unclosed), {RAGGED: 1}),
    "quote in a word": (at(50, lambda s: s.replace("Item", 'It"em')), {RAGGED: 1}),
    "line of a quote": (put(100, '"'), {RAGGED: 1}),
    "lines of quotes": (put(100, '"""', '""', '"""""'), {RAGGED: 3}),
    "short row": (at(60, lambda s: "1,P1"), {RAGGED: 1}),
    "long row": (at(60, lambda s: s + ",x,y"), {RAGGED: 1}),
    "separator at the end of lines": (lambda lines: [s + "," for s in lines], {}),
    "separator at the end of rows": (lambda lines: [HEAD, *(s + "," for s in lines[1:])], {}),
    "other separator in a row": (at(90, lambda s: s.replace(",", ";")), {}),
    "other separator in every second row": (
        lambda lines: [s.replace(",", "|") if n % 2 else s for n, s in enumerate(lines)],
        {},
    ),
    "blank lines": (put(70, "", " ", ",,,,,,"), {}),
    "blank lines at the end": (put(ROWS + 1, "", ""), {}),
    "second header": (put(200, HEAD, "\ufeff" + HEAD), {"header among the rows": 2}),
    "header below the rows": (lambda lines: [*lines[1:], HEAD], {"header among the rows": 1}),
    "header among the first rows": (
        lambda lines: [*lines[1:11], HEAD, *lines[11:]],
        {"header among the rows": 1},
    ),
    "header among the rows": (
        lambda lines: [*lines[1:201], HEAD, *lines[201:]],
        {"header among the rows": 1},
    ),
    "lines of totals": (put(ROWS + 1, "Total,,,400,1200,,", "Grand total,,,,,,"), {"line of totals": 2}),
    "words below the table": (
        put(ROWS + 1, "400,record(s) downloaded", "Seller ID : ann"),
        {"line below the table": 2},
    ),
    "comments": (put(100, "# a comment", "-- another"), {RAGGED: 2}),
    "warnings above the header": (
        put(0, "<br />", "<b>Warning</b>: Undefined index in <b>export.php</b> on line <b>12</b><br />"),
        {},
    ),
    "page of an error": (put(100, "<html><body>Error 500</body></html>"), {RAGGED: 1}),
    "page breaks": (put(100, "Page 1,,,,,,"), {"no product": 1}),
    "cut last row": (at(ROWS, lambda s: s[:20]), {RAGGED: 1}),
    "NUL character": (
        at(80, lambda s: s.replace("Item", "It\0em")),
        {"the line contains a NUL character": 1},
    ),
    "control character": (at(80, lambda s: s.replace("P", "P\x01")), {"control character in an id": 1}),
    "long id": (at(90, lambda s: "u" * 500 + s), {"id of over 200 characters": 1}),
    "faulty time": (at(90, lambda s: s.replace("2024-", "20x4-")), {"time": 1}),
    "year 0": (at(90, lambda s: s.replace("2024-", "0000-")), {"time": 1}),
    "year 2204": (at(90, lambda s: s.replace("2024-", "2204-")), {"time over 10 years ahead": 1}),
    "year 9999": (at(90, lambda s: s.replace("2024-", "9999-")), {"time": 1}),
    "word as quantity": (at(90, lambda s: s.replace(",1,", ",many,")), {"quantity": 1}),
    "quantity 0": (at(90, lambda s: s.replace(",1,", ",0,")), {"quantity 0": 1}),
    "infinite price": (at(90, lambda s: s.replace(".5,", ".5e999,")), {"price": 1}),
    "carriage returns in some lines": (
        lambda lines: [s + "\r" * (n % 3 == 0) for n, s in enumerate(lines)],
        {},
    ),
    "carriage return in a value": (at(90, lambda s: s.replace("Item", "It\rem")), {}),
    "line breaks in a value": (at(90, lambda s: s.replace("Item", "It\n\nem")), {}),
    "line break in every value": (lambda lines: [s.replace("Item ", "Item\n") for s in lines], {}),
    "300 line breaks in a value": (at(90, lambda s: s.replace("Item", "It" + "\n" * 300 + "em")), {}),
    "value of 3 MB": (at(90, lambda s: s.replace("Item", "I" * 3_000_000)), {}),
    "value of 3 MB with line breaks": (
        at(90, lambda s: s.replace("Item", "It\n" + "I" * 3_000_000 + "\nem")),
        {},
    ),
    "texts with commas without quotes": (lambda lines: [s.replace('"', "") for s in lines], {}),
    "commas of a phrase": (at(90, lambda s: s.replace('"Item', "Soap, 12 bars, or").replace('"', "")), {}),
    "comma before a number": (at(90, lambda s: s.replace('"Item', "Soap, 12").replace('"', "")), {}),
    "comma of no phrase": (at(90, lambda s: s.replace('"Item', "Item,x").replace('"', "")), {RAGGED: 1}),
    "mark of an encoding in the middle": (at(90, lambda s: "\ufeff" + s), {}),
}
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "byte of another encoding": lambda content: content.replace(b"Item 3", b"It\xe9m 3", 1),
    "cut character": lambda content: content.replace(b"Item 3", "Itém 3".encode())[:-8],
    "odd number of bytes": lambda content: content.decode().encode("utf-16")[:-1],
    "zeros at the end": lambda content: content + bytes(4096),
    "random bytes": lambda content: content[:5000] + bytes(range(256)) + content[5000:],
}


def read(path: Path, content: bytes) -> Read:
    (path / "p.csv").write_bytes(content)
    found = Read(path / "p.csv")
    [file] = found.preview.files
    assert len(found.purchases) + found.preview.rows_left_out == file.rows
    assert file.header_lines + file.blank_lines + file.continued_lines + file.rows == file.lines
    return found


@pytest.mark.parametrize("name", DAMAGES)
def test_only_the_damaged_rows_are_left_out(tmp_path: Path, name: str) -> None:
    damage, left_out = DAMAGES[name]
    lines = damage(list(LINES))
    found = read(tmp_path, ("\n".join(lines) + "\n").encode())
    assert found.left_out == left_out
    assert found.preview.purchases >= ROWS - sum(left_out.values())


@pytest.mark.parametrize(
    "content",
    [
        "\r".join(LINES[:200]) + "\n" + "\r\n".join(LINES[200:]) + "\n",
        "\n".join(LINES).replace(
            HEAD, '"Customer\r\nID","Item\nCode","Order\nDate",Qty,Price,"Order\nNo",Title'
        )
        + "\n",
        "\n".join(["Orders of Jane", "", *LINES]).replace(HEAD, HEAD.replace("product_id", '"product\nid"')),
        "\n".join(LINES).replace(
            HEAD, HEAD.replace("user_id", "\u200buser_id\u00a0").replace("quantity", "quan\u00adtity")
        ),
        "\n".join(LINES).replace("P3,", "\u200fP3\u200f,"),
    ],
    ids=[
        "mixed line ends",
        "line breaks in names",
        "line breaks below a title",
        "invisible characters",
        "marks",
    ],
)
def test_unusual_texts_cost_no_rows(tmp_path: Path, content: str) -> None:
    found = read(tmp_path, content.encode())
    assert (found.preview.purchases, found.left_out) == (ROWS, {})


@pytest.mark.parametrize("is_utf8", [lambda n: n % 2, lambda n: n < ROWS / 2], ids=["mixed", "halves"])
def test_encodings_of_joined_files_are_both_read(tmp_path: Path, is_utf8: Callable[[int], bool]) -> None:
    word = "Café " + "long " * 200
    lines = [
        line.replace("Item ", word).encode("utf-8" if is_utf8(n) else "cp1252")
        for n, line in enumerate(LINES)
    ]
    found = read(tmp_path, b"\n".join(lines))
    assert set(found.titles().values()) == {f"{word}{n}, nice" for n in range(17)}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (HEAD + "\n", "no row below it"),
        ("\n".join(LINES).replace('"', "'"), "no row can be read. Line 2"),
        (
            "\n".join([*LINES[:9], "product_id,user_id,purchased_at,a,b,c,title", *LINES[9:]]),
            "Split the file there",
        ),
        (
            "\n".join([HEAD, *(f"{n},P{n},2024-01-01,1,1,50,{n},Tea" for n in range(50))]),
            "no row can be read.*a decimal comma, or with semicolons",
        ),
        (
            "\n".join([*LINES[:200], *(f"{n},P{n},2024-01-01,1,1,50,{n},Tea" for n in range(50))]),
            "50 of 249 rows cannot be read(?s:.*)a decimal comma, or with semicolons",
        ),
        (
            "\n".join(["user_id,sku,date,price,note", *(f"{n},P{n},2024-01-01,1,50," for n in range(50))]),
            "no row can be read.*a decimal comma, or with semicolons",
        ),
        (
            "\n".join(
                [
                    "user_id,sku,date,price,note",
                    *(f"{n},P{n},2024-01-01,1,{'50,' * (n % 5 < 2)}" for n in range(50)),
                ]
            ),
            "20 of 50 rows cannot be read(?s:.*)a decimal comma, or with semicolons",
        ),
        ("a" * 3_000_000, "it has a single line, and no purchase below it"),
        (",".join(f"x{n}" for n in range(3000)) + "\n" + "a1," * 2999 + "a1\n", "and 2,940 more"),
    ],
    ids=[
        "header alone",
        "single quotes",
        "other header",
        "decimal commas",
        "some decimal commas",
        "cents before an empty column",
        "some cents before an empty column",
        "long line",
        "many columns",
    ],
)
def test_refusal_is_a_sentence(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(RefusedFile, match=problem) as refusal:
        read(tmp_path, content.encode())
    assert len(refusal.value.problem) < 3_000


@pytest.mark.parametrize("header", ["sku,size,age", "sku,price,quantity", "sku,price,note,x"])
def test_commas_at_the_ends_of_rows_are_no_cents(tmp_path: Path, header: str) -> None:
    last = "50," if header.endswith("x") else ""
    rows = [f"u{n},2024-01-01,P{n},1,{n + 10},{last}" for n in range(50)]
    assert read(tmp_path, "\n".join([f"user_id,date,{header}", *rows]).encode()).preview.purchases == 50


def test_thousands_of_columns_are_read(tmp_path: Path) -> None:
    more = 4_000
    head = ",".join(["user_id", "product_id", "purchased_at", *(f"x{n}" for n in range(more))])
    row = ",".join(["1", "A", "2024-01-01", *["1"] * more])
    assert read(tmp_path, f"{head}\n{row}\n{row}\n".encode()).preview.purchases == 2


def test_endless_line_is_refused(tmp_path: Path) -> None:
    content = HEAD.encode() + b"\n" + b"a" * (65 << 20)
    with pytest.raises(RefusedFile, match="a line of over 64 MiB"):
        read(tmp_path, content)


@pytest.mark.parametrize("name", BYTES)
def test_damaged_bytes_cost_few_rows(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, BYTES[name](("\n".join(LINES) + "\n").encode())).preview.purchases >= ROWS - 3


def test_long_values_are_noticed(tmp_path: Path) -> None:
    damage, _ = DAMAGES["300 line breaks in a value"]
    found = read(tmp_path, ("\n".join(damage(list(LINES))) + "\n").encode())
    assert dict(found.preview.noticed) == {"with a value of over 100 lines": 1}


def test_many_faulty_rows_refuse_the_file(tmp_path: Path) -> None:
    lines = [text.replace("2024-", "20x4-") if n % 20 == 3 else text for n, text in enumerate(LINES)]
    lines[60] = "1,P1"
    with pytest.raises(RefusedFile) as refusal:
        read(tmp_path, ("\n".join(lines) + "\n").encode())
    text = str(refusal.value)
    assert "21 of 400 rows cannot be read" in text
    assert all(part in text for part in ("line 61: 1,P1", "line 4: ", "--bad-rows 0.06"))
    (tmp_path / "p.csv").write_text("\n".join(lines) + "\n")
    assert Read(tmp_path / "p.csv", bad_rows=0.06).preview.purchases == ROWS - 21


def test_column_without_products_refuses_the_file(tmp_path: Path) -> None:
    lines = [HEAD, *(f"{n},,2024-01-01,1,1,{n}," for n in range(50)), "1,A,2024-01-01,1,1,1,"]
    with pytest.raises(RefusedFile, match="50 of 51 rows have no product"):
        read(tmp_path, "\n".join(lines).encode())


def test_rows_that_say_in_a_word_that_nothing_was_bought_are_left_out(tmp_path: Path) -> None:
    lines = [HEAD, *(f"{n},{'NONE' if n % 3 else 'A'},2024-01-01,1,1,{n}," for n in range(60))]
    found = read(tmp_path, "\n".join(lines).encode())
    assert (found.preview.purchases, found.left_out) == (20, {"no product (none)": 40})

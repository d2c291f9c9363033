"""Files as shop systems, portals and people damage them, beside those of `test_damage`."""

import json
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from tests.support.builders.files.workbooks import write_workbook
from tests.support.purchases_read import Read

FIELDS = ("user_id", "product_id", "purchased_at", "quantity", "unit_price", "order_id", "title")
ROWS = [
    (
        f"C{n % 7}",
        f"P{n % 5}",
        f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}",
        "1",
        "2.50",
        f"{n // 3}",
        f"Item {n % 5}",
    )
    for n in range(60)
]
LINES = [",".join(row) for row in (FIELDS, *ROWS)]
SHEET = (
    '<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Orders"><Table>{}</Table>'
    "</Worksheet></Workbook>"
)
SETTLEMENT = "settlement-id,order-id,amount-type,amount-description,amount,posted-date,sku,quantity-purchased"
PAYMENTS = "date/time,settlement id,type,order id,sku,description,quantity,product sales,total"


def cells(row: tuple[str, ...]) -> str:
    return (
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{value}</Data></Cell>' for value in row) + "</Row>"
    )


def settlement(order: int) -> list[str]:
    amounts = (("Principal", "19.99"), ("Tax", "1.60"), ("Commission", "-3.00"))
    return [f"1,{order},Item,{kind},{amount},2024-01-05,S{order % 3},1" for kind, amount in amounts]


ODD: dict[str, tuple[str, int, dict[str, int]]] = {
    "whole lines in quotes": (
        "\n".join(f'"{line}"' for line in LINES),
        60,
        {},
    ),
    "whole lines in quotes below a header": (
        "\n".join([LINES[0], *(f'"{line}"' for line in LINES[1:])]),
        60,
        {},
    ),
    "a column twice": ("\n".join(f"{line},{line.partition(',')[0]}" for line in LINES), 60, {}),
    "spreadsheet of Excel 2003": (SHEET.format("".join(map(cells, (FIELDS, *ROWS)))), 60, {}),
    "totals of groups": (
        "\n".join(
            [*LINES[:31], "Total for C1,,,3,7.50,,", ",,,3,7.50,,", *LINES[31:], "Subtotal: C2,,,3,9,,"]
        ),
        60,
        {"line of totals": 3},
    ),
    "a product without id whose title begins with All": (
        "\n".join([*LINES, "C1,,2024-01-05,1,2.50,90,All of Me", "C1,,2024-01-05,1,2.50,90,All"]),
        61,
        {"line of totals": 1},
    ),
    "rows per amount of Amazon": (
        "\n".join([SETTLEMENT, *(line for order in range(9) for line in settlement(order))]),
        9,
        {"event commission": 9, "event tax": 9},
    ),
    "payments of Amazon": (
        "\n".join(
            [
                PAYMENTS,
                *(f"2024-01-05,1,Order,{n},S{n % 3},Item,1,5,4" for n in range(9)),
                "2024-01-09,1,Refund,3,S0,Item,1,-5,-4",
                "2024-01-09,1,Transfer,,,To the bank,,0,-40",
            ]
        ),
        8,
        {"bought and returned": 1, "event transfer": 1, "return of a purchase": 1},
    ),
    "names of products in lists": (
        "\n".join(
            json.dumps(
                {"order_id": n, "user_id": f"C{n % 7}", "created_at": "2024-02-03", "items": ["P1", "P2"]}
            )
            for n in range(30)
        ),
        60,
        {},
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_file_is_read_as_its_owner_means_it(tmp_path: Path, name: str) -> None:
    text, purchases, left_out = ODD[name]
    (tmp_path / "export.xls").write_text(text)
    found = Read(tmp_path / "export.xls")
    assert (found.preview.purchases, found.left_out) == (purchases, left_out)


@pytest.mark.parametrize("more", ["", 'ss:MergeDown="x"', 'ss:Index="-1"', f'rowspan="{"9" * 5_000}"'])
def test_merged_and_skipped_cells_of_excel_2003_keep_their_columns(tmp_path: Path, more: str) -> None:
    head = cells(("Customer ID", "Comment", "Note", "SKU", "Date"))
    row = (
        '<Row><Cell ss:MergeAcross="1"><Data>C1</Data></Cell><Cell ss:Index="4"><Data>P1</Data></Cell>'
        f"<Cell {more}><Data>2024-01-05T00:00:00.000</Data></Cell></Row>"
    )
    (tmp_path / "p.xls").write_text(SHEET.format(head + 3 * row))
    found = Read(tmp_path / "p.xls")
    assert found.values("product_id") == ["P1"] * 3
    assert [file.format for file in found.preview.files] == ["spreadsheet"]


@pytest.mark.parametrize(
    ("text", "says", "arguments"),
    [
        (
            "\n".join([LINES[0] + ",user_id", *(f"{line},Z{n}" for n, line in enumerate(LINES[1:]))]),
            "'user_id' and 'user_id .8.' could each be user_id",
            (("--map", "user_id=user_id"),),
        ),
        (
            "\n".join([LINES[0].replace("purchased_at,quantity", "quantity,purchased_at"), *LINES[1:]]),
            "column 'purchased_at': no times are found",
            (("--map", "purchased_at=quantity"),),
        ),
        (
            json.dumps([{f"k{n}_{i}": 1 for i in range(20)} for n in range(300)]),
            "has over 5,000 different fields, which no table has",
            (),
        ),
    ],
    ids=["two columns of one name", "swapped names", "JSON with thousands of fields"],
)
def test_unclear_file_is_refused_with_the_next_step(
    tmp_path: Path, text: str, says: str, arguments: tuple[tuple[str, str], ...]
) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(RefusedFile, match=says) as refusal:
        Read(tmp_path / "p.csv")
    assert refusal.value.arguments == arguments


def test_sheets_list_products_like_texts(tmp_path: Path) -> None:
    head = ["Order", "Email", "Date", "Items"]
    rows = [["1", "a@x.com", "2024-01-02", "3 x Coffee; 1 x Tea"], ["2", "b@x.com", "2024-01-03", "1 x Jam"]]
    found = Read(write_workbook(tmp_path / "orders.xlsx", {"Orders": [head, *rows]}))
    bought = [(row["user_id"], row["product_id"], row["quantity"]) for row in found.purchases]
    assert bought == [("a@x.com", "Coffee", 3), ("a@x.com", "Tea", 1), ("b@x.com", "Jam", 1)]
    baskets = [["milk", "bread", "eggs"], ["bread", "milk", None], ["eggs", None, None]]
    found = Read(write_workbook(tmp_path / "baskets.xlsx", {"Baskets": baskets}))
    assert found.values("order_id") == [*"111223"]


def test_numbers_of_columns_above_the_header_are_no_row(tmp_path: Path) -> None:
    names = ["Order ID", "Email", "Order date", "Quantity", "SKU"]
    rows = [[f"o{n}", f"c{n}@x.com", f"2024-01-0{n}", n, f"A{n}"] for n in (1, 2)]
    found = Read(write_workbook(tmp_path / "p.xlsx", {"Sheet": [[*range(5)], names, *rows]}))
    assert (found.values("product_id"), found.left_out) == (["A1", "A2"], {})


def test_cover_sheet_of_prose_is_no_table(tmp_path: Path) -> None:
    task = "Your task is to look at the data of our customer and to find what was bought at which time and by whom"
    orders = [
        ["Order ID", "Email", "Date", "SKU"],
        *([f"o{n}", f"c{n}@x.com", "2024-01-02", "A"] for n in range(3)),
    ]
    found = Read(write_workbook(tmp_path / "p.xlsx", {"Title": [[task], [task]], "Orders": orders}))
    assert [file.role for file in found.preview.files] == ["purchases"]
    assert [reason.partition(":")[2] for reason in found.preview.skipped] == [
        "Title has no column that is needed"
    ]

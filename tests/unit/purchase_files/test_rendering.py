"""The preview of files in a terminal."""

import re
import unicodedata
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from purchase_files import Preview, ReadingOptions, open_purchases
from purchase_files.rendering import preview_lines, width_of
from tests.support.purchases_read import Read

FOLDER = Path(__file__).parent / "files"
FILES = (
    "groceries_members",
    "nan_users",
    "retailrocket_events",
    "shopify_orders",
    "uci_online_retail",
    "utf16",
)
"""Files with long names and hints, rows left out, statuses, events, guests and wide characters."""


def preview_of(path: Path) -> Preview:
    with open_purchases([path], ReadingOptions(dates="mdy", bad_rows=1.0)) as data:
        return data.preview


def rendered(path: Path, *rows: str) -> list[str]:
    if rows:
        path.write_text("user_id,product_id,purchased_at,title\n" + "".join(f"{row}\n" for row in rows))
    return list(preview_lines(preview_of(path), 80))


def cells(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize("name", FILES)
def test_preview_fits_into_the_width(name: str) -> None:
    preview = preview_of(FOLDER / f"{name}.csv")
    for width in (50, 80, 120):
        lines = list(preview_lines(preview, width))
        assert lines[0].startswith("File ")
        assert [line for line in lines if cells(line) > width or line != line.rstrip()] == [], width


def test_nouns_of_one_are_singular(tmp_path: Path) -> None:
    lines = " ".join(rendered(tmp_path / "p.csv", f"ann,A,{date.today().year + 5}-01-01,Mug"))
    assert "2 lines, 1 row of purchases" in " ".join(lines.split())
    assert not re.search(r"\b1 (\w+s of|purchases|shoppers|rows|lines|products|orders|columns)\b", lines)


class Terminal(StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("columns", "width"), [("20", 50), ("66", 66), ("300", 120)])
def test_width_is_that_of_the_terminal_within_limits(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert (width_of(Terminal()), width_of(StringIO())) == (width, 80)


def test_wide_names_of_columns_are_wrapped_and_not_cut(tmp_path: Path) -> None:
    names = [f"列の名前{number:02}" for number in range(30)]
    file = tmp_path / "q.csv"
    file.write_text(f"user_id,product_id,purchased_at,{','.join(names)}\na,p,2024-01-05{',x' * 30}\n")
    text = " ".join(" ".join(rendered(file)).split())
    assert [name for name in names if name not in text] == []


def test_columns_numbers_and_rows_left_out_are_shown(tmp_path: Path) -> None:
    rows = [
        "a,p,2024-01-05,Mug",
        "a,q,2024-03-05,Cup",
        "b,p,2024-03-06,Mug",
        ",p,2024-03-07,Mug",
        "c,p,soon,Mug",
    ]
    lines = rendered(tmp_path / "q.csv", *rows)
    text = "\n".join(lines)
    assert "Column      purchased_at is purchased_at (name)" in lines
    assert "Times       2024-01-05 to 2024-03-06, written as year-month-day, in UTC" in text
    assert "2 shoppers with 1.5 purchases each, 50% of them with one" in " ".join(text.split())
    assert "Left out    2 of 5 rows:" in text
    assert "          1 unreadable: time\n              line 6: c, p, soon, Mug" in text
    assert "          1 neither a shopper nor an order\n              line 5:" in text


def test_numbers_of_purchases_and_products_are_told_apart(tmp_path: Path) -> None:
    assert "Purchases   1 purchase of 1 product; 1 shopper" in "\n".join(
        rendered(tmp_path / "q.csv", "a,p,2024-01-05,Mug")
    )
    several = rendered(tmp_path / "q.csv", "a,p,2024-01-05,Mug", "b,p,2024-01-05,Mug", "b,q,2024-01-05,Cup")
    assert "Purchases   3 purchases of 2 products; 2 shoppers" in "\n".join(several)


def test_picture_shows_every_month_and_longer_periods_for_many(tmp_path: Path) -> None:
    months = rendered(tmp_path / "q.csv", "a,p,2024-01-05,", "a,q,2024-03-05,", "b,p,2024-03-06,")
    picture = months[months.index("Purchases over time") + 1 :][:3]
    assert picture == [f"2024-01     {'█' * 25} 1", "2024-02      0", f"2024-03     {'█' * 50} 2"]
    years = rendered(tmp_path / "q.csv", "a,p,2004-01-05,", "a,q,2024-03-05,", "b,p,2024-03-06,")
    assert years[years.index("Purchases over time") + 1].startswith("2004        █")
    assert len(years[years.index("Purchases over time") + 1 :]) >= 21


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    rows = ["a,p,2024-01-05,Mug", "b,p,2024-01-06,Mug", "c,p,soon\x1b]0;title\x07,\x1b[2J"]
    assert not any(character in "".join(rendered(tmp_path / "q.csv", *rows)) for character in "\x1b\x07")
    path = tmp_path / "hint.csv"
    path.write_text("order_id,product_id,purchased_at,phone\x1b[2J\n1,p,2024-01-05,111\n2,p,2024-01-05,222\n")
    with open_purchases([path], ReadingOptions(mapping={"user_id": ""})) as data:
        [hint] = [line for line in preview_lines(data.preview) if "tell shoppers apart" in line]
    assert "phone·[2J" in hint


def test_control_characters_are_no_part_of_texts_of_products(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("user_id,product_id,purchased_at,title,category\na,p,2024-01-05,Red\x1b mug,Mugs\x1b\n")
    [product] = Read(path).products.values()
    assert (product["title"], product["category"]) == ("Red  mug", "Mugs")


def test_wide_characters_count_as_two_columns(tmp_path: Path) -> None:
    lines = rendered(tmp_path / "q.csv", "a,p,2024-01-05,x", "b,p,soon," + "茶" * 60)
    assert [line for line in lines if cells(line) > 80] == []
    assert any(line.endswith("…") for line in lines)


@pytest.mark.parametrize(
    ("products", "named"),
    [("items.csv", "items.csv: title is title"), ("more/shop.csv", "more/shop.csv: title is title")],
)
def test_columns_of_several_files_name_the_file_as_shortly_as_possible(
    tmp_path: Path, products: str, named: str
) -> None:
    purchases, items = tmp_path / "shop.csv", tmp_path / products
    purchases.write_text("user_id,product_id,purchased_at\na,p,2024-01-05\n")
    items.parent.mkdir(exist_ok=True)
    items.write_text("product_id,title\np,Tea\n")
    with open_purchases([purchases, items], ReadingOptions(bad_rows=1.0)) as data:
        lines = list(preview_lines(data.preview, 300))
    (line,) = (line for line in lines if "title is title" in line)
    assert line.startswith(f"{'Column':<12}{'' if products == 'items.csv' else f'{tmp_path}/'}{named}")

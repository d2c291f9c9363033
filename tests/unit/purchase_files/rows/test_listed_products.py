"""Files of products and users."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from purchase_files import RefusedFile
from purchase_files.engine import open_engine, row
from tests.support.purchases_read import Read


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_products_and_users_need_no_purchases_if_they_are_named_so(tmp_path: Path) -> None:
    goods = write(tmp_path / "p.csv", "id,title", "a,A")
    people = write(tmp_path / "u.csv", "id,locale,created_at", "u/1,de,2024-01-02")
    found = Read(goods, people, roles={str(goods): "products", str(people): "users"})
    assert (found.purchases, list(found.products), found.preview.rows) == ([], ["a"], 0)
    assert found.users == [
        {"user_id": "u~2F1", "locale": "de", "created_at": datetime(2024, 1, 2, tzinfo=UTC)}
    ]
    with pytest.raises(RefusedFile):
        Read(goods)


def test_values_of_products_have_types(tmp_path: Path) -> None:
    lines = [
        "id,title,in_stock,attributes,created_at",
        'a,A,out of stock,"{""x"": 1}",2024-01-02',
        "b,B,Yes,[1],",
        "c,C,0,,",
        "d,D,17,,",
    ]
    goods = write(tmp_path / "p.csv", *lines)
    bought = write(tmp_path / "q.csv", "user_id,product_id,purchased_at", "u,a,2024-01-03", "u,e,2024-01-03")
    found = Read(goods, bought).products
    assert {product: row["in_stock"] for product, row in found.items()} == {
        "a": False,
        "b": True,
        "c": False,
        "d": True,
        "e": None,
    }
    assert (found["a"]["attributes"], found["b"]["attributes"]) == ('{"x": 1}', None)
    assert found["a"]["created_at"] == datetime(2024, 1, 2, tzinfo=UTC)
    assert [product for product, row in found.items() if not row["listed"]] == ["e"]


def test_creation_times_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    goods = write(tmp_path / "p.csv", "id,title,created_at", "a,A,", "b,B,soon")
    people = write(tmp_path / "u.csv", "id,created_at", "u,never")
    found = Read(goods, people, roles={str(goods): "products", str(people): "users"})
    assert [row["created_at"] for row in (*found.products.values(), *found.users)] == [None, None, None]


def test_engine_prints_no_progress(tmp_path: Path) -> None:
    with closing(open_engine(tmp_path, 1 << 27)) as connection:
        for session in (connection, connection.cursor()):
            assert row(session, "SELECT current_setting('enable_progress_bar')") == (False,)


def test_purchases_fill_gaps_in_the_file_of_products(tmp_path: Path) -> None:
    goods = write(tmp_path / "p.csv", "product_id,category,price", "a1,Cups,", "b2,,3.5")
    bought = write(
        tmp_path / "q.csv",
        "user_id,product_id,purchased_at,title,category,price",
        "u,a1,2024-01-03,Red mug,Mugs,2.5",
        "u,b2,2024-01-03,Blue mug,Mugs,9",
    )
    found = Read(goods, bought).products
    described = {id_: (row["title"], row["category"], row["price"]) for id_, row in found.items()}
    assert described == {"a1": ("Red mug", "Cups", 2.5), "b2": ("Blue mug", "Mugs", 3.5)}


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["M3", "AA1", "0117"], ["Spicy beans", "Long pasta 1", "Peeled tomato"]),
        (["Beans", "Pasta", "0117"], ["Beans", "Pasta", "Peeled tomato"]),
    ],
    ids=["codes", "names"],
)
def test_names_are_titles_where_the_titles_are_codes(
    tmp_path: Path, titles: list[str], expected: list[str]
) -> None:
    names = ["Spicy beans", "Long pasta 1", "Peeled tomato"]
    rows = [
        f"u{n},{name},{title},2024-01-13" for n, (name, title) in enumerate(zip(names, titles, strict=True))
    ]
    path = write(tmp_path / "p.csv", "Customer,Product,Description,Date", *rows)
    mapping = {"product_id": "Product", "title": "Description"}
    assert list(Read(path, mapping=mapping).titles().values()) == expected

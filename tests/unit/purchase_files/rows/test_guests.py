"""Shoppers that are placeholders, and users' ids in one form."""

from pathlib import Path

import pytest

from tests.support.purchases_read import Read

HEAD = "user_id,product_id,purchased_at,order_id\n"


def read(path: Path, *users: str) -> Read:
    rows = "".join(f"{user},P{n % 5},2024-01-{n % 28 + 1:02},{n}\n" for n, user in enumerate(users))
    (path / "p.csv").write_text(HEAD + rows)
    return Read(path / "p.csv")


@pytest.mark.parametrize("word", ["guest", "Anonymous", "0", "-1", "guest@shop.com", "99999", "Gast", "-"])
def test_placeholder_is_a_guest(tmp_path: Path, word: str) -> None:
    found = read(tmp_path, *([word] * 30), *map(str, range(101, 131)))
    assert (found.preview.guest_purchases, found.preview.shoppers) == (30, 30)
    assert any("of guests: each order" in hint for hint in found.preview.hints) == (word != "-")


@pytest.mark.parametrize("users", [["0", "1", "2"] * 10, ["0"] * 4 + ["7"] * 2, ["guest of honor"] * 30])
def test_usual_shopper_is_no_placeholder(tmp_path: Path, users: list[str]) -> None:
    assert read(tmp_path, *users).preview.guest_purchases == 0


def test_single_shopper_is_noticed(tmp_path: Path) -> None:
    assert any("one shopper only" in hint for hint in read(tmp_path, "7", "7").preview.hints)


def test_ids_of_users_have_the_form_of_the_purchases(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(HEAD + "A@x.com,P,2024-01-13,1\n")
    (tmp_path / "users.csv").write_text("email,locale\n a@X.com ,de\n")
    found = Read(tmp_path / "p.csv", tmp_path / "users.csv", roles={str(tmp_path / "users.csv"): "users"})
    assert [user["user_id"] for user in found.users] == found.values("user_id") == ["a@x.com"]


def test_frequent_values_of_products_are_the_same_each_time(tmp_path: Path) -> None:
    rows = "".join(f"{n},P,2024-01-13,{n},B{n % 7},img{n}\n" for n in range(70_000))
    (tmp_path / "p.csv").write_text(HEAD.strip() + ",brand,image\n" + rows)
    product = Read(tmp_path / "p.csv").products["P"]
    assert (product["brand"], product["image_url"]) == ("B0", "img0")

"""Ids in the paths of URLs."""

import random
import re

import duckdb
import pyarrow as pa
import pytest

from purchase_files.values.ids import decode, decoded, encode, encoded

GENERATOR = random.Random(1)
IDS = [".", "..", *("".join(GENERATOR.choices("/?#~27EF3.%a", k=1 + n % 8)) for n in range(5_000))]


def computed(sql: str, values: list[str]) -> list[str]:
    with duckdb.connect() as connection:
        connection.register("ids", pa.table({"v": values}))
        return [row[0] for row in connection.execute(f"SELECT {sql} FROM ids").fetchall()]


@pytest.mark.parametrize(
    ("id_", "written"),
    [
        ("rolls/buns", "rolls~2Fbuns"),
        ("gid://shopify/Product/2", "gid:~2F~2Fshopify~2FProduct~2F2"),
        ("SKU#1", "SKU~231"),
        ("a~b~2F", "a~b~7E2F"),
        ("..", "~2E~2E"),
        ("50%25 off.", "50%25 off."),
    ],
)
def test_breaking_characters_are_written_as_codes(id_: str, written: str) -> None:
    assert computed(encoded("v"), [id_]) == [written]


def test_ids_are_written_and_read_alike_outside_of_the_engine() -> None:
    written = list(map(encode, IDS))
    assert written == computed(encoded("v"), IDS)
    assert list(map(decode, written)) == IDS


def test_every_id_is_read_back_from_its_code() -> None:
    written = computed(encoded("v"), IDS)
    assert computed(decoded("v"), written) == IDS
    assert [id_ for id_ in written if re.search(r"[/?#]|^\.\.?$", id_)] == []
    assert len(set(written)) == len(set(IDS))

"""Flat string tables and id look-ups."""

import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.product_ids import IdLookup, StringTable, short_hash

ids = st.lists(
    st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()), unique=True, max_size=50
)


@given(ids)
def test_strings_are_read_back_unchanged(strings: list[str]) -> None:
    table = StringTable.of(text.encode() for text in strings)
    assert [table.text(row) for row in range(len(table))] == strings


@given(ids, st.data())
def test_taken_strings_are_those_of_the_rows(strings: list[str], data: st.DataObject) -> None:
    table = StringTable.of(text.encode() for text in strings)
    rows = data.draw(st.lists(st.integers(0, len(strings) - 1))) if strings else []
    taken = table.take(np.array(rows, dtype=np.int32))
    assert taken.is_same(StringTable.of(strings[row].encode() for row in rows))


@given(ids, ids)
def test_lookup_finds_exactly_its_own_ids(held: list[str], asked: list[str]) -> None:
    lookup = IdLookup.of(StringTable.of(text.encode() for text in held))
    expected = [held.index(text) if text in held else -1 for text in held + asked]
    assert lookup.find(held + asked).tolist() == expected


def test_ids_with_the_same_hash_are_distinguished() -> None:
    first, second, absent = "plumless", "buckeroo", "xyz"
    assert zlib.crc32(first.encode()) == zlib.crc32(second.encode())
    lookup = IdLookup.of(StringTable.of([second.encode(), first.encode()]))
    assert lookup.find([first, second, absent]).tolist() == [1, 0, -1]
    only_first = IdLookup.of(StringTable.of([first.encode()]))
    assert only_first.row(second) == -1


def test_rows_are_found_by_their_short_hashes() -> None:
    ids = [f"p{number}" for number in range(50)]
    lookup = IdLookup.of(StringTable.of(name.encode() for name in ids))
    assert lookup.with_hashes([short_hash("p7"), short_hash("p3"), short_hash("p7")]).tolist() == [3, 7]
    assert lookup.with_hashes([]).tolist() == []
    assert lookup.with_hashes([1]).tolist() == []


def test_ids_with_one_hash_are_found_together() -> None:
    assert short_hash("plumless") == short_hash("buckeroo")
    lookup = IdLookup.of(StringTable.of([b"buckeroo", b"other", b"plumless"]))
    assert lookup.with_hashes([short_hash("plumless")]).tolist() == [0, 2]

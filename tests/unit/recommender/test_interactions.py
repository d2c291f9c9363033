"""Packed interactions hold what was packed."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.interactions import KINDS, Interaction, Interactions
from recommender.product_ids import IdLookup

SAME_HASH = ("plumless", "buckeroo")

lists = st.lists(
    st.builds(
        Interaction,
        st.one_of(st.sampled_from(["p1", "p2", "", "é🛒", "\ud800", *SAME_HASH]), st.text(max_size=3)),
        st.sampled_from([0.0, 1.5, -3e9, 1e9]),
        st.sampled_from(KINDS),
    ),
    max_size=20,
)


def by_product(interactions: list[Interaction]) -> dict[str, list[Interaction]]:
    """The interactions with each product, in their order."""
    found = defaultdict[str, list[Interaction]](list)
    for one in interactions:
        found[one.product_id].append(one)
    return found


@given(lists, lists)
def test_interactions_are_read_back_by_product(first: list[Interaction], later: list[Interaction]) -> None:
    packed = Interactions.of(first)
    assert by_product(list(packed)) == by_product(first)
    assert [packed[place] for place in range(len(packed))] == list(packed)
    both = packed.followed_by(later)
    assert by_product(list(both)) == by_product(first + later)
    assert (np.diff(both.products) >= 0).all()
    names = {one.product_id for one in first + later} | {"absent"}
    found = both.lookup.find(list(names)).tolist()
    assert {both.lookup.ids.text(row) for row in found if row >= 0} == names - {"absent"}


@given(lists, lists)
def test_equal_interactions_are_those_with_equal_content(
    first: list[Interaction], other: list[Interaction]
) -> None:
    packed = Interactions.of(first)
    for listed in (first, other, first[::-1]):
        again = Interactions.of(listed)
        assert (packed == again) is (tuple(packed) == tuple(again))
        assert packed != again or hash(packed) == hash(again)
    assert packed == tuple(packed)
    appended = Interactions.of(first[:5]).followed_by(first[5:])
    assert (packed == appended) is (tuple(packed) == tuple(appended))


@given(lists, lists)
def test_packed_ids_are_found_as_texts_are(own: list[Interaction], others: list[Interaction]) -> None:
    asked = Interactions.of(others).followed_by(own[:3]).lookup
    texts = [asked.ids.text(row) for row in range(len(asked.ids))]
    lookup = IdLookup.distinct(one.product_id for one in own)
    assert lookup.find_all(asked).tolist() == lookup.find(texts).tolist()


def test_columns_are_read_only_and_unknown_kinds_are_rejected() -> None:
    packed = Interactions.of([Interaction("p1", 1.0)])
    for column in (packed.products, packed.times, packed.kinds):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
    with pytest.raises(ValueError, match="smile"):
        Interactions.of([Interaction("p1", 1.0, "smile")])
    assert Interactions.of(packed) is packed
    assert packed.nbytes() > 0

"""The cached form of a profile, of this release and of the one before."""

import secrets

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.entities import Interaction, Preferences
from recommender.interactions import KINDS, Interactions
from service.shoppers.profiles.packed_interactions import pack_interactions, unpack_interactions
from service.shoppers.profiles.profile_cache import CachedProfile
from service.shoppers.profiles.records import EpochSeconds

THREE = [("é", 1e9, "view"), ("p1", 1e9, "hide"), ("p2", 2e9, "view")]
PACKED = pack_interactions(Interactions.of(THREE))
"""Counts up to byte 8, times to 32, hashes to 44, lengths to 56, interactions to 68, kinds to 71, then the ids."""


class EarlierProfile(msgspec.Struct, array_like=True, frozen=True):
    """The cached form of the release before."""

    read_at: EpochSeconds
    interactions: list[tuple[str, EpochSeconds, str]]
    preferences: Preferences = Preferences()
    partial: bool = False


def numbers(*values: int) -> bytes:
    return np.array(values, dtype="<u4").tobytes()


def replaced(begin: int, content: bytes) -> bytes:
    return PACKED[:begin] + content + PACKED[begin + len(content) :]


DAMAGED = {
    "empty": b"",
    "truncated": PACKED[:-1],
    "longer": PACKED + b"x",
    "huge counts": replaced(0, b"\xff" * 8),
    "another count": replaced(4, numbers(2)),
    "NaN time": replaced(8, np.array([np.nan]).tobytes()),
    "infinite time": replaced(8, np.array([-np.inf]).tobytes()),
    "distant time": replaced(8, np.array([1e12]).tobytes()),
    "hashes out of order": PACKED[:32] + PACKED[36:44] + PACKED[32:36] + PACKED[44:],
    "huge length": replaced(44, b"\xff" * 4),
    "an interaction without a product": replaced(56, numbers(0, 1, 1)),
    "one product too many": replaced(56, numbers(2, 1, 1)),
    "huge number of interactions": replaced(56, numbers(1, 2**32 - 1, 3)),
    "unknown kind": replaced(68, bytes([len(KINDS)])),
    "wrong UTF-8": replaced(76, b"\xff"),
    "divided character": replaced(44, numbers(1, 3, 2)),
}


@given(
    st.lists(
        st.tuples(st.text(max_size=4), st.floats(-1e11, 1e11), st.sampled_from(KINDS)).map(
            lambda one: Interaction(*one)
        )
    ),
    st.integers(0, 3),
)
def test_interactions_are_unpacked_as_they_were(listed: list[Interaction], later: int) -> None:
    interactions = Interactions.of(listed[later:]).followed_by(listed[:later])
    unpacked = unpack_interactions(pack_interactions(interactions))
    assert unpacked.lookup.is_ordered()
    assert sorted(unpacked) == sorted(listed)
    assert unpacked == Interactions.of(
        interactions if interactions.lookup.is_ordered() else tuple(interactions)
    )
    names = [one.product_id for one in listed]
    assert [unpacked.lookup.ids.text(row) for row in unpacked.lookup.find(names)] == names


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_bytes_are_rejected(damage: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack_interactions(DAMAGED[damage])
    content = msgspec.msgpack.encode([1e9, DAMAGED[damage], {}, False])
    assert CachedProfile.decode(content) is None


def test_random_damage_is_rejected_or_harmless() -> None:
    generator = np.random.default_rng(secrets.randbits(32))
    for _ in range(500):
        damaged = np.frombuffer(PACKED, np.uint8).copy()
        damaged[generator.integers(len(damaged), size=3)] = generator.integers(256, size=3)
        try:
            interactions = unpack_interactions(damaged.tobytes())
        except ValueError:
            continue
        assert len(list(interactions)) == len(interactions) == 3
        interactions.lookup.find_all(interactions.lookup)
        interactions.followed_by(THREE)


def test_releases_read_or_ignore_the_profiles_of_one_another() -> None:
    profile = CachedProfile(1e9, Interactions.of(THREE), Preferences(liked_brands=("b",)))
    earlier = EarlierProfile(1e9, THREE, profile.preferences)
    assert CachedProfile.decode(msgspec.msgpack.encode(earlier)) == profile
    assert CachedProfile.decode(profile.encode()) == profile
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(profile.encode(), type=EarlierProfile)

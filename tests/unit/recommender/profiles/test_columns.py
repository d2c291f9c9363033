"""Profiles as columns give what loops over their interactions give."""

from dataclasses import astuple

import numpy as np
import pytest

from recommender import kernels, profiles
from recommender.entities import Frequency, History, Interaction, Preferences, Profile, SessionContext
from recommender.interactions import KINDS
from recommender.pages.shopper_state import shopper_state
from recommender.profiles.interaction_weights import WEIGHTS
from recommender.snapshot import ServingParameters, Snapshot
from tests.support.builders.core_requests import DAY, resolved
from tests.support.builders.small_snapshots import random_weights, snapshot_of
from tests.unit.recommender.profiles import loops

IDS = [f"p{row}" for row in range(30)] + ["gone", "away"]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(
        random_weights(25),
        extra=5,
        parameters=ServingParameters(history_limit=12, half_life_days=50.0, repurchase_half_life_days=20.0),
    )


def random_interactions(generator: np.random.Generator, count: int) -> list[Interaction]:
    """Interactions with few products at few times, so that many are equal."""
    moments = [-DAY, -1e-7, 0.0, 0.4 * DAY, 1e9, 1e9 + 30, 1e9 + 40 * DAY, 19_999 * DAY - 2.4e-7, 1.7e9]
    times = generator.choice(moments, count)
    kinds = generator.choice([*KINDS[:5], "purchase", "impression", "impression"], count)
    names = generator.choice(IDS, count)
    return [
        Interaction(str(name), float(at), str(kind))
        for name, at, kind in zip(names, times, kinds, strict=True)
    ]


def assert_equal(found: History | Frequency, expected: History | Frequency) -> None:
    for one, other in zip(astuple(found), astuple(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 30, 200])
def test_functions_of_profiles_equal_loops(snapshot: Snapshot, count: int) -> None:
    for seed in range(8):
        generator = np.random.default_rng(seed)
        listed = random_interactions(generator, count)
        profile, ids = Profile("u", listed), resolved(snapshot)
        assert_equal(
            profiles.history_of(profile.interactions, snapshot, ids), loops.history_of(listed, snapshot)
        )
        assert_equal(
            profiles.personal_frequency(profile, snapshot, ids),
            loops.personal_frequency(listed, snapshot),
        )
        assert profiles.fatigued_rows(profile.interactions, ids).tolist() == loops.fatigued_rows(
            listed, snapshot
        )
        assert profiles.strongest_kinds(profile.interactions, IDS) == loops.strongest_kinds(listed, IDS)
        rows, days, times = (each.tolist() for each in profiles.purchase_days(profile, ids))
        assert list(zip(rows, days, times, strict=True)) == loops.purchase_days(listed, snapshot)


@pytest.mark.parametrize("include_purchased", [False, True])
@pytest.mark.parametrize("in_session", [0, 10])
def test_hidden_products_are_no_part_of_a_shopper(
    snapshot: Snapshot, in_session: int, include_purchased: bool
) -> None:
    for seed in range(8):
        generator = np.random.default_rng(seed)
        stored, current = random_interactions(generator, 80), random_interactions(generator, in_session)
        hides = [Interaction(name, 5.0, "hide") for name in ("p3", "gone", "p28")]
        stored[10:10] = hides
        current += [Interaction("p4", 1.7e9, "hide")] if in_session else []
        hidden = {"p3", "gone", "p28", "p5"} | ({"p4"} if in_session else set())
        profile = Profile("u", stored, Preferences(hidden_products=("p5", "never seen")))
        visible = [one for one in stored if one.product_id not in hidden]
        state = shopper_state(
            snapshot,
            profile,
            SessionContext(tuple(current)),
            resolved(snapshot),
            include_purchased=include_purchased,
        )
        assert state.hidden.tolist() == sorted({snapshot.lookup.row(name) for name in hidden} - {-1})
        assert state.fatigued.tolist() == loops.fatigued_rows([*visible, *current], snapshot)
        assert state.kinds_of(IDS) == loops.strongest_kinds([*visible, *current], IDS)
        past = loops.history_of(visible, snapshot)
        if not in_session:
            assert_equal(state.history, past)
        if include_purchased:
            assert_equal(state.frequency, loops.personal_frequency(visible, snapshot))
        bought = set(state.history.rows.tolist()) & set(state.history.known_rows.tolist())
        assert state.owned.tolist() == sorted(bought | set(state.frequency.rows.tolist()))


@pytest.mark.parametrize(
    ("products", "kinds", "row_of"),
    [([0, 2], [0, 0], [1, 2]), ([-1, 0], [0, 0], [1, 2]), ([0, 1], [0, 9], [1, 2])],
)
def test_columns_out_of_range_are_rejected(products: list[int], kinds: list[int], row_of: list[int]) -> None:
    with pytest.raises(IndexError):
        kernels.profiles.history(
            np.array(products, dtype=np.int32),
            np.zeros(2),
            np.array(kinds, dtype=np.uint8),
            np.array(row_of, dtype=np.int32),
            WEIGHTS,
            1.0,
            10,
            10,
            0,
        )


def test_counts_beyond_the_days_are_rejected() -> None:
    for count in (3, -1):
        with pytest.raises(IndexError):
            kernels.profiles.median_steps(np.zeros(2, dtype=np.int64), np.array([count], dtype=np.int32))

"""Time-decayed frequency of a shopper's purchases."""

import numpy as np
import pytest

from recommender.entities import (
    Interaction,
    Profile,
)
from recommender.profiles import personal_frequency
from recommender.snapshot import ServingParameters
from tests.support.builders.core_requests import DAY, resolved
from tests.support.builders.small_snapshots import random_weights, snapshot_of

NOON = 0.5 * DAY


def visits(*lines: tuple[str, float]) -> Profile:
    """A profile of (product id, days since the epoch)."""
    return Profile("u", tuple(Interaction(name, day * DAY + NOON) for name, day in lines))


def test_frequency_sums_the_decayed_weight_of_each_day() -> None:
    snapshot = snapshot_of(random_weights(4), extra=2)
    profile = visits(("p3", 1000), ("p3", 880), ("p3", 760), ("p1", 940), ("p5", 1000), ("gone", 990))
    frequency = personal_frequency(profile, snapshot, resolved(snapshot))
    assert frequency.rows.tolist() == [1, 3, 5]
    assert frequency.days.tolist() == [1, 3, 1]
    np.testing.assert_allclose(frequency.values, [0.5**0.5, 1 + 0.5 + 0.25, 1], rtol=1e-6)


def test_purchases_on_one_utc_day_count_once() -> None:
    snapshot = snapshot_of(random_weights(4))
    lines = [(100 * DAY, "p1"), (101 * DAY - 1, "p1"), (101 * DAY, "p2"), (101 * DAY - 1, "p2")]
    profile = Profile("u", tuple(Interaction(name, at) for at, name in lines))
    frequency = personal_frequency(profile, snapshot, resolved(snapshot))
    assert frequency.days.tolist() == [1, 2]
    np.testing.assert_allclose(frequency.values, [0.5 ** (1 / 120), 1 + 0.5 ** (1 / 120)], rtol=1e-6)


def test_age_counts_from_the_latest_purchase_of_any_product() -> None:
    snapshot = snapshot_of(random_weights(4), parameters=ServingParameters(repurchase_half_life_days=10))
    frequency = personal_frequency(visits(("gone", 20), ("p1", 0)), snapshot, resolved(snapshot))
    np.testing.assert_allclose(frequency.values, [0.25], rtol=1e-6)


@pytest.mark.parametrize("profile", [Profile("u"), visits(("gone", 1), ("lost", 2))])
def test_shopper_without_known_products_has_an_empty_frequency(profile: Profile) -> None:
    snapshot = snapshot_of(random_weights(4))
    frequency = personal_frequency(profile, snapshot, resolved(snapshot))
    assert len(frequency.rows) == len(frequency.days) == len(frequency.values) == 0

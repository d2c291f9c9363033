"""Rounding to the digits that are shown."""

import numpy as np

from recommender.kernels.digits import significant

GENERATOR = np.random.default_rng(3)


def test_numbers_have_the_digits_of_their_text() -> None:
    spread = 10.0 ** GENERATOR.uniform(-12, 12, 20_000) * GENERATOR.choice([-1, 1], 20_000)
    powers = 10.0 ** np.arange(-15, 16)
    # Halves of the last digit, and what lies next to them.
    halves = (GENERATOR.integers(10**6, 10**7, 5_000) + 0.5) / 10.0 ** GENERATOR.integers(0, 14, 5_000)
    near = np.concatenate([powers, halves])
    values = [
        *spread.tolist(),
        *spread.astype(np.float32).astype(float).tolist(),
        *np.concatenate([near, np.nextafter(near, 0), np.nextafter(near, np.inf)]).tolist(),
        *np.outer(powers, 1 + np.arange(-40, 41) * 2**-53).ravel().tolist(),
        *(9999999.4 * powers).tolist(),
        *(9999999.6 * powers).tolist(),
        *(0.0, -0.0, 5e-324, 1e308, float("inf"), float("-inf")),
    ]
    expected = [float(f"{value:.7g}") for value in values]
    assert [value.hex() for value in significant(values)] == [value.hex() for value in expected]
    assert str(significant([float("nan")])) == "[nan]"

"""A first build, which has no live snapshot to fall back on."""

from datetime import timedelta
from pathlib import Path

import numpy as np

from adapters.catalog import Purchase
from indexer.build.pipeline import QualityGateSettings
from tests.support.builders.published_snapshots import START, publish, shop
from tests.support.builders.purchases import recorded_purchase


def test_first_build_is_published_even_if_a_list_is_worse_than_chance(tmp_path: Path) -> None:
    """Without the build, the shop would have no recommendations at all."""
    catalog = shop()
    catalog.purchase_list = purchases_of_fickle_shoppers()
    measured = QualityGateSettings(min_shoppers=10)
    manifest = publish(catalog, tmp_path, quality_gate=measured)
    (reason,) = manifest.recipe["weak_lists"]
    assert "of buy-again is 0.0000, below that of the baseline random own product" in reason
    again = publish(catalog, tmp_path, quality_gate=measured)
    assert again.recipe["weak_lists"] == [reason]
    assert "weak_lists" not in publish(shop(), tmp_path, force=True).recipe


def purchases_of_fickle_shoppers() -> list[Purchase]:
    """Purchases of shoppers who never buy their favorites again.

    They buy six favorites on five days each, then every 14 days one product that they bought once, long ago.
    """
    generator = np.random.default_rng(1)
    found = []
    for shopper in range(40):
        own = (generator.choice(30, 12, replace=False) + shopper % 2 * 30).tolist()
        bought = [(number, 96 + day) for number in own[:6] for day in range(5)]
        bought += [(number, days) for place, number in enumerate(own[6:10]) for days in (120, 14 * place + 5)]
        bought += [(own[10], 10), (own[11], 3)]
        for place, (number, days) in enumerate(bought):
            at = START - timedelta(days=days, minutes=shopper)
            found.append(recorded_purchase(f"{shopper}-{place}", f"u{shopper}", f"p{number}", at))
    return found
